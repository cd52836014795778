// presence.test.mjs -- states and diffs are one story: nobody is shown who has left, nobody is
// missing, in whatever order people come and go, and always in the same order within a frame.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { keysOf } from "../lib/exact.mjs";
import { ownPlayground } from "../lib/playground.mjs";
import { WsTalker } from "../lib/talker.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

const LONG = process.env.KITH_LONG === "1";
const FRIENDS = 100;
const LEAVING = 20;
const ROUNDS = LONG ? 100 : 12;
const CROWD = 24;
const SETTLE_MS = 100;
const FOREVER_MS = 1e9;

const numbers = (count) => Array.from({ length: count }, (_, i) => i);
const shuffled = (list) => {
  const deck = [...list];
  for (let i = deck.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [deck[i], deck[j]] = [deck[j], deck[i]];
  }
  return deck;
};

/** A client that believes what it is told: the view after the state and every diff. */
class Believer {
  view = new Map(); /* key -> refs */
  frames = [];

  static async join(playground, user, topic) {
    const path = `/socket/websocket?vsn=2.0.0&user_id=${encodeURIComponent(user)}`;
    const talker = await WsTalker.open(playground.host, path);
    const believer = new Believer(talker, topic);
    talker.send(JSON.stringify(["1", "1", topic, "phx_join", {}]));
    return believer;
  }

  constructor(talker, topic) {
    this.talker = talker;
    this.topic = topic;
    this.#listen();
  }

  async #listen() {
    for (;;) {
      const { kind, value } = await this.talker.next(FOREVER_MS);
      if (kind !== "text") return;
      this.#hear(value);
    }
  }

  #hear(text) {
    const [, , , event, payload] = JSON.parse(text);
    this.frames.push({ event, payload, text });
    if (event === "presence_state") this.#take(payload);
    if (event !== "presence_diff") return;
    if (!this.state) this.early = text;
    for (const [key, { metas }] of Object.entries(payload.joins)) this.#add(key, metas);
    for (const [key, { metas }] of Object.entries(payload.leaves)) this.#drop(key, metas);
  }

  #take(state) {
    if (this.state) this.twice = true;
    this.state = state;
    this.view.clear();
    for (const [key, { metas }] of Object.entries(state)) this.#add(key, metas);
  }

  #add(key, metas) {
    const refs = this.view.get(key) ?? new Set();
    for (const { phx_ref } of metas) {
      if (refs.has(phx_ref)) this.told = `${key} twice`;
      refs.add(phx_ref);
    }
    this.view.set(key, refs);
  }

  #drop(key, metas) {
    const refs = this.view.get(key);
    for (const { phx_ref } of metas) {
      if (!refs?.delete(phx_ref)) this.told = `a leave of ${key}, who was not there`;
    }
    if (refs?.size === 0) this.view.delete(key);
  }

  /** Nothing was told out of order. */
  check() {
    assert.equal(this.early, undefined, "a diff before the state");
    assert.equal(this.twice, undefined, "a second state");
    assert.equal(this.told, undefined);
  }

  joined() {
    return eventually(() => this.state, `the state of ${this.topic}`);
  }

  leave() {
    this.talker.send(JSON.stringify(["1", "2", this.topic, "phx_leave", {}]));
  }

  cut() {
    this.talker.cut();
  }
}

async function sees(believer, expected) {
  const want = [...expected].sort().join();
  const have = () => [...believer.view.keys()].sort().join();
  await eventually(() => have() === want, "the true view").catch(() => {});
  await sleep(SETTLE_MS); /* nothing more comes */
  assert.equal(have(), want);
  believer.check();
}

test(`${LEAVING} of ${FRIENDS} friends leave during a join: no ghost`, async (t) => {
  const friends = numbers(FRIENDS).map((i) => `friend${i}`);
  const edges = friends.map((friend) => `watcher ${friend}`);
  const playground = await ownPlayground(t, { edges });
  const join = (friend) => Believer.join(playground, friend, `user:${friend}`);
  const there = new Map();
  t.after(() => there.forEach((it) => it.cut()));
  for (let round = 0; round < ROUNDS; round++) {
    for (const friend of friends) if (!there.has(friend)) there.set(friend, await join(friend));
    await Promise.all([...there.values()].map((it) => it.joined()));
    const leaving = shuffled(friends).slice(0, LEAVING);
    const watching = Believer.join(playground, "watcher", "user:watcher");
    for (const [i, friend] of leaving.entries()) {
      if (i % 4 === round % 4) await new Promise((done) => setImmediate(done));
      i % 2 ? there.get(friend).leave() : there.get(friend).cut();
    }
    const watcher = await watching;
    t.after(() => watcher.cut());
    await sees(watcher, friends.filter((friend) => !leaving.includes(friend)));
    for (const friend of leaving) {
      there.get(friend).cut();
      there.delete(friend);
    }
    watcher.cut();
  }
});

test(`${CROWD} join a room at once: each has its state, then its own join`, async (t) => {
  const playground = await ownPlayground(t);
  for (const room of ["room:one", "room:two", "room:three"]) {
    const users = numbers(CROWD).map((i) => `user${i}`);
    const crowd = await Promise.all(users.map((user) => Believer.join(playground, user, room)));
    t.after(() => crowd.forEach((it) => it.cut()));
    for (const [i, believer] of crowd.entries()) {
      const user = users[i];
      await eventually(() => believer.view.size === CROWD, `all of ${room}`);
      assert.ok(believer.state[user], `${user} is in its own state`);
      const own = believer.frames.findIndex(({ payload }) => payload.joins?.[user]);
      const state = believer.frames.findIndex(({ event }) => event === "presence_state");
      assert.ok(0 <= state && state < own, `state is frame ${state}, the own join ${own}`);
    }
    await sleep(SETTLE_MS);
    for (const [i, believer] of crowd.entries()) checkRoomStory(believer, users[i]);
  }
});

/* Whoever is not in the state has joined once; of those in it nobody joins again, save itself. */
function checkRoomStory({ state, frames, early, twice }, user) {
  assert.equal(early ?? twice, undefined);
  const joins = frames.flatMap(({ payload }) => Object.keys(payload.joins ?? {}));
  assert.equal(new Set(joins).size, joins.length, `nobody joins twice for ${user}`);
  for (const it of joins) assert.ok(it === user || !state[it], `${it} was in ${user}'s state`);
}

describe("order within a frame", () => {
  const WORDS = ["Z", "a", "b", "10", "9", "ä", "é", "😀", "~", "A", "aa", "Ω", "_", "-"];
  const users = [...WORDS, ...numbers(40).map((i) => `u${i}`)];
  const bytewise = [...users].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const keys = (believer) => {
    const { text } = believer.frames.find(({ event }) => event === "presence_state");
    return keysOf(text, 4);
  };

  test(`${users.length} keys of a room are sorted by their bytes`, async (t) => {
    const playground = await ownPlayground(t);
    for (const user of shuffled(users)) {
      const it = await Believer.join(playground, user, "room:many");
      t.after(() => it.cut());
      await it.joined();
    }
    const late = await Believer.join(playground, bytewise[0], "room:many");
    t.after(() => late.cut());
    await late.joined();
    assert.deepEqual(keys(late), bytewise);
  });

  test("and those of as many friends", async (t) => {
    const edges = users.map((user) => `watcher ${user}`);
    const playground = await ownPlayground(t, { edges });
    for (const user of shuffled(users)) {
      const it = await Believer.join(playground, user, `user:${user}`);
      t.after(() => it.cut());
      await it.joined();
    }
    const join = async () => {
      const watcher = await Believer.join(playground, "watcher", "user:watcher");
      t.after(() => watcher.cut());
      await sees(watcher, users);
      return watcher;
    };
    await join(); /* all are known now, to the state of who comes then */
    assert.deepEqual(keys(await join()), bytewise);
  });

  for (const [where, topicOf] of [
    ["in a room", () => "room:metas"],
    ["for a friend", (user) => `user:${user}`],
  ])
    test(`metas of a key come in the order of the joins, ${where}`, async (t) => {
      const playground = await ownPlayground(t, { edges: ["watcher a"] });
      const join = async (user) => {
        const it = await Believer.join(playground, user, topicOf(user));
        t.after(() => it.cut());
        await it.joined();
        return it;
      };
      const early = await join("watcher");
      const told = () => early.frames.flatMap(({ payload }) => payload.joins?.a?.metas ?? []);
      for (let i = 1; i <= 8; i++) {
        await join("a");
        await eventually(() => told().length === i, `join ${i}`);
      }
      const late = await join("watcher");
      const refs = (metas) => metas.map(({ phx_ref }) => phx_ref);
      assert.deepEqual(refs(late.state.a.metas), refs(told()));
    });
});
