// side_by_side.test.mjs -- two joins of one topic, two topics of one socket, two forms of the wire
// that watch one friend: each gets what is its own, and nobody else notices.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { Names, diff, meta, metas } from "../lib/presence.mjs";
import { Wire, known } from "../lib/wire.mjs";

const kith = sharedKith({
  graph: circlesGraph(CIRCLES),
  settings: { "presence.grace_s": 0.3 },
});

async function as(t, user, vsn = "2.0.0") {
  const wire = await Wire.open(kith, { user, vsn });
  t.after(() => wire.cut());
  return wire;
}

const byTopic = (wire) => (a, b) => (wire.topicOf(a) < wire.topicOf(b) ? -1 : 1);

/* The next two frames, which may come in either order. */
async function nextTwo(wire) {
  return [await wire.next(), await wire.next()].sort(byTopic(wire));
}

for (const vsn of ["2.0.0", "1.0.0"])
  for (const topicOf of [(user) => `user:${user}`, () => "friends"])
    describe(`a double join of ${topicOf("<id>")}, vsn ${vsn}`, () => {
      /* ben and cleo watch in all four forms; ann has joined */
      async function watched(t, annJoin) {
        const who = circle();
        const ben = await as(t, who.ben);
        const cleo = await as(t, who.cleo, "1.0.0");
        for (const [wire, user] of [
          [ben, who.ben],
          [cleo, who.cleo],
        ]) {
          await wire.join(`user:${user}`);
          await wire.join("friends");
          await known(kith, user);
        }
        await nextTwo(ben); /* cleo */
        const ann = await as(t, who.ann, vsn);
        await ann.join(topicOf(who.ann), annJoin);
        await Promise.all([nextTwo(ben), nextTwo(cleo)]);
        return { who, ann, ben, cleo, topic: topicOf(who.ann) };
      }

      test("friends see nothing; the second one goes on, with the same entry", async (t) => {
        const { who, ann, ben, cleo, topic } = await watched(t, { status: "busy" });
        const names = new Names();
        const state = names.of(await ann.join(topic, { status: "busy" }));
        assert.deepEqual(Object.keys(state).sort(), [who.ben, who.cleo].sort());
        assert.deepEqual(names.of(await ann.join(topic, { status: "busy" })), state);
        for (const wire of [ann, ben, cleo]) await wire.quiet(50);

        await ann.leave(topic);
        const { leaves } = ben.payloadOf((await nextTwo(ben))[0]);
        assert.deepEqual(names.of(leaves), metas(who.ann, meta("ref3", "busy")));
        await ben.quiet();
      });

      test("a join without a status keeps the one that is shown", async (t) => {
        const { ann, ben, cleo, topic } = await watched(t, { status: "busy", text: "hm" });
        await ann.join(topic);
        for (const wire of [ben, cleo]) await wire.quiet(50);
      });

      test("the second one hears each diff once", async (t) => {
        const { who, ann, cleo, topic } = await watched(t);
        await ann.join(topic);
        await cleo.push("friends", "status", { status: "away" });
        const { joins } = ann.payloadOf(await ann.next());
        assert.deepEqual(Object.keys(joins), [who.cleo]);
        await ann.quiet(50);
      });
    });

for (const vsn of ["2.0.0", "1.0.0"])
  describe(`both topics on one socket, vsn ${vsn}`, () => {
    async function onBoth(t) {
      const names = new Names();
      const who = circle();
      const cleo = await as(t, who.cleo);
      await cleo.join("friends");
      await known(kith, who.cleo);
      const ben = await as(t, who.ben, vsn);
      const states = [await ben.join(`user:${who.ben}`), await ben.join("friends")];
      await cleo.next(); /* ben, once: the second topic is nobody's news */
      await cleo.quiet(50);
      return { names, who, ben, cleo, states: names.of(states) };
    }

    test("each gets its own state, and both say the same", async (t) => {
      const { who, states } = await onBoth(t);
      const cleo = metas(who.cleo, meta("ref1"));
      assert.deepEqual(states, [cleo, cleo]);
    });

    test("each form of each diff comes once: of a join, an update and a leave", async (t) => {
      const { names, who, ben } = await onBoth(t);
      const ann = await as(t, who.ann);
      const hears = async (parts) => {
        const both = (await nextTwo(ben)).map((frame) => names.of(frame));
        const topics = ["friends", `user_presence:${who.ann}`];
        assert.deepEqual(
          both,
          topics.map((topic) => diff(ben, topic, parts)),
        );
      };
      await ann.join("friends");
      const online = metas(who.ann, meta("ref2"));
      await hears({ joins: online });
      await ann.push("friends", "status", { status: "away" });
      const away = metas(who.ann, meta("ref3", "away", { phx_ref_prev: "ref2" }));
      await hears({ joins: away, leaves: online });
      await ann.leave("friends");
      await hears({ leaves: away });
      await ben.quiet(50);
    });

    for (const [left, kept, hear] of [
      [() => "friends", (id) => `user:${id}`, (friend) => `user_presence:${friend}`],
      [(id) => `user:${id}`, () => "friends", () => "friends"],
    ])
      test(`left with ${kept("<id>")}, it gets only that form`, async (t) => {
        const { who, ben, cleo } = await onBoth(t);
        await ben.leave(left(who.ben));
        const ann = await as(t, who.ann);
        await ann.join("friends");
        assert.equal(ben.topicOf(await ben.next()), hear(who.ann));
        await ben.quiet(50);
        await cleo.next(); /* ann */
        await ben.leave(kept(who.ben));
        assert.deepEqual(Object.keys(cleo.payloadOf(await cleo.next()).leaves), [who.ben]);
      });

    test("a status on either is the same entry's", async (t) => {
      const { names, who, ben, cleo } = await onBoth(t);
      const topics = [`user:${who.ben}`, "friends"];
      for (const [topic, status] of [
        [topics[0], "away"],
        [topics[1], "busy"],
      ]) {
        assert.equal((await ben.push(topic, "status", { status })).status, "ok");
        const { joins, leaves } = names.of(cleo.payloadOf(await cleo.next()));
        assert.equal(joins[who.ben].metas.length, 1);
        assert.equal(joins[who.ben].metas[0].phx_ref_prev, leaves[who.ben].metas[0].phx_ref);
        assert.equal(joins[who.ben].metas[0].status, status);
      }
      await cleo.quiet(50);
    });
  });

describe("V1 and V2 watchers of one friend", () => {
  test("hear the same, each in its form, refs and all", async (t) => {
    const who = circle();
    const seats = [
      [who.ben, "2.0.0", `user:${who.ben}`, `user_presence:${who.ann}`],
      [who.ben, "1.0.0", `user:${who.ben}`, `user_presence:${who.ann}`],
      [who.cleo, "2.0.0", "friends", "friends"],
      [who.cleo, "1.0.0", "friends", "friends"],
    ];
    const watchers = [];
    for (const [user, vsn, joins, hears] of seats) {
      const wire = await as(t, user, vsn);
      await wire.join(joins);
      watchers.push({ wire, hears });
      const sessions = watchers.filter((it) => it.wire.user === user).length;
      await known(kith, user, ({ metas }) => metas.length === sessions);
    }
    for (const { wire } of watchers.slice(0, 2)) await nextTwo(wire); /* ben's: cleo, twice */

    /* What all four were told of ann, after a look at the form and at their being equal. */
    async function heard() {
      const payloads = [];
      for (const { wire, hears } of watchers) {
        const frame = await wire.next();
        const payload = wire.payloadOf(frame);
        assert.deepEqual(frame, wire.frame(null, null, hears, "presence_diff", payload));
        payloads.push(payload);
      }
      for (const payload of payloads) assert.deepEqual(payload, payloads[0]);
      return payloads[0];
    }

    const names = new Names();
    const ann = await as(t, who.ann, "1.0.0");
    await ann.join("friends", { status: "here", text: 'é "quoted" \\ 日本' });
    const here = metas(who.ann, meta("ref1", "here", { text: 'é "quoted" \\ 日本' }));
    assert.deepEqual(names.of(await heard()), { joins: here, leaves: {} });

    await ann.push("friends", "status", { status: "away" });
    const away = metas(who.ann, meta("ref2", "away", { phx_ref_prev: "ref1" }));
    assert.deepEqual(names.of(await heard()), { joins: away, leaves: here });

    const phone = await as(t, who.ann, "2.0.0");
    await phone.join(`user:${who.ann}`);
    const third = metas(who.ann, meta("ref3"));
    assert.deepEqual(names.of(await heard()), { joins: third, leaves: {} });

    await ann.leave("friends");
    assert.deepEqual(names.of(await heard()), { joins: {}, leaves: away });
    await phone.cut();
    assert.deepEqual(names.of(await heard()), { joins: {}, leaves: third });
    for (const { wire } of watchers) await wire.quiet(50);
  });
});
