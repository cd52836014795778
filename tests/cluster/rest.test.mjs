// rest.test.mjs -- what back ends ask of one node, and what of it concerns the others.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedCluster } from "../lib/cluster.mjs";
import { Kith } from "../lib/kith.mjs";
import { userPath } from "../lib/rest.mjs";
import { Wire, eventually, known, refused } from "../lib/wire.mjs";

describe("the API of one node of two", () => {
  const cluster = sharedCluster(2, { graph: circlesGraph(CIRCLES) });
  const open = async (t, node, user) => {
    const wire = await Wire.open(cluster.nodes[node], { user });
    t.after(() => wire.cut());
    await wire.join("friends");
    return wire;
  };

  test("a push comes to the user's sessions on every node, and they are counted", async (t) => {
    const who = circle();
    const wires = [await open(t, 0, who.ann), await open(t, 1, who.ann)];
    const answer = await cluster.nodes[0].rest.post(userPath(who.ann, "push"), {
      event: "notice",
      payload: { n: 1 },
    });
    assert.deepEqual(answer, { sessions: 2 });
    for (const wire of wires)
      await wire.until((frame) => wire.eventOf(frame) === "notice" && wire.payloadOf(frame).n === 1);
  });

  test("a broadcast comes to all", async (t) => {
    const wires = [await open(t, 0, circle().ann), await open(t, 1, circle().ben)];
    await cluster.nodes[1].rest.post("/v1/broadcast", { event: "all", payload: {} });
    for (const wire of wires) await wire.until((frame) => wire.eventOf(frame) === "all");
  });

  test("who is sent away until a time is so on every node", async (t) => {
    const who = circle();
    const ann = await open(t, 0, who.ann);
    const ben = await open(t, 1, who.ben);
    await ann.sees(who.ben);
    const until = Math.floor(Date.now() / 1000) + 3600;
    const path = userPath(who.ben, "disconnect");
    assert.deepEqual(await cluster.nodes[0].rest.post(path, { until }), { sessions: 1 });
    assert.equal(await ben.closeCode(), 1000);
    await ann.loses(who.ben);
    for (const node of cluster.nodes)
      assert.equal((await refused(node, { user: who.ben })).status, 403);
    await cluster.nodes[1].rest.post(path, { until: 0 });
    for (const i of [0, 1]) await open(t, i, who.ben);
  });

  test("and on one that does not hear this one, by the database", async (t) => {
    const settings = { ...cluster.settings("alone"), "server.ping_s": 0.5 };
    settings["cluster.secret_file"] = join(cluster.folder, "other");
    await writeFile(settings["cluster.secret_file"], "x".repeat(40), { mode: 0o600 });
    const alone = new Kith({ settings });
    t.after(() => alone.end());
    await alone.start();
    const user = circle().ben;
    const ben = await Wire.open(alone, { user });
    t.after(() => ben.cut());
    const until = Math.floor(Date.now() / 1000) + 3600;
    const path = userPath(user, "disconnect");
    assert.deepEqual(await cluster.nodes[0].rest.post(path, { until }), { sessions: 0 });
    assert.equal(await ben.closeCode(), 1000);
    assert.equal((await refused(alone, { user })).status, 403);
    await cluster.nodes[1].rest.post(path, { until: 0 });
    await eventually(async () => {
      const again = await Wire.open(alone, { user }).catch(() => null);
      again?.cut();
      return again;
    }, "it may connect");
  });

  test("what is known of a user is known on every node, to operators hidden ones too", async (t) => {
    const who = circle();
    const ann = await open(t, 0, who.ann);
    await known(cluster.nodes[1], who.ann);
    await ann.push("friends", "visibility", { session: "hidden" });
    await known(cluster.nodes[1], who.ann, ({ metas, hidden }) => !metas.length && hidden.length);
    const asked = await cluster.nodes[1].rest.post("/v1/presence/query", { ids: [who.ann] });
    assert.deepEqual(asked.presence, {});
    assert.deepEqual(Object.keys(asked.hidden), [who.ann]);
  });

  test("who is to be forgotten is so on every node", async (t) => {
    const who = circle();
    const ann = await open(t, 0, who.ann);
    const ben = await open(t, 1, who.ben);
    await ann.sees(who.ben);
    await cluster.nodes[0].rest.delete(`/v1/users/${who.ben}`);
    assert.equal(await ben.closeCode(), 1000);
    await ann.loses(who.ben);
    const again = await open(t, 1, who.ben);
    await again.quiet(300);
    await ann.quiet(0);
  });
});
