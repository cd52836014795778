// lost.test.mjs -- the application's database goes away, and comes back. It is the server that all
// other tests have: this file runs alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ownKith } from "../lib/kith.mjs";
import { Rest, userPath } from "../lib/rest.mjs";
import { Tables, down, people, up } from "../lib/tables.mjs";
import { Wire, eventually, sleep } from "../lib/wire.mjs";

test("while it is lost the friends that were read last are shown, and what it has changed is seen when it is back", async (t) => {
  const tables = await Tables.make();
  const settings = tables.settings({ "source.sweep_s": 3600 });
  const kith = await ownKith(t, { settings });
  const rest = new Rest(kith);
  const [ann, ben, eve] = people(3);
  const here = async (user) => {
    const wire = await Wire.open(kith, { user });
    t.after(() => wire.cut());
    wire.state = await wire.join("friends");
    return wire;
  };
  await tables.befriend(ann, ben);
  const [a, b] = [await here(ann), await here(ben)];
  await a.sees(ben);
  await down();
  const begun = Date.now();
  const again = await here(ben);
  assert.deepEqual(Object.keys(again.state), [ann]);
  assert.ok(Date.now() - begun < 4000);
  await eventually(() => /the application's source of friends is lost/.test(kith.errors), "that it is said");
  const took = [];
  for (let i = 0; i < 5; i++) {
    const since = Date.now();
    await here(ann);
    took.push(Date.now() - since);
  }
  assert.ok(Math.min(...took) < 1500, `nobody waits for what is known to be lost: ${took} ms`);

  const wire = await Wire.open(kith, { user: eve });
  t.after(() => wire.cut());
  wire.send("1", "1", "friends", "phx_join");
  assert.equal(wire.payloadOf(await wire.next()).status, "error", "of whom nothing is known");

  await rest.put(`${userPath(ben, "blocks")}/${ann}`); /* Kith's own, which is there */
  await a.loses(ben);
  await rest.delete(`${userPath(ben, "blocks")}/${ann}`);
  await a.sees(ben);

  await up();
  await eventually(() => /source of friends is back/.test(kith.errors), "that it is said");
  await tables.shut();
  await Promise.all([a.drain(), b.drain()]);
  await tables.silently(Tables.unfriending(ann, ben));
  await Promise.all([a.quiet(300), b.quiet()]);
  await tables.open();
  await Promise.all([a.loses(ben), b.loses(ann)]);
  await tables.befriend(ann, ben);
  await Promise.all([a.sees(ben), b.sees(ann)]);
});

test("a server that is started while it is away serves what was read last", async (t) => {
  const tables = await Tables.make();
  const kith = await ownKith(t, { settings: tables.settings() });
  const [ann, ben] = people(2);
  await tables.befriend(ann, ben);
  const before = await Wire.open(kith, { user: ann });
  await before.join("friends");
  await before.cut();
  await down();
  await kith.stop();
  await kith.launch();
  assert.match(kith.errors, /source\.url: the database cannot be reached/);
  const wire = await Wire.open(kith, { user: ann });
  t.after(() => wire.cut());
  await wire.join("friends");
  await up();
  const other = await eventually(async () => {
    const b = await Wire.open(kith, { user: ben });
    b.send("1", "1", "friends", "phx_join");
    const { status } = b.payloadOf(await b.next());
    if (status === "ok") return b;
    await b.cut();
    await sleep(200);
    return null;
  }, "that it is read again");
  t.after(() => other.cut());
  await wire.sees(ben);
});
