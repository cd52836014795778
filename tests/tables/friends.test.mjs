// friends.test.mjs -- who is whose friend stands in the application's own tables.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Kith } from "../lib/kith.mjs";
import { Rest, userPath } from "../lib/rest.mjs";
import { Tables, people } from "../lib/tables.mjs";
import { Wire } from "../lib/wire.mjs";

describe("one server, and tables that notify", () => {
  let tables, kith, rest;
  before(async () => {
    tables = await Tables.make();
    kith = new Kith({ settings: tables.settings() });
    await kith.start();
    rest = new Rest(kith);
  });
  after(() => kith.end());

  async function here(t, user) {
    const wire = await Wire.open(kith, { user });
    t.after(() => wire.cut());
    wire.state = await wire.join("friends");
    return wire;
  }

  test("who joins is shown the friends that the tables have", async (t) => {
    const [ann, ben, eve] = people(3);
    await tables.befriend(ann, ben);
    await here(t, ann);
    await here(t, eve);
    const { state } = await here(t, ben);
    assert.deepEqual(Object.keys(state), [ann]);
  });

  test("a friendship that comes lights both up, and one that goes puts both out", async (t) => {
    const [ann, ben] = people(2);
    const [a, b] = [await here(t, ann), await here(t, ben)];
    await tables.befriend(ann, ben);
    await Promise.all([a.sees(ben), b.sees(ann)]);
    await tables.unfriend(ann, ben);
    await Promise.all([a.loses(ben), b.loses(ann)]);
    await Promise.all([a.quiet(), b.quiet()]);
  });
});
