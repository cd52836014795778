// longpoll.test.mjs -- no message is lost between two polls, and bytes arrive as they are.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Asking } from "../lib/asking.mjs";
import { UNITS, ownPlayground } from "../lib/playground.mjs";
import { sleep } from "../lib/wire.mjs";

const PATIENCE_MS = 15000 + UNITS.poll;
const HEARD_MS = 100; /* the server has taken note of an end by then */
const ROUNDS = 12;

/** A session, by hand. */
class Session {
  static async begin(playground, user) {
    const session = new Session(playground, user);
    const { status, token } = await session.poll();
    assert.equal(status, 410);
    session.token = token;
    return session;
  }

  constructor(playground, user) {
    this.playground = playground;
    this.user = user;
  }

  #ask(method, rest = {}) {
    const token = this.token ? `&token=${encodeURIComponent(this.token)}` : "";
    const path = `/socket/longpoll?vsn=2.0.0&user_id=${this.user}${token}`;
    return Asking.send(this.playground.host, { method, path, ...rest });
  }

  /** A poll whose answer somebody may wait for, or not. */
  polling() {
    return this.#ask("GET");
  }

  async poll() {
    return JSON.parse((await (await this.polling()).answer(PATIENCE_MS)).body);
  }

  async post(...lines) {
    const headers = [["content-type", "application/x-ndjson"]];
    const asking = await this.#ask("POST", { headers, body: lines.join("\n") });
    const { status } = JSON.parse((await asking.answer(PATIENCE_MS)).body);
    assert.equal(status, 200);
  }

  /** Polls until `count` messages are there. */
  async messages(count) {
    const all = [];
    while (all.length < count) {
      const { status, messages } = await this.poll();
      assert.equal(status, 200, `after ${all.length} messages`);
      all.push(...messages);
    }
    assert.equal(all.length, count);
    return all;
  }

  async join(room) {
    await this.post(`["1","1","${room}","phx_join",{}]`);
    return this.messages(3);
  }
}

async function begun(t, user = "a") {
  const playground = await ownPlayground(t, { units: ["poll"] });
  return Session.begin(playground, user);
}

const echo = (room, n) => `["1","${n}","${room}","echo",{"n":${n}}]`;
const echoed = (messages) => messages.map((text) => JSON.parse(text)[4].response.n);

test("a poll that its client ends loses no message: the next one has it", async (t) => {
  const session = await begun(t);
  await session.join("room:lp");
  for (let n = 0; n < ROUNDS; n++) {
    const polling = await session.polling();
    await sleep(HEARD_MS);
    polling.cut();
    await sleep(HEARD_MS);
    await session.post(echo("room:lp", n));
    assert.deepEqual(echoed(await session.messages(1)), [n]);
  }
});

test("what comes between two polls waits, in its order", async (t) => {
  const session = await begun(t);
  await session.join("room:lp");
  const sent = Array.from({ length: 50 }, (_, n) => n);
  for (const n of sent) await session.post(echo("room:lp", n));
  assert.deepEqual(echoed(await session.messages(sent.length)), sent);
});

describe("bytes", () => {
  const room = "room:bytes";
  const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const push = (ref, event) => {
    const head = [0, 1, ref.length, room.length, event.length];
    const parts = Buffer.from(`1${ref}${room}${event}`);
    return Buffer.concat([Buffer.from(head), parts, every]).toString("base64");
  };
  const framed = (kind, ...parts) => {
    const head = Buffer.from([kind, ...parts.map((it) => it.length)]);
    return Buffer.concat([head, Buffer.from(parts.join("")), every]).toString("hex");
  };

  for (const [event, wanted] of [
    ["bin", framed(1, "1", "2", room, "ok")],
    ["push_bin", framed(0, "1", room, "push_bin")],
    ["bcast_bin", framed(2, room, "bcast_bin")],
  ])
    test(`of any value arrive: ${event}`, async (t) => {
      const session = await begun(t);
      await session.join(room);
      await session.post(push("2", event));
      const [text] = await session.messages(1);
      assert.equal(Buffer.from(text, "latin1").toString("hex"), wanted);
      await session.post(echo(room, 3));
      assert.deepEqual(echoed(await session.messages(1)), [3]);
    });
});

test("a POST takes 100 lines, and drops what is beyond", async (t) => {
  const session = await begun(t);
  await session.join("room:lines");
  await session.post(...Array.from({ length: 103 }, (_, n) => echo("room:lines", n)));
  assert.deepEqual(
    echoed(await session.messages(100)),
    Array.from({ length: 100 }, (_, n) => n),
  );
});
