// last_seen.test.mjs -- when users were last seen, by those who may see them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { ownKith, sharedKith } from "../lib/kith.mjs";
import { Wire, known, sleep } from "../lib/wire.mjs";

const OK = { status: "ok", response: {} };
const refusal = (reason) => ({ status: "error", response: { reason } });
const now = () => Date.now() / 1000;

/* A time of whole seconds that is between these two. */
const between = (from, at, to) => Number.isInteger(at) && from - 1 < at && at < to + 1;

for (const workers of [1, 4])
  describe(`${workers} workers`, () => {
    const kith = sharedKith({
      graph: circlesGraph(CIRCLES),
      settings: { "server.workers": workers, "presence.grace_s": 1 },
    });

    async function scene(t, how) {
      const who = circle();
      const open = async (user) => {
        const wire = await Wire.open(kith, { user });
        t.after(() => wire.cut());
        await wire.join("friends");
        return wire;
      };
      const ben = await open(who.ben);
      const ann = await open(who.ann);
      await ben.sees(who.ann);
      if (how) assert.deepEqual(await ann.push("friends", "visibility", { last_seen: how }), OK);
      const ask = async (...ids) => {
        const answer = await ben.push("friends", "last_seen", { ids });
        assert.equal(answer.status, "ok");
        return answer.response.last_seen;
      };
      return { who, ann, ben, ask, open };
    }

    test("exact: now while it is there, and when it has gone, when that was", async (t) => {
      const { who, ann, ben, ask } = await scene(t, "exact");
      const began = now();
      assert.ok(between(began, (await ask(who.ann))[who.ann].at, now()));
      await ann.leave("friends");
      await ben.loses(who.ann);
      const ended = now();
      await sleep(1100);
      assert.ok(between(began, (await ask(who.ann))[who.ann].at, ended));
    });

    test("coarse is a rung of a ladder; off, denied and unknown are null, in the order asked", async (t) => {
      const { who, ann, ben, ask } = await scene(t, "coarse");
      const answer = await ask(who.stranger, who.ann, who.cleo, "nobody at all");
      assert.deepEqual(Object.entries(answer), [
        [who.stranger, null],
        [who.ann, { ago: "minutes" }],
        [who.cleo, null],
        ["nobody at all", null],
      ]);
      await ann.push("friends", "visibility", { mode: "except", ids: [who.ben] });
      await ben.drain();
      assert.deepEqual(await ask(who.ann), { [who.ann]: null });
      await ann.push("friends", "visibility", { mode: "friends" });
      await ben.drain();
      await ann.push("friends", "visibility", { last_seen: "off" });
      assert.deepEqual(await ask(who.ann), { [who.ann]: null });
    });

    test("a hidden session does not move it", async (t) => {
      const { who, ann, ben, ask } = await scene(t, "exact");
      await ann.push("friends", "visibility", { session: "hidden" });
      await ben.drain();
      const { at } = (await ask(who.ann))[who.ann];
      await sleep(1100);
      await ann.push("friends", "status", { status: "secret" });
      await ann.leave("friends");
      await known(kith, who.ann, ({ hidden }) => hidden.length === 0);
      assert.equal((await ask(who.ann))[who.ann].at, at);
    });

    test("what is no list of ids is refused, and no other word is a setting", async (t) => {
      const { ann } = await scene(t);
      const ids = refusal("ids are at most 100 user ids");
      const many = Array.from({ length: 101 }, (_, i) => `u${i}`);
      for (const payload of [{}, [], { ids: "a" }, { ids: [1] }, { ids: [""] }, { ids: many }])
        assert.deepEqual(await ann.push("friends", "last_seen", payload), ids);
      assert.deepEqual(
        await ann.push("friends", "visibility", { last_seen: "always" }),
        refusal("last_seen is off, coarse or exact, and stands alone"),
      );
    });
  });

test("it outlives the server; also of who was lost with it", async (t) => {
  const kith = await ownKith(t, { graph: "ben ann\n" });
  const ann = await Wire.open(kith, { user: "ann" });
  await ann.join("friends");
  await ann.push("friends", "visibility", { last_seen: "exact" });
  await ann.leave("friends");
  await kith.stop();
  await kith.launch();
  const ben = await Wire.open(kith, { user: "ben" });
  await ben.join("friends");
  const { response } = await ben.push("friends", "last_seen", { ids: ["ann"] });
  assert.ok(Math.abs(response.last_seen.ann.at - now()) < 30);
  ben.cut();
});

test("it is told of as few as may be watched, whoever they are, friends too", async (t) => {
  const kinds = ["public", "denied", "unknown", "friend", "denied-friend"];
  // Of those beyond the budget one in 200 is taken for one who was asked about before: there are three.
  const ids = (kind) => Array.from({ length: 6 }, (_, i) => `${kind}-${i}`);
  const friends = kinds.filter((kind) => kind.endsWith("friend"));
  const graph = friends.flatMap((kind) => ids(kind).map((id) => `nosy-${kind} ${id}\n`)).join("");
  const kith = await ownKith(t, { graph, settings: { "presence.watch_budget": 3 } });
  const TOO_MANY = refusal("too many users are asked for, try again later");
  const open = async (user) => {
    const wire = await Wire.open(kith, { user });
    t.after(() => wire.cut());
    await wire.join("friends");
    return wire;
  };
  for (const kind of kinds.filter((it) => it !== "unknown"))
    for (const who of ids(kind)) {
      const wire = await open(who);
      const mode = kind.startsWith("denied") ? "nobody" : "public";
      assert.deepEqual(await wire.push("friends", "visibility", { mode }), OK);
      assert.deepEqual(await wire.push("friends", "visibility", { last_seen: "exact" }), OK);
    }
  for (const kind of kinds) {
    const wire = await open(`nosy-${kind}`);
    const ask = (list) => wire.push("friends", "last_seen", { ids: list });
    const told = async (list) => assert.equal((await ask(list)).status, "ok", kind);
    await told(ids(kind).slice(0, 2));
    await told(ids(kind).slice(0, 3));
    assert.deepEqual(await ask(ids(kind)), TOO_MANY);
    await told(ids(kind).slice(0, 3));
    assert.deepEqual(await wire.push("friends", "watch", { ids: ids(kind) }), TOO_MANY);
    const other = await open(`nosy-${kind}`);
    const again = await other.push("friends", "last_seen", { ids: ids(kind).slice(3) });
    assert.deepEqual(again, TOO_MANY);
  }
  const lines = kith.errors.split("\n").filter((line) => /asks about more than 3 users/.test(line));
  assert.equal(lines.length, kinds.length);
});
