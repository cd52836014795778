// nodes_lost.test.mjs -- the database that holds both the application's tables and what nodes share is
// killed, and comes back. This file runs alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ownCluster } from "../lib/cluster.mjs";
import { userPath } from "../lib/rest.mjs";
import { Tables, down, people, up } from "../lib/tables.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

test("two nodes show the friends that they knew, and what has changed when it is back", async (t) => {
  const tables = await Tables.make();
  const cluster = await ownCluster(t, 2, { settings: tables.settings() });
  const [ann, ben] = people(2);
  const here = async (node, user) => {
    const wire = await Wire.open(cluster.nodes[node], { user });
    t.after(() => wire.cut());
    wire.state = await wire.join("friends");
    return wire;
  };
  await tables.befriend(ann, ben);
  const [a, b] = [await here(0, ann), await here(1, ben)];
  if (!(ben in a.state)) await a.sees(ben);
  await down();
  const again = await here(0, ann);
  if (!(ben in again.state)) await again.sees(ben);
  await b.sees(ann); /* another session */
  const block = `${cluster.nodes[1].api}${userPath(ben, "blocks")}/${ann}`;
  const refusedOf = async () => (await fetch(block, { method: "PUT" })).status;
  assert.ok((await refusedOf()) >= 500);
  await up();
  for (const node of cluster.nodes)
    await eventually(() => /application's source of friends is back/.test(node.errors), "that it is said");
  await tables.shut();
  await Promise.all([a.drain(), again.drain(), b.drain()]);
  await tables.silently(Tables.unfriending(ann, ben));
  await Promise.all([a.quiet(500), again.quiet(), b.quiet()]);
  await tables.open();
  await Promise.all([a.loses(ben), again.loses(ben), b.loses(ann)]);
  await eventually(async () => (await refusedOf()) < 400, "that rules are changed again");
  await b.drain();
  await tables.befriend(ann, ben);
  await b.quiet(500); /* blocked */
});
