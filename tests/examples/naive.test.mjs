// naive.test.mjs -- where the article begins, and its three naive ways: each does what its head
// says, its faults included.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Person, answerOf, mutual, ownExample } from "../lib/example.mjs";
import { eventually } from "../lib/wire.mjs";

const EDGES = mutual("ann", "ben");
const isState = ({ event }) => event === "presence_state";
const unauthorized = { status: "error", response: { reason: "unauthorized" } };

/** ann and ben are friends, eve is nobody's. */
async function three(t, name) {
  const server = await ownExample(t, name, EDGES);
  return ["ann", "ben", "eve"].map((user) => new Person(t, server, user));
}

describe("before_social", () => {
  test("a user sees itself and nobody else", async (t) => {
    const [ann, ben] = await three(t, "before_social");
    const own = await ben.join("user:ben");
    await eventually(() => own.ids().length > 0, "ben's own join");
    const anns = await ann.join("user:ann");
    await eventually(() => anns.ids().length > 0, "ann's own join");
    await answerOf(anns.channel.leave());
    await ben.settled();
    assert.deepEqual(own.ids(), ["ben"]);
    assert.equal(ben.wasToldOf("ann"), false);
    assert.deepEqual(
      ben.heard.map(({ event }) => event).filter((event) => event.startsWith("presence")),
      ["presence_state", "presence_diff"],
    );
  });

  test("nobody is let into another's channel", async (t) => {
    const [, ben] = await three(t, "before_social");
    assert.deepEqual((await ben.join("user:ann")).answer, unauthorized);
  });
});

describe("single_room", () => {
  test("everybody sees everybody, friend or not", async (t) => {
    const all = await three(t, "single_room");
    const rooms = [];
    for (const it of all) rooms.push(await it.join("room:all"));
    for (const room of rooms)
      await eventually(() => room.ids().join() === "ann,ben,eve", "the whole room");
    all[0].socket.conn.terminate();
    for (const room of rooms.slice(1))
      await eventually(() => room.ids().join() === "ben,eve", "all but ann");
    await all[2].settled();
    assert.equal(all[2].wasToldOf("ann"), true);
  });
});

describe("intercept", () => {
  test("only friends' news come through, in the state and after it", async (t) => {
    const [ann, ben, eve] = await three(t, "intercept");
    const eves = await eve.join("room:all");
    const bens = await ben.join("room:all");
    const anns = await ann.join("room:all");
    await eventually(() => anns.ids().join() === "ben", "ben in ann's state");
    await eventually(() => bens.ids().join() === "ann", "ben is told of ann");
    await answerOf(eves.channel.leave());
    await eve.join("room:all");
    await answerOf(anns.channel.leave());
    await eventually(() => bens.ids().length === 0, "ben is told that ann has gone");
    for (const it of [ann, ben, eve]) await it.settled();
    for (const it of [ann, ben]) assert.equal(it.wasToldOf("eve"), false);
    for (const friend of ["ann", "ben"]) assert.equal(eve.wasToldOf(friend), false);
  });

  test("a state has friends alone, also among many, and with ids that need escaping", async (t) => {
    const odd = 'qu"o\\te';
    const strangers = Array.from({ length: 50 }, (_, i) => `stranger${i}`);
    const server = await ownExample(t, "intercept", [...mutual("ann", "ben"), `ann ${odd}`]);
    const others = [...strangers, "ben", odd].map((user) => new Person(t, server, user));
    await Promise.all(others.map((it) => it.join("room:all")));
    const ann = new Person(t, server, "ann");
    const { ids } = await ann.join("room:all");
    const state = await eventually(() => ann.heard.find(isState), "ann's state");
    assert.deepEqual(Object.keys(state.payload).sort(), ["ben", odd].sort());
    others.at(-1).socket.conn.terminate();
    await eventually(() => ids().join() === "ben", "the odd one has gone");
  });
});

describe("friend_rooms", () => {
  test("friends meet in a room of two, one for each friendship", async (t) => {
    const server = await ownExample(t, "friend_rooms", [
      ...mutual("ann", "ben"),
      ...mutual("ann", "cleo"),
    ]);
    const [ann, ben, cleo] = ["ann", "ben", "cleo"].map((user) => new Person(t, server, user));
    const bens = await ben.join("friends:ann:ben");
    const withBen = await ann.join("friends:ann:ben");
    const withCleo = await ann.join("friends:ann:cleo");
    await eventually(() => withBen.ids().join() === "ann,ben", "ben in ann's state");
    await eventually(() => bens.ids().join() === "ann,ben", "ben is told of ann");
    await cleo.join("friends:ann:cleo");
    await eventually(() => withCleo.ids().join() === "ann,cleo", "ann is told of cleo");
    ann.socket.conn.terminate();
    await eventually(() => bens.ids().join() === "ben", "ben is told that ann has gone");
    await ben.settled();
    assert.equal(ben.wasToldOf("cleo"), false);
    assert.equal(cleo.wasToldOf("ben"), false);
  });

  test("rooms of others, of no friends, and with odd names are refused", async (t) => {
    const [ann, ben, eve] = await three(t, "friend_rooms");
    for (const [who, topic] of [
      [eve, "friends:ann:ben"],
      [ben, "friends:ben:ann"] /* the lesser id comes first */,
      [ann, "friends:ann:eve"],
      [ann, "friends:ann:ann"],
      [ann, "friends:ann"],
      [ann, "friends:"],
      [ann, "friends::"],
    ])
      assert.deepEqual((await who.join(topic)).answer, unauthorized, `${who.user} in ${topic}`);
  });
});
