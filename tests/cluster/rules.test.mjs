// rules.test.mjs -- who may see whom changes on one node, and holds on all.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedCluster } from "../lib/cluster.mjs";
import { userPath } from "../lib/rest.mjs";
import { Wire, known } from "../lib/wire.mjs";

describe("rules on two nodes", () => {
  const cluster = sharedCluster(2, { graph: circlesGraph(CIRCLES) });

  async function apart(t) {
    const who = circle();
    const wires = [];
    for (const [i, user] of [who.ann, who.ben].entries()) {
      const wire = await Wire.open(cluster.nodes[i], { user });
      t.after(() => wire.cut());
      wires.push(wire);
      const state = await wire.join("friends");
      if (i && !(who.ann in state)) await wire.sees(who.ann);
    }
    await wires[0].sees(who.ben);
    return { who, ann: wires[0], ben: wires[1] };
  }

  for (const node of [0, 1])
    test(`a block that node ${node + 1} is told of, and that it is taken back`, async (t) => {
      const { who, ann } = await apart(t);
      const { rest } = cluster.nodes[node];
      await rest.put(`${userPath(who.ben, "blocks")}/${who.ann}`);
      await ann.loses(who.ben);
      await rest.delete(`${userPath(who.ben, "blocks")}/${who.ann}`);
      await ann.sees(who.ben);
    });

  test("edges come and go", async (t) => {
    const { who, ann, ben } = await apart(t);
    await cluster.nodes[0].rest.delete(`${userPath(who.ben, "friends")}/${who.ann}`);
    await Promise.all([ann.loses(who.ben), ben.loses(who.ann)]);
    await cluster.nodes[1].rest.put(`${userPath(who.ann, "watches")}/${who.ben}`);
    await ann.sees(who.ben);
    await ben.quiet();
  });

  test("who was visible to nobody comes back as one that has just come", async (t) => {
    const { who, ann, ben } = await apart(t);
    const refs = new Set();
    await known(cluster.nodes[0], who.ben, ({ metas }) => refs.add(metas[0]?.phx_ref));
    await ben.push("friends", "visibility", { mode: "nobody" });
    await ann.loses(who.ben);
    await ben.push("friends", "status", { status: "secret" });
    await ben.push("friends", "status", { status: "online" });
    await ann.quiet(400);
    await ben.push("friends", "visibility", { mode: "friends" });
    const diff = ann.payloadOf((await ann.sees(who.ben)).at(-1));
    const [meta] = diff.joins[who.ben].metas;
    assert.deepEqual(diff.leaves, {});
    assert.equal("phx_ref_prev" in meta, false);
    assert.equal(refs.has(meta.phx_ref), false);
    await ann.quiet();
  });

  test("who is public is seen by who asks, on any node, until it is not", async (t) => {
    const { ann, ben } = await apart(t);
    const stranger = circle();
    const eve = await Wire.open(cluster.nodes[0], { user: stranger.ann });
    t.after(() => eve.cut());
    await eve.join("friends");
    await ben.push("friends", "visibility", { mode: "public" });
    eve.send("1", "w", "friends", "watch", { ids: [ben.user] });
    await eve.sees(ben.user);
    await ben.push("friends", "visibility", { mode: "friends" });
    await eve.loses(ben.user);
    await ann.quiet();
  });
});
