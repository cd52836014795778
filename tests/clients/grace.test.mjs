// grace.test.mjs -- connections come and go; people stay. What a friend sees of it: nothing.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { ownKith, sharedKith } from "../lib/kith.mjs";
import { Names, diff, meta, metas } from "../lib/presence.mjs";
import { Wire, known } from "../lib/wire.mjs";

const GRACE_MS = 3000; /* a busy machine needs some of it to come back */

/* Waiting is most of what they do, so they do it together. */
const TOGETHER = { concurrency: true };

describe("within grace", TOGETHER, () => {
  const settings = { "presence.grace_s": GRACE_MS / 1000 };
  const kith = sharedKith({ graph: circlesGraph(CIRCLES), settings });
  /* No answer says that the server has seen a cut: with one worker it has, before whoever comes
   * back over another socket. */
  const alone = sharedKith({
    graph: circlesGraph(CIRCLES),
    settings: { ...settings, "server.workers": 1 },
  });

  const as = async (t, user, device, server = kith) => {
    const wire = await Wire.open(server, { user, device });
    t.after(() => wire.cut());
    return wire;
  };

  /* ben watches, ann is there from the device "tab" */
  async function watched(t, device = "tab", server = kith) {
    const names = new Names();
    const who = circle();
    const ben = await as(t, who.ben, undefined, server);
    await ben.join("friends");
    const ann = await as(t, who.ann, device, server);
    await ann.join("friends");
    const heard = async () => names.of(await ben.next());
    assert.deepEqual(await heard(), diff(ben, "friends", { joins: metas(who.ann, meta("ref1")) }));
    return { who, names, ben, ann, heard };
  }

  for (const [name, end, server] of [
    ["a close without a code, as of a page reload", (ann) => ann.close(), kith],
    ["a close with 1000, as of a heartbeat timeout", (ann) => ann.close(1000), kith],
    ["a close with 1001, as of a browser that goes", (ann) => ann.close(1001), kith],
    ["a cut", (ann) => ann.cut(), alone],
  ])
    test(`${name}, and back with the same device: no message to anyone`, async (t) => {
      const { who, names, ben, ann } = await watched(t, "tab", server);
      await end(ann);
      const back = await as(t, who.ann, "tab", server);
      await back.join("friends");
      await ben.quiet(GRACE_MS * 1.5);
      const cleo = await as(t, who.cleo, undefined, server);
      const state = names.of(await cleo.join("friends"));
      assert.deepEqual(state[who.ann], { metas: [meta("ref1")] }); /* phx_ref, online_at survive */
    });

  test("a status outlives the reload; the same one in the join payload changes nothing", async (t) => {
    const { who, ben, ann, heard } = await watched(t);
    await ann.push("friends", "status", { status: "away", text: "lunch" });
    await heard();
    await ann.close();
    const back = await as(t, who.ann, "tab");
    await back.join("friends", { status: "away", text: "lunch" });
    await ben.quiet(GRACE_MS * 1.5);
  });

  test("another status in the join payload is an update", async (t) => {
    const { who, ben, ann, heard } = await watched(t);
    await ann.close();
    const back = await as(t, who.ann, "tab");
    await back.join("friends", { status: "busy" });
    const busy = meta("ref2", "busy", { phx_ref_prev: "ref1" });
    assert.deepEqual(
      await heard(),
      diff(ben, "friends", { joins: metas(who.ann, busy), leaves: metas(who.ann, meta("ref1")) }),
    );
    await ben.quiet(GRACE_MS * 1.5);
  });

  test("absent equals absent: without a device too the return is no message", async (t) => {
    const { who, ben, ann } = await watched(t, null, alone);
    await ann.cut();
    const back = await as(t, who.ann, undefined, alone);
    await back.join("friends");
    await ben.quiet(GRACE_MS * 1.5);
  });

  test("another device is a second meta, and the lost one leaves after grace", async (t) => {
    const { who, ben, ann, heard } = await watched(t);
    await ann.cut();
    const phone = await as(t, who.ann, "phone");
    await phone.join("friends");
    assert.deepEqual(await heard(), diff(ben, "friends", { joins: metas(who.ann, meta("ref2")) }));
    assert.deepEqual(await heard(), diff(ben, "friends", { leaves: metas(who.ann, meta("ref1")) }));
    await ben.quiet();
  });

  test("live sessions never share an entry, the same device or not", async (t) => {
    const { who, ben, heard } = await watched(t);
    const twin = await as(t, who.ann, "tab");
    await twin.join("friends");
    assert.deepEqual(await heard(), diff(ben, "friends", { joins: metas(who.ann, meta("ref2")) }));
  });

  test("the topic may change over the reload", async (t) => {
    const { who, ben, ann } = await watched(t, "tab", alone);
    await ann.cut();
    const back = await as(t, who.ann, "tab", alone);
    await back.join(`user:${who.ann}`);
    await ben.quiet(GRACE_MS * 1.5);
  });

  test("ten reloads in a row: no message to anyone", async (t) => {
    const { who, ben, ann } = await watched(t);
    let wire = ann;
    for (let i = 0; i < 10; i++) {
      await wire.close();
      wire = await as(t, who.ann, "tab");
      await wire.join("friends");
    }
    await ben.quiet(GRACE_MS * 1.5);
  });

  test("a leave waits for no grace, and there is nothing to come back to", async (t) => {
    const { who, ben, ann, heard } = await watched(t);
    await ann.leave("friends");
    assert.deepEqual(await heard(), diff(ben, "friends", { leaves: metas(who.ann, meta("ref1")) }));
    await ann.close();
    const back = await as(t, who.ann, "tab");
    await back.join("friends");
    assert.deepEqual(await heard(), diff(ben, "friends", { joins: metas(who.ann, meta("ref2")) }));
  });

  test("back after grace: a leave and a join", async (t) => {
    const { who, ben, ann, heard } = await watched(t);
    await ann.cut();
    assert.deepEqual(await heard(), diff(ben, "friends", { leaves: metas(who.ann, meta("ref1")) }));
    const back = await as(t, who.ann, "tab");
    await back.join("friends");
    assert.deepEqual(await heard(), diff(ben, "friends", { joins: metas(who.ann, meta("ref2")) }));
  });

  test("whoever is connected but joined to nothing is not there", async (t) => {
    const who = circle();
    const ben = await as(t, who.ben);
    await ben.join("friends");
    await as(t, who.ann);
    await ben.quiet();
  });

  test("a friend who joins while one is in grace sees them", async (t) => {
    const { who, names, ann } = await watched(t);
    await ann.cut();
    const cleo = await as(t, who.cleo);
    const state = names.of(await cleo.join("friends"));
    assert.deepEqual(state[who.ann], { metas: [meta("ref1")] });
    const gone = names.of(await cleo.next());
    assert.deepEqual(gone, diff(cleo, "friends", { leaves: metas(who.ann, meta("ref1")) }));
  });
});

describe("over a restart", TOGETHER, () => {
  const settings = (s) => ({ "presence.grace_s": 0.3, "presence.restart_grace_s": s });

  test("clients get 1012, and friends who come back have missed nobody", async (t) => {
    const kith = await ownKith(t, { graph: circlesGraph(3), settings: settings(4) });
    const names = new Names();
    const who = { ann: "ann0", ben: "ben0", cleo: "cleo0" };
    const open = (user) => Wire.open(kith, { user, device: `tab of ${user}` });
    const first = {};
    for (const name of Object.keys(who)) {
      first[name] = await open(who[name]);
      await first[name].join("friends", { status: `here: ${name}` });
      await known(kith, who[name]);
    }
    const state = names.of(await (await open("ben0")).join("friends")); /* a second tab of ben */
    await kith.stop();
    for (const wire of Object.values(first)) assert.equal(await wire.closeCode(), 1012);

    await kith.launch();
    const ben = await open(who.ben);
    assert.deepEqual(names.of(await ben.join("friends")), state); /* ann and cleo, refs and all */
    const ann = await open(who.ann);
    await ann.join("friends");
    await ben.quiet(50);
    const gone = names.of(await ben.next()); /* cleo stays away */
    assert.deepEqual(gone, diff(ben, "friends", { leaves: { [who.cleo]: state[who.cleo] } }));
    await ben.quiet(300);
    await ben.cut();
    await ann.cut();
  });

  test("a start after a long time finds nobody", async (t) => {
    const kith = await ownKith(t, { graph: circlesGraph(1), settings: settings(0.5) });
    const ann = await Wire.open(kith, { user: "ann0" });
    await ann.join("friends");
    await kith.stop();
    await kith.launch();
    await known(kith, "ann0", ({ metas }) => metas.length === 0);
    const ben = await Wire.open(kith, { user: "ben0" });
    assert.deepEqual(await ben.join("friends"), {});
    await ben.cut();
  });
});
