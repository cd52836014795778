// longpoll.test.mjs -- no message is lost between two polls, and bytes arrive as they are.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cutAndSeen } from "../lib/ends.mjs";
import { ownPlayground } from "../lib/playground.mjs";
import { Polling } from "../lib/polling.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

const POLLING_MS = 100; /* mostly it has come by then; if it has not, nothing is lost either */
const ROUNDS = 12;

async function begun(t, user = "a") {
  const playground = await ownPlayground(t, { units: ["poll"] });
  return Polling.begin(playground.host, `user_id=${user}`);
}

async function post(session, ...lines) {
  assert.equal((await session.post(...lines)).status, 200);
}

async function join(session, room) {
  await post(session, `["1","1","${room}","phx_join",{}]`);
  return session.messages(3);
}

const echo = (room, n) => `["1","${n}","${room}","echo",{"n":${n}}]`;
const echoed = (messages) => messages.map((text) => JSON.parse(text)[4].response.n);

test("a poll that its client ends loses no message: the next one has it", async (t) => {
  const session = await begun(t);
  await join(session, "room:lp");
  for (let n = 0; n < ROUNDS; n++) {
    const polling = await session.polling();
    await sleep(POLLING_MS);
    await cutAndSeen(polling.socket);
    await post(session, echo("room:lp", n));
    assert.deepEqual(echoed(await session.messages(1)), [n]);
  }
});

test("what comes between two polls waits, in its order", async (t) => {
  const session = await begun(t);
  await join(session, "room:lp");
  const sent = Array.from({ length: 50 }, (_, n) => n);
  const lines = sent.map((n) => echo("room:lp", n));
  for (let n = 0; n < sent.length; n += 10) await post(session, ...lines.slice(n, n + 10));
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
      await join(session, room);
      await post(session, push("2", event));
      const [text] = await session.messages(1);
      assert.equal(Buffer.from(text, "latin1").toString("hex"), wanted);
      await post(session, echo(room, 3));
      assert.deepEqual(echoed(await session.messages(1)), [3]);
    });
});

test("a POST takes 100 lines, and drops what is beyond", async (t) => {
  const session = await begun(t);
  await join(session, "room:lines");
  await post(session, ...Array.from({ length: 103 }, (_, n) => echo("room:lines", n)));
  assert.deepEqual(
    echoed(await session.messages(100)),
    Array.from({ length: 100 }, (_, n) => n),
  );
});

describe("npm phoenix", async () => {
  const { LongPoll, Socket } = await import("phoenix18");

  /* As docs/wire.md says. */
  function takesBytes(socket) {
    const { decode } = socket;
    socket.decode = (raw, done) => {
      const bytes = typeof raw === "string" && raw[0] !== "[";
      decode(bytes ? Uint8Array.from(raw, (c) => c.charCodeAt(0)).buffer : raw, done);
    };
  }

  test("with a decode for bytes sends and gets them as on a WebSocket", async (t) => {
    const playground = await ownPlayground(t, { units: ["poll"] });
    const params = { user_id: "a" };
    const url = `ws://${playground.host}/socket`;
    const socket = new Socket(url, { transport: LongPoll, params });
    takesBytes(socket);
    t.after(() => socket.disconnect());
    socket.connect();
    const channel = socket.channel("room:bytes");
    const sent = Uint8Array.from({ length: 256 }, (_, i) => i);
    const heard = [];
    channel.on("bcast_bin", (payload) => heard.push(new Uint8Array(payload)));
    await new Promise((done) => channel.join().receive("ok", done));
    const push = channel.push("bin", sent.buffer);
    const answer = await new Promise((done) => push.receive("ok", done));
    assert.deepEqual(new Uint8Array(answer), sent);
    channel.push("bcast_bin", sent.buffer);
    await eventually(() => heard.length === 1, "the broadcast");
    assert.deepEqual(heard, [sent]);
  });
});
