// hidden.test.mjs -- one session alone is hidden, by the event `visibility` with {"session": "hidden"}.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { ownKith, sharedKith } from "../lib/kith.mjs";
import { Names, diff, meta, metas } from "../lib/presence.mjs";
import { Wire, meet, sleep } from "../lib/wire.mjs";

const GRACE_MS = 1500;
const OK = { status: "ok", response: {} };
const say = (wire, session) => wire.push("friends", "visibility", { session });

for (const workers of [1, 4])
  describe(`${workers} workers`, () => {
    const kith = sharedKith({
      graph: circlesGraph(CIRCLES),
      settings: { "server.workers": workers, "presence.grace_s": GRACE_MS / 1000 },
    });

    /* ann is there with her laptop, ben and cleo watch her. */
    async function scene(t) {
      const who = circle();
      const names = new Names();
      const open = async (user, device, session) => {
        const wire = await Wire.open(kith, { user, device, query: { session } });
        t.after(() => wire.cut());
        return wire;
      };
      const ann = await open(who.ann, "laptop");
      const ben = await open(who.ben);
      const cleo = await open(who.cleo);
      await meet(ben, cleo);
      await ann.join("friends");
      for (const wire of [ben, cleo]) names.of(await wire.sees(who.ann));
      const heard = async (wire) => (await wire.drain()).map((frame) => names.of(frame));
      const leave = (wire, ref = "ref1") =>
        diff(wire, "friends", { leaves: metas(who.ann, meta(ref)) });
      const join = (wire, ref, status) =>
        diff(wire, "friends", { joins: metas(who.ann, meta(ref, status)) });
      return { who, names, ann, ben, cleo, open, heard, leave, join };
    }

    test("all have had its leave when it is answered, and nothing follows", async (t) => {
      const { ann, ben, cleo, heard, leave, join } = await scene(t);
      assert.deepEqual(await say(ann, "hidden"), OK);
      assert.deepEqual(await heard(ben), [leave(ben)]);
      assert.deepEqual(await heard(cleo), [leave(cleo)]);
      assert.deepEqual(await ann.push("friends", "status", { status: "secret" }), OK);
      assert.deepEqual(await say(ann, "visible"), OK);
      for (const wire of [ben, cleo])
        assert.deepEqual(await heard(wire), [join(wire, "ref2", "secret")]);
    });

    test("seen again it has just come: a later online_at, a new phx_ref", async (t) => {
      const { who, ann, ben } = await scene(t);
      await say(ann, "hidden");
      const [[, , , , gone]] = await ben.drain();
      const [before] = gone.leaves[who.ann].metas;
      await sleep(1100);
      assert.deepEqual(await say(ann, "visible"), OK);
      const [[, , , , come]] = await ben.drain();
      const [after] = come.joins[who.ann].metas;
      assert.deepEqual(come.leaves, {});
      assert.ok(Number(after.online_at) > Number(before.online_at));
      assert.notEqual(after.phx_ref, before.phx_ref);
      assert.ok(!("phx_ref_prev" in after));
    });

    test("who takes over a hidden session is hidden, and goes on where it was", async (t) => {
      const { who, ann, ben, open, heard, join } = await scene(t);
      assert.deepEqual(await say(ann, "hidden"), OK);
      await ben.drain();
      await ann.cut();
      const back = await open(who.ann, "laptop");
      back.send("1", "1", "friends", "phx_join", { resume: ann.resume, status: "secret" });
      const { status, response } = back.payloadOf(await back.next());
      assert.deepEqual([status, response.resumed], ["ok", true]);
      assert.deepEqual(await heard(ben), []);
      const other = await open(who.ann, "phone"); /* from one that only looks alive */
      other.send("1", "1", "friends", "phx_join", { resume: back.resume });
      assert.equal(other.payloadOf(await other.next()).response.resumed, true);
      await back.closed;
      await sleep(GRACE_MS + 300);
      assert.deepEqual(await heard(ben), []);
      other.send("1", "v", "friends", "visibility", { session: "visible" });
      await other.expect(other.reply("1", "v", "friends", "ok", {}));
      assert.deepEqual(await heard(ben), [join(ben, "ref2", "secret")]);
    });

    test("it goes on seeing others, and who comes later does not see it", async (t) => {
      const { who, ann, ben, open } = await scene(t);
      await say(ann, "hidden");
      await ben.drain();
      await ben.push("friends", "status", { status: "busy" });
      const [, , , , { joins }] = await ann.next();
      assert.equal(joins[who.ben].metas[0].status, "busy");
      const again = await open(who.ben);
      assert.ok(!(who.ann in (await again.join("friends"))));
    });

    test("the phone stays when the laptop is hidden", async (t) => {
      const { who, names, ann, ben, open, heard, leave, join } = await scene(t);
      const phone = await open(who.ann, "phone");
      await phone.join("friends");
      assert.deepEqual(names.of(await ben.next()), join(ben, "ref2"));
      await say(ann, "hidden");
      assert.deepEqual(await heard(ben), [leave(ben)]);
    });

    test("a reload with the same device does not show it", async (t) => {
      const { who, ann, ben, open, heard, leave, join } = await scene(t);
      await say(ann, "hidden");
      assert.deepEqual(await heard(ben), [leave(ben)]);
      await ann.close();
      const back = await open(who.ann, "laptop");
      await back.join("friends", { status: "back" });
      await back.push("friends", "status", { status: "still here" });
      await ben.quiet(GRACE_MS * 1.5);
      assert.deepEqual(await say(back, "visible"), OK);
      assert.deepEqual(await heard(ben), [join(ben, "ref2", "still here")]);
    });

    test("who connects with session=hidden is never seen", async (t) => {
      const { who, ben, open, heard, join } = await scene(t);
      const phone = await open(who.ann, "phone", "hidden");
      await phone.join("friends");
      await ben.quiet();
      assert.deepEqual(await say(phone, "visible"), OK);
      assert.deepEqual(await heard(ben), [join(ben, "ref2")]);
    });

    test("to be hidden looks as to be gone", async (t) => {
      const { ann, ben, cleo } = await scene(t);
      await say(ann, "hidden");
      const hidden = JSON.stringify(await cleo.drain());
      await ben.drain();
      const other = await scene(t);
      await other.ann.leave("friends");
      const gone = JSON.stringify([await other.cleo.next()]);
      const shape = (text) => text.replace(/"[\w-]{16}"/g, '"ref"').replace(/\d+/g, "0");
      assert.equal(shape(hidden), shape(gone));
    });
  });

test("a restart keeps it hidden", async (t) => {
  const kith = await ownKith(t, { graph: "ben ann\nann ben\n" });
  const ann = await Wire.open(kith, { user: "ann", device: "laptop" });
  await ann.join("friends");
  assert.deepEqual(await say(ann, "hidden"), OK);
  await kith.stop();
  await kith.launch();
  const ben = await Wire.open(kith, { user: "ben" });
  assert.deepEqual(await ben.join("friends"), {});
  const back = await Wire.open(kith, { user: "ann", device: "laptop" });
  await back.join("friends");
  await ben.quiet();
  assert.deepEqual(await say(back, "visible"), OK);
  assert.equal((await ben.drain()).length, 1);
  for (const wire of [ann, ben, back]) wire.cut();
});
