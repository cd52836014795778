// hello.test.mjs -- the server in forty lines: a room where everybody hears what one says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Person, answerOf, ownExample } from "../lib/example.mjs";
import { eventually } from "../lib/wire.mjs";

test("all who have joined a room hear what one of them says, and others do not", async (t) => {
  const server = await ownExample(t, "hello", []);
  const [ann, ben, eve] = ["ann", "ben", "eve"].map((user) => new Person(t, server, user));
  const room = await ann.join("room:one", { from: "Ann" });
  assert.deepEqual(room.answer, { status: "ok", response: { from: "Ann" } });
  await ben.join("room:one");
  const other = await eve.join("room:two");
  const words = { text: "hello" };
  assert.deepEqual(await answerOf(room.channel.push("say", words)), { status: "ok", response: {} });
  const said = (it) => it.heard.filter(({ event }) => event === "say");
  for (const it of [ann, ben]) {
    await eventually(() => said(it).length, "the words");
    assert.deepEqual(said(it), [{ topic: "room:one", event: "say", payload: words }]);
  }
  await answerOf(other.channel.push("say", words));
  await eventually(() => said(eve).length, "eve's own words");
  assert.deepEqual(said(eve), [{ topic: "room:two", event: "say", payload: words }]);
});
