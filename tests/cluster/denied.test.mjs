// denied.test.mjs -- who may not be seen, and is on another node, is to the byte who is not there: whatever
// it does meanwhile, also while the nodes do not hear each other, and when they do again.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ownCluster, sharedCluster } from "../lib/cluster.mjs";
import { CLASSES } from "../lib/denied.mjs";
import { Gate } from "../lib/gate.mjs";
import { metric } from "../lib/metrics.mjs";
import { LONG_TEXT, Visit } from "../lib/visit.mjs";
import { eventually } from "../lib/wire.mjs";
import { assertAlike } from "../lib/witness.mjs";

const SETTINGS = { "presence.grace_s": 0.2, "presence.watch_budget": 0, "server.longpoll_s": 15 };

const worldOf = ({ nodes: [near, far] }) => ({ near, nearRest: near.rest, far, farRest: far.rest });

/* A visit for each class, and `what` of all at the same time. */
const visits = (world, how) =>
  Object.entries(CLASSES).map(([name, scene]) => new Visit(world, name, scene, how));
const all = (list, what) => Promise.all(list.map(what));

async function compare(list) {
  const stories = await all(list, (it) => it.end());
  const story = assertAlike(Object.fromEntries(list.map((it, i) => [it.name, stories[i]])));
  assert.ok(story.includes('"status":"away"'), "a friend is seen by it");
  assert.ok(!story.includes(LONG_TEXT));
  return story;
}

for (const reciprocity of ["off", "on"])
  describe(`on another node, reciprocity ${reciprocity}`, () => {
    const cluster = sharedCluster(2, { settings: { ...SETTINGS, "presence.reciprocity": reciprocity } });
    for (const [transport, topics] of [
      ["WebSocket", "both"],
      ["WebSocket", "friends"],
      ["long-poll", "friends"],
    ])
      test(`${transport}, ${topics}: all that a viewer is told is the same`, async () => {
        const list = visits(worldOf(cluster), { transport, topics });
        await all(list, (it) => it.begin());
        await all(list, (it) => it.denied.live());
        await all(list, (it) => it.denied.arrived());
        await all(list, (it) => it.lookOn());
        await compare(list);
      });
  });

describe("nodes that do not hear each other", () => {
  /* stale_hold_s: for so long each shows the other's people as they were; then they leave. */
  for (const [stale_hold_s, what] of [
    [60, "as they were"],
    [1, "not at all"],
  ])
    test(`show others ${what}, and hear each other again: the viewer is told the same`, async (t) => {
      const gate = await Gate.open(t, process.env.KITH_TEST_NATS);
      const cut = { "cluster.urls": gate.url, "cluster.stale_hold_s": stale_hold_s };
      const cluster = await ownCluster(t, 2, { settings: { ...SETTINGS, ...cut } });
      const list = visits(worldOf(cluster), { transport: "WebSocket", topics: "friends" });
      await all(list, (it) => it.begin());
      gate.shut();
      for (const node of cluster.nodes)
        await eventually(
          async () => (await metric(node, "kith_cluster_stale_seconds")) > 0,
          `that ${node.name} is cut off`,
        );
      await all(list, (it) => it.denied.live({ apart: true }));
      await all(list, (it) => it.other.granted("friends", "status", { status: "apart" }));
      if (stale_hold_s === 1) await all(list, (it) => it.friendIsSeen()); /* it leaves */
      await gate.mend();
      await all(list, (it) => it.friendIsSeen());
      await all(list, (it) => it.denied.arrived());
      await all(list, (it) => it.lookOn());
      assert.ok((await compare(list)).includes('"status":"apart"'), "what was done apart is told");
    });
});
