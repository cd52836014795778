// watch.test.mjs -- who is on the screen for a while without being a friend, by the events `watch`
// and `unwatch`.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { ownKith, sharedKith } from "../lib/kith.mjs";
import { Wire, eventually, sleep } from "../lib/wire.mjs";

const graph = circlesGraph(CIRCLES);
const OK = { status: "ok", response: {} };
const refusal = (reason) => ({ status: "error", response: { reason } });
const SECOND_MS = 1100; /* a socket may ask for one thing a second */

/* The reply to an event. What comes before it is kept for diffs(). */
const early = new WeakMap();
async function ask(wire, topic, event, payload) {
  const ref = `ask${wire.newRef()}`;
  wire.send("1", ref, topic, event, payload);
  const before = early.get(wire) ?? [];
  early.set(wire, before);
  for (;;) {
    const frame = await wire.next();
    if (wire.eventOf(frame) !== "phx_reply") before.push(frame);
    else {
      const { status, response } = wire.payloadOf(frame);
      assert.deepEqual(frame, wire.reply("1", ref, topic, status, response));
      return { status, response };
    }
  }
}

/* All that came since the last time, once so many have. */
async function heard(wire, count = 0) {
  const frames = early.get(wire) ?? [];
  early.delete(wire);
  while (frames.length < count) frames.push(await wire.next());
  return [...frames, ...(await wire.drain())];
}

/* {joins: [id, ..], leaves: [id, ..]} of each diff; of what is not acknowledged once all have heard
 * of it, `count` are waited for. */
const diffs = async (wire, count) =>
  (await heard(wire, count)).map((frame) => {
    const { joins, leaves } = wire.payloadOf(frame);
    return { joins: Object.keys(joins), leaves: Object.keys(leaves) };
  });
const joined = (...ids) => ids.map((id) => ({ joins: [id], leaves: [] }));
const left = (...ids) => ids.map((id) => ({ joins: [], leaves: [id] }));

for (const workers of [1, 4])
  describe(`${workers} workers`, () => {
    const kith = sharedKith({ graph, settings: { "server.workers": workers } });

    /* ann is public, and ben's friend; the stranger knows nobody. */
    async function scene(t, topic = "friends") {
      const who = circle();
      const open = async (user, on = "friends") => {
        const wire = await Wire.open(kith, { user });
        t.after(() => wire.cut());
        await wire.join(on);
        await wire.drain();
        return wire;
      };
      const ann = await open(who.ann);
      await ask(ann, "friends", "visibility", { mode: "public" });
      const stranger = await open(who.stranger, topic === "user" ? `user:${who.stranger}` : topic);
      const see = (mode, wire = ann) => ask(wire, "friends", "visibility", { mode });
      return { who, ann, stranger, open, see };
    }
    const watch = (wire, ...ids) => ask(wire, "friends", "watch", { ids });
    const unwatch = (wire, ...ids) => ask(wire, "friends", "unwatch", { ids });

    test("who is public is seen by who watches, from join to leave", async (t) => {
      const { who, ann, stranger } = await scene(t);
      assert.deepEqual(await watch(stranger, who.ann), OK);
      assert.deepEqual(await diffs(stranger), joined(who.ann));
      await ask(ann, "friends", "status", { status: "away" });
      assert.deepEqual(await diffs(stranger, 1), [{ joins: [who.ann], leaves: [who.ann] }]);
      await heard(ann);
      await ann.leave("friends");
      assert.deepEqual(await diffs(stranger, 1), left(who.ann));
      await ann.join("friends");
      assert.deepEqual(await diffs(stranger, 1), joined(who.ann));
    });

    test("the join comes before the reply, and the leaves of unwatch do", async (t) => {
      const { who, ann, stranger } = await scene(t);
      for (const event of ["watch", "unwatch"]) {
        stranger.send("1", event, "friends", event, { ids: [who.ann] });
        const [first, second] = [await stranger.next(), await stranger.next()];
        assert.equal(first[3], "presence_diff");
        assert.deepEqual(second, stranger.reply("1", event, "friends", "ok", {}));
      }
      await ask(ann, "friends", "status", { status: "away" });
      assert.deepEqual(await watch(stranger, who.ann), OK);
      assert.deepEqual(await diffs(stranger), joined(who.ann));
    });

    test("on user:<id> it is the same, with diffs of each user's own topic", async (t) => {
      const { who, stranger } = await scene(t, "user");
      const topic = `user:${who.stranger}`;
      assert.deepEqual(await ask(stranger, topic, "watch", { ids: [who.ann] }), OK);
      const [frame] = await heard(stranger);
      assert.equal(stranger.topicOf(frame), `user_presence:${who.ann}`);
    });

    test("public, private, blocking, unknown, offline: the same reply, byte by byte", async (t) => {
      const { who, open, see } = await scene(t);
      const cleo = await open(who.cleo);
      await see("nobody", cleo);
      const cases = { public: who.ann, hidden: who.cleo, offline: who.self, unknown: "no such user" };
      await open(who.ben); /* friends only */
      cases.private = who.ben;
      const answers = new Set();
      for (const [name, id] of Object.entries(cases)) {
        const stranger = await open(`${who.stranger}-${name}`);
        const bytes = new Promise((done) =>
          stranger.socket.on("message", (data) => /phx_reply/.test(data) && done(String(data))),
        );
        assert.deepEqual(await ask(stranger, "friends", "watch", { ids: [id] }), OK);
        answers.add((await bytes).replace(/ask\d+/, "ref"));
        assert.deepEqual(await diffs(stranger), name === "public" ? joined(id) : []);
      }
      assert.equal(answers.size, 1);
    });

    test("who is not public any more is gone for who has no edge, at once", async (t) => {
      const { who, ann, stranger, open, see } = await scene(t);
      const ben = await open(who.ben);
      await watch(stranger, who.ann);
      await watch(ben, who.ann);
      await heard(stranger);
      assert.deepEqual(await diffs(ben), []); /* a friend sees her anyhow */
      assert.deepEqual(await see("friends"), OK);
      assert.deepEqual(await diffs(stranger), left(who.ann));
      assert.deepEqual(await diffs(ben), []);
      await ask(ann, "friends", "status", { status: "secret" });
      assert.equal((await diffs(ben, 1)).length, 1);
      assert.deepEqual(await diffs(stranger), []);
      assert.deepEqual(await see("public"), OK); /* who still asks sees her again by then */
      assert.deepEqual(await diffs(stranger), joined(who.ann));
      assert.deepEqual(await diffs(ben), []);
    });

    test("who becomes public is seen by who has asked for long", async (t) => {
      const { who, stranger, open, see } = await scene(t);
      const ben = await open(who.ben);
      assert.deepEqual(await watch(stranger, who.ben, who.cleo), OK);
      assert.deepEqual(await diffs(stranger), []);
      assert.deepEqual(await see("public", ben), OK);
      assert.deepEqual(await diffs(stranger), joined(who.ben));
    });

    test("who watches a friend sees it once, and unwatch changes nothing", async (t) => {
      const { who, ann, open } = await scene(t);
      const ben = await open(who.ben);
      assert.deepEqual(await watch(ben, who.ann), OK);
      assert.deepEqual(await unwatch(ben, who.ann), OK);
      assert.deepEqual(await diffs(ben), []);
      await ask(ann, "friends", "status", { status: "away" });
      assert.equal((await diffs(ben, 1)).length, 1);
    });

    test("it is the session's: another session of the user sees nothing", async (t) => {
      const { who, stranger, open } = await scene(t);
      const other = await open(who.stranger);
      await watch(stranger, who.ann);
      assert.deepEqual(await diffs(stranger), joined(who.ann));
      assert.deepEqual(await diffs(other), []);
    });

    test("a second topic's state, and a rejoin's, has who is watched; after a leave it is forgotten", async (t) => {
      const { who, stranger } = await scene(t);
      await watch(stranger, who.ann);
      await heard(stranger);
      assert.ok(who.ann in (await stranger.join(`user:${who.stranger}`)));
      assert.ok(who.ann in (await stranger.join("friends")));
      await stranger.leave(`user:${who.stranger}`);
      await stranger.leave("friends");
      assert.deepEqual(await stranger.join("friends"), {});
    });

    test("what is no list of ids is refused, and asks for nobody", async (t) => {
      const { who, stranger, see } = await scene(t);
      const bad = [{}, { ids: who.ann }, { ids: [1] }, { ids: [""] }, []];
      const many = { ids: Array.from({ length: 201 }, (_, i) => `${i}`) };
      for (const payload of [...bad, many])
        assert.deepEqual(
          await ask(stranger, "friends", "watch", payload),
          refusal("ids are at most 200 user ids"),
        );
      assert.deepEqual(await ask(stranger, "friends", "watch", { ids: [] }), OK);
      await see("public");
      assert.deepEqual(await diffs(stranger), []);
    });

    test("200 in all, however they are asked for", async (t) => {
      const { who, stranger } = await scene(t);
      const ids = (from, count) => Array.from({ length: count }, (_, i) => `nobody-${from + i}`);
      const full = refusal("200 users are watched already, unwatch some");
      assert.deepEqual(await watch(stranger, ...ids(0, 150)), OK);
      assert.deepEqual(await watch(stranger, ...ids(100, 100)), OK); /* 50 of them again */
      assert.deepEqual(await watch(stranger, who.ann), full);
      assert.deepEqual(await diffs(stranger), []);
      assert.deepEqual(await unwatch(stranger, "nobody-7", "never-asked-for"), OK);
      assert.deepEqual(await watch(stranger, who.ann), OK);
      assert.deepEqual(await diffs(stranger), joined(who.ann));
    });

    test("some in a burst, then one a second", async (t) => {
      const { who, stranger } = await scene(t);
      const asked = Array.from({ length: 12 }, () => ({ ids: [who.ann] }));
      const answers = await stranger.pushAll("friends", "watch", asked);
      const refused = answers.filter(({ status }) => status !== "ok");
      assert.deepEqual(answers.slice(0, 10), Array(10).fill(OK));
      /* One of the two: what the first of them began to pay for is the other's within a millisecond. */
      assert.ok(refused.length > 0);
      for (const answer of refused)
        assert.deepEqual(answer, refusal("too many changes, try again"));
      await sleep(SECOND_MS);
      assert.deepEqual(await unwatch(stranger, who.ann), OK);
    });
  });

test("with reciprocity only those who watch the asking one are seen", async (t) => {
  const kith = await ownKith(t, {
    graph: "ann eve\n",
    settings: { "presence.reciprocity": "on" },
  });
  const open = async (user) => {
    const wire = await Wire.open(kith, { user });
    t.after(() => wire.cut());
    await wire.join("friends");
    return wire;
  };
  const [ann, ben, eve] = [await open("ann"), await open("ben"), await open("eve")];
  for (const wire of [ann, ben]) await wire.push("friends", "visibility", { mode: "public" });
  await ask(eve, "friends", "watch", { ids: ["ann", "ben"] });
  assert.deepEqual(await diffs(eve), joined("ann"));
  await ask(eve, "friends", "visibility", { mode: "nobody" });
  assert.deepEqual(await diffs(eve), left("ann"));
});

// Who is beyond a budget may be taken for one who was asked about before, one in 200: there are more.
const OTHERS = ["cid", "dan", "fay"];

test("who was refused a watch does not get it later", async (t) => {
  const kith = await ownKith(t, { settings: { "presence.watch_budget": 1 } });
  const open = async (user) => {
    const wire = await Wire.open(kith, { user });
    t.after(() => wire.cut());
    await wire.join("friends");
    await wire.drain();
    return wire;
  };
  const nosy = await open("nosy");
  const ids = ["ann", "ben", ...OTHERS];
  const { status } = await ask(nosy, "friends", "watch", { ids });
  assert.equal(status, "error");
  const [ann, ben] = [await open("ann"), await open("ben")];
  for (const wire of [ann, ben]) {
    assert.deepEqual(await ask(wire, "friends", "visibility", { mode: "public" }), OK);
    assert.deepEqual(await ask(wire, "friends", "status", { status: "seen?" }), OK);
  }
  assert.deepEqual(await diffs(nosy), []);
  nosy.send("1", "again", "friends", "phx_join");
  await nosy.next(); /* the reply */
  const states = (await nosy.drain()).filter((frame) => nosy.eventOf(frame) === "presence_state");
  assert.deepEqual(states.map((frame) => nosy.payloadOf(frame)), [{}]);
});

test("who asks for unusually many is refused, named in the log, and counted", async (t) => {
  const kith = await ownKith(t, { settings: { "presence.watch_budget": 5 } });
  const many = [..."abcdef", ...OTHERS];
  const TOO_MANY = refusal("too many users are asked for, try again later");
  const nosy = 'nosy\n"';
  const wire = await Wire.open(kith, { user: nosy });
  await wire.join("friends");
  await wire.drain();
  assert.deepEqual(await ask(wire, "friends", "watch", { ids: many.slice(0, 4) }), OK);
  assert.deepEqual(await ask(wire, "friends", "watch", { ids: many.slice(1, 4) }), OK);
  for (let i = 0; i < 2; i++)
    assert.deepEqual(await ask(wire, "friends", "watch", { ids: many }), TOO_MANY);
  assert.deepEqual(await ask(wire, "friends", "unwatch", { ids: many }), OK);
  const other = await Wire.open(kith, { user: nosy });
  await other.join("friends");
  await other.drain();
  assert.deepEqual(await ask(other, "friends", "watch", { ids: many }), TOO_MANY);
  const told = kith.errors.split("\n").filter((line) => /asks about more than/.test(line));
  assert.equal(told.length, 1);
  assert.match(told[0], /^kith: warning: user "nosy\\x0a\\x22" asks about more than 5 users/);
  const figures = async () =>
    /^kith_watches_refused_total (\d+)$|^kith_watches_refused (\d+)$/m.exec(
      await (await fetch(`${kith.api}/metrics`)).text(),
    );
  await eventually(async () => (await figures()).slice(1).find(Boolean) === "3", "the count");
  wire.cut();
  other.cut();
});
