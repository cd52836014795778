// slow.test.mjs -- who reads too slowly misses diffs, never the truth: one full state comes once
// all that was under way is read.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { Wire, known } from "../lib/wire.mjs";

const FLIPS = 4000; /* 2 kB each: more than the buffers of two kernels, and then some */
const WINDOW = 50; /* unanswered pushes: ann herself stays a good client */
const kith = sharedKith({ graph: circlesGraph(CIRCLES) });

async function as(t, user, options) {
  const wire = await Wire.open(kith, { user, ...options });
  t.after(() => wire.cut());
  return wire;
}

async function flip(ann) {
  const text = "x".repeat(900);
  for (let i = 0; i < FLIPS; i += WINDOW) {
    for (let n = i + 1; n <= i + WINDOW; n++)
      ann.send("1", `${n}`, "friends", "status", { status: "busy", text, n });
    for (let n = i + 1; n <= i + WINDOW; n++)
      await ann.expect(ann.reply("1", `${n}`, "friends", "ok", {}));
  }
}

/* ben and ann's friend cleo are there; ben sleeps while ann flips and cleo goes. */
async function sleeper(t, topicsOf, vsn) {
  const who = circle();
  const cleo = await as(t, who.cleo);
  await cleo.join("friends");
  await known(kith, who.cleo);
  const ben = await as(t, who.ben, { vsn });
  const topics = topicsOf(who.ben);
  for (const topic of topics) await ben.join(topic);
  await cleo.next(); /* ben */
  const ann = await as(t, who.ann);
  await ann.join("friends");
  await cleo.next(); /* ann */
  for (const _ of topics) await ben.next(); /* ann */
  ben.socket.pause();
  await cleo.leave("friends");
  await ann.next(); /* cleo */
  await flip(ann);
  await known(kith, who.ann, ({ metas }) => metas[0].n === FLIPS);
  return { who, ben, ann, topics };
}

/* All that ben is sent until he knows of the last flip on each topic, as [topic, isState, n]. */
async function readOn({ who, ben, topics }) {
  const told = new Map();
  const frames = [];
  ben.socket.resume();
  while (topics.some((topic) => told.get(topic) !== FLIPS)) {
    const frame = await ben.next();
    const payload = ben.payloadOf(frame);
    const isState = ben.eventOf(frame) === "presence_state";
    const friends = isState ? payload : payload.joins;
    assert.deepEqual(Object.keys(friends), isState || friends[who.ann] ? [who.ann] : []);
    const topic = ben.topicOf(frame).replace(/^user_presence:.*/, `user:${who.ben}`);
    if (friends[who.ann]) told.set(topic, friends[who.ann].metas[0].n);
    frames.push([topic, isState, friends[who.ann] ? told.get(topic) : 0]);
  }
  return frames;
}

for (const [name, topicsOf, vsn] of [
  ["friends, vsn 2.0.0", () => ["friends"], "2.0.0"],
  ["user:<id>, vsn 1.0.0", (id) => [`user:${id}`], "1.0.0"],
  ["both topics, vsn 2.0.0", (id) => [`user:${id}`, "friends"], "2.0.0"],
])
  describe(`a slow reader on ${name}`, () => {
    test("gets one full state for each gap, the last of them last, and it is the truth", async (t) => {
      const slow = await sleeper(t, topicsOf, vsn);
      const frames = await readOn(slow);
      await slow.ben.quiet();
      for (const topic of slow.topics) {
        const mine = frames.filter(([on]) => on === topic);
        assert.ok(mine.length < FLIPS, `${mine.length} frames: nothing was withheld`);
        let last = 0;
        for (const [, isState, n] of mine) {
          if (!isState) assert.equal(n, n && last + 1, "a gap that no state closed");
          last = n;
        }
        assert.deepEqual(mine.at(-1), [topic, true, FLIPS]);
      }
    });

    test("is told of what comes then as anybody is", async (t) => {
      const slow = await sleeper(t, topicsOf, vsn);
      const { who, ben, ann, topics } = slow;
      await readOn(slow);
      await ann.push("friends", "status", { status: "after" });
      for (const _ of topics) {
        const { joins, leaves } = ben.payloadOf(await ben.next());
        assert.equal(joins[who.ann].metas[0].status, "after");
        assert.equal(leaves[who.ann].metas[0].n, FLIPS);
      }
      await ben.quiet();
    });
  });
