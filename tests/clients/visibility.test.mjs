// visibility.test.mjs -- who may see whom changes while people are there, by the event `visibility`.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { ownKith, sharedKith } from "../lib/kith.mjs";
import { Names, diff, meta, metas } from "../lib/presence.mjs";
import { Wire, known, meet, sleep } from "../lib/wire.mjs";

const graph = circlesGraph(CIRCLES);
const OK = { status: "ok", response: {} };
const refusal = (reason) => ({ status: "error", response: { reason } });

/* The first is not, and of the last `late` one is: a burst ends by the millisecond. */
function someRefused(answers, late) {
  const refused = answers.filter(({ status }) => status !== "ok");
  assert.deepEqual(answers[0], OK);
  assert.ok(answers.slice(-late).some((answer) => refused.includes(answer)));
  for (const answer of refused) assert.deepEqual(answer, refusal("too many changes, try again"));
}

for (const workers of [1, 4])
  describe(`${workers} workers`, () => {
    const kith = sharedKith({ graph, settings: { "server.workers": workers } });

    /* ann is there, ben and cleo watch her. */
    async function scene(t) {
      const who = circle();
      const names = new Names();
      const open = async (user) => {
        const wire = await Wire.open(kith, { user });
        t.after(() => wire.cut());
        return wire;
      };
      const ann = await open(who.ann);
      const ben = await open(who.ben);
      const cleo = await open(who.cleo);
      await meet(ben, cleo);
      await ann.join("friends");
      for (const wire of [ben, cleo]) names.of(await wire.sees(who.ann));
      const heard = async (wire) => (await wire.drain()).map((frame) => names.of(frame));
      const leave = (wire) => diff(wire, "friends", { leaves: metas(who.ann, meta("ref1")) });
      const join = (wire) => diff(wire, "friends", { joins: metas(who.ann, meta("ref1")) });
      return { who, ann, ben, cleo, open, heard, leave, join };
    }

    test("nobody: all lose sight before it is acknowledged, friends: all gain it", async (t) => {
      const { ann, ben, cleo, heard, leave } = await scene(t);
      assert.deepEqual(await ann.push("friends", "visibility", { mode: "nobody" }), OK);
      assert.deepEqual(await heard(ben), [leave(ben)]);
      assert.deepEqual(await heard(cleo), [leave(cleo)]);
      assert.deepEqual(await ann.push("friends", "status", { status: "secret" }), OK);
      assert.deepEqual(await heard(ben), []);
      assert.deepEqual(await ann.push("friends", "status", { status: "online" }), OK);
      assert.deepEqual(await ann.push("friends", "visibility", { mode: "friends" }), OK);
      const [[, , , , { joins, leaves }], ...more] = await ben.drain();
      assert.deepEqual([leaves, more], [{}, []]);
      assert.equal(Object.values(joins)[0].metas.length, 1);
    });

    test("who was visible to nobody has just come: a new online_at, new refs", async (t) => {
      const { who, ann, ben, open } = await scene(t);
      await ann.push("friends", "visibility", { mode: "nobody" });
      const [[, , , , gone]] = await ben.drain();
      const [before] = gone.leaves[who.ann].metas;
      await ann.push("friends", "status", { status: "busy" });
      await sleep(1100);
      await ann.push("friends", "visibility", { mode: "friends" });
      const [[, , , , come]] = await ben.drain();
      const [after] = come.joins[who.ann].metas;
      assert.ok(Number(after.online_at) > Number(before.online_at));
      assert.notEqual(after.phx_ref, before.phx_ref);
      assert.deepEqual(Object.keys(after).sort(), ["online_at", "phx_ref", "status"]);
      const later = await open(who.cleo);
      assert.deepEqual((await later.join("friends"))[who.ann], { metas: [after] });
    });

    test("also if nobody gains sight of it by that: who comes later cannot tell", async (t) => {
      const { who, ann, open } = await scene(t);
      await ann.push("friends", "visibility", { mode: "nobody" });
      const since = Math.floor(Date.now() / 1000);
      await sleep(1100);
      await ann.push("friends", "visibility", { mode: "only", ids: [] });
      await ann.push("friends", "visibility", { mode: "friends" });
      const later = await open(who.cleo);
      const [seen] = (await later.join("friends"))[who.ann].metas;
      assert.ok(Number(seen.online_at) > since);
    });

    test("only and except concern those whom they name", async (t) => {
      const { who, ann, ben, cleo, heard, leave, join } = await scene(t);
      const say = (mode, ids) => ann.push("friends", "visibility", { mode, ids });
      assert.deepEqual(await say("except", [who.cleo, "nobody-known", who.cleo]), OK);
      assert.deepEqual(await heard(ben), []);
      assert.deepEqual(await heard(cleo), [leave(cleo)]);
      assert.deepEqual(await say("only", [who.cleo]), OK);
      assert.deepEqual(await heard(ben), [leave(ben)]);
      assert.deepEqual(await heard(cleo), [join(cleo)]);
    });

    test("who comes later finds the rules as they are", async (t) => {
      const { who, ann, open } = await scene(t);
      await ann.push("friends", "visibility", { mode: "only", ids: [who.ben] });
      const again = await open(who.cleo);
      assert.deepEqual(Object.keys(await again.join("friends")), [who.ben]);
      const ben2 = await open(who.ben);
      assert.ok(who.ann in (await ben2.join(`user:${who.ben}`)));
    });

    test("to be invisible looks as to be gone: same bytes, same frames", async (t) => {
      const { who, ann, ben, cleo } = await scene(t);
      await ann.push("friends", "visibility", { mode: "except", ids: [who.cleo] });
      const hidden = JSON.stringify(await cleo.drain());
      await ann.leave("friends");
      const gone = JSON.stringify([await ben.next()]);
      assert.equal(hidden, gone);
      assert.deepEqual(await ben.drain(), []);
    });

    test("what is none is refused, and changes nothing", async (t) => {
      const { ann, ben, heard } = await scene(t);
      const mode = refusal("visibility needs a mode: friends, public, nobody, only or except");
      const ids = refusal("only and except list ids, and no other mode does");
      for (const [payload, answer] of [
        [{}, mode],
        [{ mode: "secret" }, mode],
        [[], mode],
        [{ mode: "only" }, ids],
        [{ mode: "nobody", ids: [] }, ids],
        [{ mode: "only", ids: [1] }, refusal("ids are at most 5000 user ids")],
        [{ session: "secret" }, refusal("session is hidden or visible, and stands alone")],
        [
          { session: "hidden", mode: "nobody" },
          refusal("session is hidden or visible, and stands alone"),
        ],
      ])
        assert.deepEqual(await ann.push("friends", "visibility", payload), answer);
      assert.deepEqual(await heard(ben), []);
      const tooMany = Array.from({ length: 5001 }, (_, i) => `nobody-${i}`);
      assert.deepEqual(
        await ben.push("friends", "visibility", { mode: "only", ids: tooMany }),
        refusal("ids are at most 5000 user ids"),
      );
    });

    test("a socket may change it some times in a burst", async (t) => {
      const { ann } = await scene(t);
      const said = Array.from({ length: 12 }, (_, i) => ({ mode: i % 2 ? "friends" : "nobody" }));
      someRefused(await ann.pushAll("friends", "visibility", said), 2);
    });

    test("and long lists fewer times", async (t) => {
      const { ann } = await scene(t);
      const ids = Array.from({ length: 5000 }, (_, i) => `nobody-${i}`);
      const said = Array.from({ length: 4 }, (_, i) => ({ mode: i % 2 ? "only" : "except", ids }));
      someRefused(await ann.pushAll("friends", "visibility", said), 2);
    });
  });

test("what is said outlives the server", async (t) => {
  const kith = await ownKith(t, { graph: "ben ann\n" });
  const ann = await Wire.open(kith, { user: "ann" });
  await ann.join("friends");
  assert.deepEqual(await ann.push("friends", "visibility", { mode: "nobody" }), OK);
  await kith.stop();
  await kith.launch();
  const again = await Wire.open(kith, { user: "ann" });
  await again.join("friends");
  const ben = await Wire.open(kith, { user: "ben" });
  assert.deepEqual(await ben.join("friends"), {});
  for (const wire of [ann, again, ben]) wire.cut();
});

test("with reciprocity sight is mutual", async (t) => {
  const kith = await ownKith(t, {
    graph: "ann ben\nben ann\ncleo ann\n",
    settings: { "presence.reciprocity": "on" },
  });
  const open = (user) => Wire.open(kith, { user });
  const [ann, ben, cleo] = [await open("ann"), await open("ben"), await open("cleo")];
  await ann.join("friends");
  await known(kith, "ann");
  assert.deepEqual(Object.keys(await ben.join("friends")), ["ann"]);
  assert.deepEqual(await cleo.join("friends"), {}); /* an edge of one way */
  await ann.sees("ben");
  ben.send("1", "v", "friends", "visibility", { mode: "nobody" });
  const [, , , , mine] = await ben.next();
  assert.deepEqual(await ben.next(), ben.reply("1", "v", "friends", "ok", {}));
  assert.deepEqual(Object.keys(mine.leaves), ["ann"]);
  const [[, , , , hers]] = await ann.drain();
  assert.deepEqual(Object.keys(hers.leaves), ["ben"]);
  for (const wire of [ann, ben, cleo]) wire.cut();
});
