// social.test.mjs -- the article's channel: friends see each other, strangers see nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Person, answerOf, mutual, ownExample } from "../lib/example.mjs";
import { eventually } from "../lib/wire.mjs";

const FRIENDS = 40;
const LEAVING = 10;
const ROUNDS = process.env.KITH_LONG === "1" ? 100 : 8;

const numbers = (count) => Array.from({ length: count }, (_, i) => i);
const people = (t, server, ...users) => users.map((user) => new Person(t, server, user));

test("friends see each other come and go, by a hook on the socket", async (t) => {
  const server = await ownExample(t, "social", mutual("ann", "ben"));
  const [ben, ann] = people(t, server, "ben", "ann");
  await ben.social();
  await ann.social();
  await eventually(() => ann.states === 1, "ann's state");
  assert.deepEqual(ann.ids(), ["ben"]);
  await eventually(() => ben.friends.ann, "ben is told of ann");
  assert.match(ben.friends.ann.metas[0].online_at, /^\d{10}$/);
  assert.deepEqual(
    ben.heard.filter(({ event }) => event === "presence_diff").map(({ topic }) => topic),
    ["user_presence:ann"],
  );
  await answerOf(ann.channel.leave());
  await eventually(() => !ben.friends.ann, "ben is told that ann has gone");
  ben.socket.conn.terminate(); /* a cut is a leave, too */
  await ann.social();
  await eventually(() => ann.states === 2, "ann's second state");
  await eventually(() => ann.ids().length === 0, "nobody");
});

test("who watches nobody and is watched by nobody neither sees nor is seen", async (t) => {
  const server = await ownExample(t, "social", mutual("ann", "ben"));
  const [eve, ben, ann] = people(t, server, "eve", "ben", "ann");
  for (const it of [eve, ben, ann]) await it.social();
  await eventually(() => ben.friends.ann, "ben is told of ann");
  await answerOf(ann.channel.leave());
  await eventually(() => !ben.friends.ann, "ann has gone");
  await eve.settled();
  assert.deepEqual(
    eve.heard.filter(({ event }) => event.startsWith("presence")),
    [{ topic: "user:eve", event: "presence_state", payload: {} }],
  );
  for (const it of [ann, ben]) assert.equal(it.wasToldOf("eve"), false);
});

test("to watch is not to be watched", async (t) => {
  const server = await ownExample(t, "social", ["cleo ann"]);
  const [ann, cleo] = people(t, server, "ann", "cleo");
  await ann.social();
  await cleo.social();
  await eventually(() => cleo.friends.ann, "cleo sees ann");
  await answerOf(cleo.channel.leave());
  await cleo.settled(); /* phoenix.js says ok before the server has heard of it */
  await ann.settled();
  assert.equal(ann.wasToldOf("cleo"), false);
});

test("another's channel, and the topics of presence, are refused", async (t) => {
  const server = await ownExample(t, "social", mutual("ann", "ben"));
  const [ben] = people(t, server, "ben");
  const unauthorized = { status: "error", response: { reason: "unauthorized" } };
  for (const topic of ["user:ann", "user:", "user_presence:ann", "user_presence:ben"])
    assert.deepEqual((await ben.join(topic)).answer, unauthorized, topic);
});

test(`${LEAVING} of ${FRIENDS} friends leave while one joins: no ghost`, async (t) => {
  const names = numbers(FRIENDS).map((i) => `friend${i}`);
  const edges = numbers(ROUNDS).flatMap((i) => names.map((name) => `watcher${i} ${name}`));
  const server = await ownExample(t, "social", edges);
  const friends = people(t, server, ...names);
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(friends.map((it) => it.channel?.state === "joined" || it.social()));
    const leaving = numbers(LEAVING).map((i) => friends[(i * 4 + round) % FRIENDS]);
    const [watcher] = people(t, server, `watcher${round}`);
    const joining = watcher.social();
    await Promise.all([joining, ...leaving.map((it) => answerOf(it.channel.leave()))]);
    const there = names.filter((name) => !leaving.some(({ user }) => user === name)).sort();
    await eventually(() => watcher.states === 1, "its state");
    await eventually(() => watcher.ids().join() === there.join(), "the true view").catch(() => {});
    assert.deepEqual(watcher.ids(), there);
  }
});
