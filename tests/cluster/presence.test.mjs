// presence.test.mjs -- friends on different nodes.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedCluster } from "../lib/cluster.mjs";
import { Wire, known } from "../lib/wire.mjs";

describe("presence on two nodes", () => {
  const cluster = sharedCluster(2, { graph: circlesGraph(CIRCLES) });
  const open = async (t, node, user, more = {}) => {
    const wire = await Wire.open(cluster.nodes[node], { user, ...more });
    t.after(() => wire.cut());
    return wire;
  };

  /** Ann on the first node, Ben on the second; both know. */
  async function apart(t, more) {
    const who = circle();
    const ann = await open(t, 0, who.ann);
    const ben = await open(t, 1, who.ben, more);
    await ann.join("friends");
    const state = await ben.join("friends");
    if (!(who.ann in state)) await ben.sees(who.ann);
    await ann.sees(who.ben);
    return { who, ann, ben };
  }
  const diffOf = (wire, frame) => wire.payloadOf(frame);

  test("a friend on another node comes, changes and goes, and has one ref on both", async (t) => {
    const { who, ann, ben } = await apart(t);
    await ben.push("friends", "status", { status: "away" });
    const diff = diffOf(ann, (await ann.sees(who.ben)).at(-1));
    const [now] = diff.joins[who.ben].metas;
    assert.equal(now.status, "away");
    assert.equal(now.phx_ref_prev, diff.leaves[who.ben].metas[0].phx_ref);
    for (const node of cluster.nodes)
      await known(node, who.ben, ({ metas }) => metas.length === 1 && metas[0].phx_ref === now.phx_ref);
    await ben.leave("friends");
    const left = diffOf(ann, (await ann.loses(who.ben)).at(-1));
    assert.equal(left.leaves[who.ben].metas[0].phx_ref, now.phx_ref);
    await ann.quiet();
  });

  test("who joins later has the friends of other nodes in the state", async (t) => {
    const { who } = await apart(t);
    const late = await open(t, 0, who.ann, { device: "another" });
    const state = await late.join(`user:${who.ann}`);
    assert.deepEqual(Object.keys(state), [who.ben]);
  });

  test("who comes back on another node within the grace is one update", async (t) => {
    const { who, ann, ben } = await apart(t, { device: "d" });
    await ben.push("friends", "status", { status: "away", mood: "tired" });
    await ann.sees(who.ben);
    await ben.cut();
    const back = await open(t, 0, who.ben, { device: "d" });
    await back.join("friends");
    const diff = diffOf(ann, (await ann.sees(who.ben)).at(-1));
    const [now] = diff.joins[who.ben].metas;
    const [old] = diff.leaves[who.ben].metas;
    assert.equal(now.phx_ref_prev, old.phx_ref);
    assert.deepEqual([now.status, now.mood, now.online_at], ["away", "tired", old.online_at]);
    await ann.quiet(3000); /* nor does what it left behind end with a word */
    await known(cluster.nodes[1], who.ben, ({ metas }) => metas.length === 1);
  });

  test("another device, or one whose other session lives, is a session beside it", async (t) => {
    const { who, ann } = await apart(t, { device: "d" });
    for (const device of ["e", "d"]) {
      const second = await open(t, 0, who.ben, { device });
      await second.join("friends");
      const diff = diffOf(ann, (await ann.sees(who.ben)).at(-1));
      assert.deepEqual(diff.leaves, {});
      await known(cluster.nodes[1], who.ben, ({ metas }) => metas.length === 2);
      await second.leave("friends");
      await ann.loses(who.ben);
    }
  });

  test("a hidden session is hidden on every node, and stays so where it comes back", async (t) => {
    const { who, ann, ben } = await apart(t, { device: "d" });
    await ben.push("friends", "visibility", { session: "hidden" });
    await ann.loses(who.ben);
    await known(cluster.nodes[0], who.ben, ({ metas, hidden }) => !metas.length && hidden.length);
    await ben.cut();
    const back = await open(t, 0, who.ben, { device: "d" });
    await back.join("friends");
    await known(cluster.nodes[1], who.ben, ({ metas, hidden }) => !metas.length && hidden.length);
    await ann.quiet(500);
    await back.push("friends", "visibility", { session: "visible" });
    await ann.sees(who.ben);
  });
});
