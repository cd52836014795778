// nodes.test.mjs -- friends from the application's own tables, on two nodes of one cluster.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Cluster } from "../lib/cluster.mjs";
import { userPath } from "../lib/rest.mjs";
import { Tables, people } from "../lib/tables.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

const SWEEP_S = 1;

async function here(t, node, user) {
  const wire = await Wire.open(node, { user });
  t.after(() => wire.cut());
  wire.state = await wire.join("friends");
  return wire;
}

/** A cluster of two that reads tables of its own. */
function sharedNodes(more) {
  const shared = {};
  before(async () => {
    shared.tables = await Tables.make();
    shared.cluster = new Cluster({ settings: shared.tables.settings(more) });
    await shared.cluster.start(2);
  });
  after(() => shared.cluster.end());

  /** Each on a node of its own. */
  shared.apart = async (t, ...users) => {
    const wires = [];
    for (const [i, user] of users.entries())
      wires.push(await here(t, shared.cluster.nodes[i], user));
    return wires;
  };
  return shared;
}

describe("two nodes, and tables that notify", () => {
  const shared = sharedNodes();

  test("a friendship that comes lights both up, and one that goes puts both out", async (t) => {
    const { tables } = shared;
    const [ann, ben] = people(2);
    const [a, b] = await shared.apart(t, ann, ben);
    await tables.befriend(ann, ben);
    await Promise.all([a.sees(ben), b.sees(ann)]);
    await tables.unfriend(ann, ben);
    await Promise.all([a.loses(ben), b.loses(ann)]);
    await tables.befriend(ann, ben);
    await Promise.all([a.sees(ben), b.sees(ann)]);
    await Promise.all([a.quiet(), b.quiet()]);
  });

  test("who is on both nodes sees it on both", async (t) => {
    const { tables, cluster } = shared;
    const [ann, ben] = people(2);
    const [a, b] = await shared.apart(t, ann, ben);
    const a2 = await here(t, cluster.nodes[1], ann);
    for (let round = 0; round < 5; round++) {
      await tables.befriend(ann, ben);
      await Promise.all([a.sees(ben), a2.sees(ben), b.sees(ann)]);
      await tables.unfriend(ann, ben);
      await Promise.all([a.loses(ben), a2.loses(ben), b.loses(ann)]);
    }
  });

  test("whatever comes and goes at once, every view is what the table says in the end", async (t) => {
    const { tables, cluster } = shared;
    const users = people(5);
    const views = [];
    for (const user of users)
      for (const node of cluster.nodes) views.push({ user, wire: await here(t, node, user) });
    const change = (i) => {
      const [one, other] = [users[(i * 7) % 5], users[(i * 3 + 1) % 5]];
      if (one === other) return "";
      return `DELETE FROM friendships WHERE (user_id, friend_id) IN ((${one}, ${other}), (${other}, ${one}));
        ${i % 3 ? Tables.befriending(one, other) : ""};`;
    };
    for (let i = 0; i < 60; i += 2)
      await Promise.all([tables.sql(change(i)), tables.sql(change(i + 1))].map((p) => p.catch(() => {})));
    const rows = (await tables.sql(`SELECT user_id, friend_id FROM friendships WHERE user_id IN (${users})`)).split("\n");
    for (const { user, wire } of views) {
      const friends = rows.map((r) => r.split("|")).filter(([u]) => u === user).map(([, f]) => f).sort();
      const seen = new Map(Object.entries(wire.state).map(([id, { metas }]) => [id, new Set(metas.map((m) => m.phx_ref))]));
      const apply = (frame) => {
        const { joins = {}, leaves = {} } = wire.payloadOf(frame);
        for (const [id, { metas }] of Object.entries(joins))
          for (const m of metas) seen.set(id, (seen.get(id) ?? new Set()).add(m.phx_ref));
        for (const [id, { metas }] of Object.entries(leaves)) for (const m of metas) seen.get(id)?.delete(m.phx_ref);
      };
      const shown = () => [...seen].filter(([, refs]) => refs.size).map(([id]) => id).sort();
      await eventually(async () => {
        for (const frame of await wire.drain()) apply(frame);
        return JSON.stringify(shown()) === JSON.stringify(friends);
      }, `that ${user} is shown ${friends}, and not ${shown()}`);
      for (const id of friends) assert.equal(seen.get(id).size, 2, "on both nodes");
    }
  });

  test("blocks and visibility are Kith's, and have the last word", async (t) => {
    const { tables, cluster } = shared;
    const [ann, ben] = people(2);
    await tables.befriend(ann, ben);
    const [a, b] = await shared.apart(t, ann, ben);
    if (!(ben in a.state)) await a.sees(ben);
    await cluster.nodes[0].rest.put(`${userPath(ben, "blocks")}/${ann}`);
    await a.loses(ben);
    await tables.unfriend(ann, ben);
    await tables.befriend(ann, ben);
    await a.quiet(400);
    await cluster.nodes[1].rest.delete(`${userPath(ben, "blocks")}/${ann}`);
    await a.sees(ben);
    await b.drain();
    await b.push("friends", "visibility", { mode: "nobody" });
    await a.loses(ben);
  });
});

describe("two nodes, and tables that do not notify", () => {
  const shared = sharedNodes({ "source.sweep_s": SWEEP_S, "source.channel": "off" });

  test("a sweep sees what has come and what has gone, within its time", async (t) => {
    const { tables } = shared;
    const [ann, ben] = people(2);
    const [a, b] = await shared.apart(t, ann, ben);
    for (const [change, seen] of [["befriend", "sees"], ["unfriend", "loses"]]) {
      await tables[change](ann, ben);
      const since = Date.now();
      await Promise.all([a[seen](ben), b[seen](ann)]);
      assert.ok(Date.now() - since < 4000 * SWEEP_S, `${Date.now() - since} ms`);
    }
  });
});

describe("two nodes, and one direction", () => {
  const shared = sharedNodes({
    "source.friends": undefined,
    "source.watches": "SELECT friend_id FROM friendships WHERE user_id = $1",
    "source.watchers": "SELECT user_id FROM friendships WHERE friend_id = $1",
    "presence.reciprocity": "on",
  });

  test("with reciprocity only who follows back is seen, and only while it does", async (t) => {
    const { tables } = shared;
    const [ann, ben] = people(2);
    const [a, b] = await shared.apart(t, ann, ben);
    await tables.sql(`INSERT INTO friendships VALUES (${ann}, ${ben})`);
    await Promise.all([a.quiet(400), b.quiet()]);
    await tables.sql(`INSERT INTO friendships VALUES (${ben}, ${ann})`);
    await Promise.all([a.sees(ben), b.sees(ann)]);
    await tables.sql(`DELETE FROM friendships WHERE user_id = ${ann} AND friend_id = ${ben}`);
    await Promise.all([a.loses(ben), b.loses(ann)]);
  });
});
