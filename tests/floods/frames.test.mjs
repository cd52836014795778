// frames.test.mjs -- frames without end, or against the protocol: how soon they are refused, and how much of them is
// read. Which ones are: attack/frames.test.mjs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Caller, TEXT, frame } from "../lib/flood.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

const BOUND = 65536;
const READ_AHEAD = 65536;
const SOON_MS = 1000;
const BINARY_BEGUN = 0x02, GOES_ON = 0x00, CLOSE = 0x88;

const kith = sharedKith({ settings: { "server.max_message_bytes": BOUND } });

async function open(t) {
  const caller = await Caller.upgraded(kith, { user: "rude" });
  t.after(() => caller.cut());
  return caller;
}
const closedWith = (code) => Buffer.from([CLOSE, 2, code >> 8, code & 0xff]);
const isClosed = (caller, code) => caller.heard.equals(closedWith(code));

async function assertClosed(caller, code) {
  await eventually(() => caller.heard.length >= 4, "a close frame");
  assert.equal(caller.heard.toString("hex"), closedWith(code).toString("hex"));
}

test("a frame without a mask ends the socket with 1002 within a second", async (t) => {
  const caller = await open(t);
  const from = performance.now();
  caller.send(Buffer.from([TEXT, 2, 0x5b, 0x5d]));
  await caller.ended;
  assert.ok(performance.now() - from < SOON_MS);
  assert.ok(isClosed(caller, 1002));
});

describe("a message above the bound ends the socket with 1009", () => {
  test("by the head of its frame, before any of it has come", async (t) => {
    const caller = await open(t);
    const head = Buffer.from([TEXT, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0]);
    caller.send(head);
    await assertClosed(caller, 1009);
  });

  test("by that of the fragment with which it is too much", async (t) => {
    const caller = await open(t);
    const head = Buffer.from([GOES_ON, 0xfe, 60000 >> 8, 60000 & 0xff]);
    caller.send(Buffer.concat([frame(BINARY_BEGUN, "x".repeat(60000)), head]));
    await assertClosed(caller, 1009);
  });

  test("and of what never ends no more is read than the bound and 64 KiB", async (t) => {
    const caller = await open(t);
    const piece = frame(GOES_ON, "x".repeat(1000));
    caller.send(frame(BINARY_BEGUN, "x"));
    let sent = 0;
    for (; caller.heard.length === 0 && sent < 10 * BOUND; sent += piece.length) {
      caller.send(piece);
      await sleep(1);
    }
    await assertClosed(caller, 1009);
    assert.ok(sent >= BOUND - piece.length && sent <= BOUND + READ_AHEAD, `${sent} bytes`);
  });
});
