// malformed.test.mjs -- what ends a socket, and with which code; and that it harms nobody else.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { closeCodeAfter } from "../lib/raw.mjs";
import { Wire } from "../lib/wire.mjs";

const GRACE_MS = 400;
const kith = sharedKith({
  graph: circlesGraph(CIRCLES),
  settings: { "presence.grace_s": GRACE_MS / 1000 },
});
const MIB = 1 << 20;

async function closedBy(vsn, bytes, options) {
  const { ann } = circle();
  const wire = await Wire.open(kith, { user: ann, vsn });
  await wire.join(`user:${ann}`);
  for (const piece of [bytes].flat()) wire.raw(piece, options);
  return await wire.closeCode();
}

const binary = (kind, parts, data = "") =>
  Buffer.concat([
    Buffer.from([kind, ...parts.map((part) => part.length)]),
    Buffer.from(parts.join("")),
    Buffer.from(data),
  ]);

describe("V2 text", () => {
  const fatal = {
    "no JSON": "{nope",
    "an empty text": "",
    "an object": '{"topic":"x"}',
    "a number": "5",
    "four elements": '["1","2","friends","status"]',
    "trailing garbage": '[null,"1","phoenix","heartbeat",{}] x',
    "two arrays": '[null,"1","phoenix","heartbeat",{}][]',
    "a lone surrogate": '[null,"1","phoenix","heartbeat",{"a":"\\ud800"}]',
    "a number beyond double": '[null,"1","phoenix","heartbeat",{"a":1e400}]',
    "a raw control character": '[null,"1","phoenix","heartbeat",{"a":"\n"}]',
    "a number with a leading zero": '[null,"1","phoenix","heartbeat",{"a":01}]',
    "depth without end": "[".repeat(5000),
  };
  for (const [name, text] of Object.entries(fatal))
    test(`${name}: 1011`, async () => assert.equal(await closedBy("2.0.0", text), 1011));

  test("invalid UTF-8: 1007", async () => {
    const bytes = Buffer.from('[null,"1","phoenix","heartbeat",{"a":"\xff\xfe"}]', "latin1");
    assert.equal(await closedBy("2.0.0", bytes, { binary: false }), 1007);
  });

  test("a message above 1 MiB: 1009", async () => {
    const text = `[null,"1","phoenix","heartbeat",{"d":"${"x".repeat(MIB)}"}]`;
    assert.equal(await closedBy("2.0.0", text), 1009);
  });

  test("a message of nearly 1 MiB is taken", async (t) => {
    const wire = await Wire.open(kith, { user: circle().ann });
    t.after(() => wire.cut());
    wire.raw(`[null,"1","phoenix","heartbeat",{"d":"${"x".repeat(MIB - 64)}"}]`);
    await wire.expect(wire.reply(null, "1", "phoenix", "ok", {}));
  });
});

describe("V1 text", () => {
  const fatal = {
    "an array": '["1","2","friends","status",{}]',
    "an object without its keys": '{"topic":"friends"}',
    "no JSON": "nope",
  };
  for (const [name, text] of Object.entries(fatal))
    test(`${name}: 1011`, async () => assert.equal(await closedBy("1.0.0", text), 1011));

  test("a binary frame: 1011", async () => {
    const push = binary(0, ["1", "2", "friends", "status"], "{}");
    assert.equal(await closedBy("1.0.0", push), 1011);
  });
});

describe("V2 binary", () => {
  test("a push to a joined channel gets its reply", async (t) => {
    const { ann } = circle();
    const wire = await Wire.open(kith, { user: ann });
    t.after(() => wire.cut());
    await wire.join(`user:${ann}`);
    wire.raw(binary(0, ["1", "9", `user:${ann}`, "no_such_event"], "\x01\x02"));
    const [join_ref, ref, topic, event, payload] = await wire.next();
    assert.deepEqual([join_ref, ref, topic, event], ["1", "9", `user:${ann}`, "phx_reply"]);
    assert.equal(payload.status, "error");
  });

  test("a push to a topic not joined is unmatched", async (t) => {
    const wire = await Wire.open(kith, { user: circle().ann });
    t.after(() => wire.cut());
    wire.raw(binary(0, ["1", "9", "friends", "status"], "\x01"));
    await wire.expect(wire.reply(null, "9", "friends", "error", { reason: "unmatched topic" }));
  });

  const fatal = {
    "another kind": binary(1, ["1", "2", "friends", "status"], "x"),
    "a truncated head": Buffer.from([0, 1, 1]),
    "lengths beyond the end": Buffer.from([0, 200, 200, 200, 200, 65, 66]),
    "an empty frame": Buffer.alloc(0),
  };
  for (const [name, bytes] of Object.entries(fatal))
    test(`${name}: 1011`, async () => assert.equal(await closedBy("2.0.0", bytes), 1011));
});

describe("WebSocket frames", () => {
  const mask = [0, 0, 0, 0];
  const fatal = {
    "an unmasked frame": [[0x81, 0x02, 0x5b, 0x5d], 1002],
    "a reserved bit": [[0xc1, 0x80, ...mask], 1002],
    "a reserved opcode": [[0x83, 0x80, ...mask], 1002],
    "a reserved control opcode": [[0x8b, 0x80, ...mask], 1002],
    "a fragmented ping": [[0x09, 0x80, ...mask], 1002],
    "a ping of 126 bytes": [[0x89, 0xfe, 0, 126, ...mask, ...Array(126).fill(0)], 1002],
    "a continuation of nothing": [[0x80, 0x80, ...mask], 1002],
    "a text inside a fragmented text": [[0x01, 0x80, ...mask, 0x81, 0x80, ...mask], 1002],
    "a close with one byte": [[0x88, 0x81, ...mask, 3], 1002],
    "a frame that says it has 2 MiB": [[0x81, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0, ...mask], 1009],
  };
  for (const [name, [bytes, code]] of Object.entries(fatal))
    test(`${name}: ${code}`, async () => {
      assert.equal(await closeCodeAfter(kith, circle().ann, Buffer.from(bytes)), code);
    });

  test("a close without a code is answered", async () => {
    const code = await closeCodeAfter(kith, circle().ann, Buffer.from([0x88, 0x80, ...mask]));
    assert.ok(code === null || code === 1000, `${code}`);
  });

  test("fragments make one message", async (t) => {
    const wire = await Wire.open(kith, { user: circle().ann });
    t.after(() => wire.cut());
    wire.raw('[null,"1","pho', { fin: false });
    wire.raw('enix","heart', { fin: false });
    wire.raw('beat",{}]', { fin: true });
    await wire.expect(wire.reply(null, "1", "phoenix", "ok", {}));
  });

  test("a control frame may come between fragments", async (t) => {
    const wire = await Wire.open(kith, { user: circle().ann });
    t.after(() => wire.cut());
    const pong = new Promise((done) => wire.socket.once("pong", (data) => done(String(data))));
    wire.raw('[null,"1","phoenix",', { fin: false });
    wire.socket.ping("between");
    wire.raw('"heartbeat",{}]', { fin: true });
    assert.equal(await pong, "between");
    await wire.expect(wire.reply(null, "1", "phoenix", "ok", {}));
  });

  test("fragments that sum above 1 MiB: 1009", async () => {
    const { ann } = circle();
    const wire = await Wire.open(kith, { user: ann });
    wire.raw('["1","2","friends","status",{"d":"', { fin: false });
    for (let i = 0; i < 3; i++) wire.raw("x".repeat(500000), { fin: false });
    assert.equal(await wire.closeCode(), 1009);
  });
});

test("after all this a friend's socket lives, and saw the culprit leave only after grace", async (t) => {
  const { ann, ben } = circle();
  const watcher = await Wire.open(kith, { user: ben });
  t.after(() => watcher.cut());
  await watcher.join("friends");
  const wire = await Wire.open(kith, { user: ann });
  await wire.join("friends");
  await watcher.next();
  const began = Date.now();
  wire.raw("{nope");
  await wire.closeCode();
  const gone = watcher.payloadOf(await watcher.next());
  assert.deepEqual(Object.keys(gone.leaves), [ann]);
  assert.ok(Date.now() - began >= GRACE_MS - 5, `${Date.now() - began} ms`);
});
