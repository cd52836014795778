// readers.test.mjs -- who does not read what it is sent: what waits for it has a bound, however many do so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Caller, figure, grownBy, many, say, sized, withCanary } from "../lib/flood.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { Rest, pairPath } from "../lib/rest.mjs";
import { Wire, eventually, known, sleep } from "../lib/wire.mjs";

const kith = sharedKith({ settings: { "server.max_messages_s": 0 } });
const STAR = "star";
const BOUND_KIB = 64;
const KERNEL_KIB = 512; /* on its way, at both ends */
const FLIPS = 2000;
const WINDOW = 50; /* unanswered ones: the star itself reads what it is sent */
const FULL = 30; /* changes: some 1.1 KiB each, and half of the bound, as frames may wait together */
const STALL_MS = 30000;

async function flip(star) {
  const all = Array.from({ length: FLIPS }, (_, i) => ({ status: "busy", n: i + 1, text: "x".repeat(900) }));
  while (all.length > 0)
    for (const { status } of await star.pushAll("friends", "status", all.splice(0, WINDOW))) assert.equal(status, "ok");
}

/* Each message apart. */
function* texts(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const short = bytes[at + 1];
    assert.ok(short <= 126, "neither masked nor above 64 KiB");
    const len = short < 126 ? short : bytes.readUInt16BE(at + 2);
    at += short < 126 ? 2 : 4;
    yield bytes.subarray(at, at + len).toString();
    at += len;
  }
}

/* Each change follows the one before, or a full state does, which comes once all that waited has been read: so
 * an outbox full of changes is between two of them, however often the system took more meanwhile. */
function assertNothingMissed(messages) {
  let [last, states, since] = [0, 0, FULL];
  for (const [, , , event, { joins, [STAR]: whole }] of messages) {
    const { n } = (joins?.[STAR] ?? whole).metas[0];
    if (event === "presence_state") {
      assert.ok(since >= FULL, `a state after ${since} changes`);
      [states, since] = [states + 1, 0];
    } else {
      assert.equal(n, last + 1, "a gap that no state closed");
      since++;
    }
    last = n;
  }
  assert.equal(last, FLIPS);
  assert.ok(states >= 1, "what was withheld from it is missed");
}

test("many who read nothing take no memory of their own for what all are told, and get one state then", async (t) => {
  const count = sized(150, 1000);
  await withCanary(t, kith, async () => {
    const rest = new Rest(kith);
    await rest.put(pairPath("reader", "watches", STAR));
    const star = await Wire.open(kith, { user: STAR });
    await star.join("friends");
    await known(kith, STAR);
    const readers = await many(count, async () => {
      const it = await Caller.upgraded(kith, { user: "reader" });
      it.send(say("1", "1", "friends", "phx_join", {}));
      await eventually(() => it.heard.includes("presence_state"), "a state");
      it.socket.pause();
      it.forget();
      return it;
    });
    const grown = await grownBy(kith, () => flip(star), count * 16 + sized(16384, 4096));
    const dropped = await figure(kith, "deliveries_dropped_total");
    /* How much the system takes for a socket before nothing more goes out is its own affair. */
    assert.ok(dropped > (count * FLIPS) / 4, `${dropped} withheld`);
    for (const it of readers) {
      it.pieces = [];
      it.socket.on("data", (more) => it.pieces.push(more));
      it.socket.resume();
    }
    const last = (it) => Buffer.concat(it.pieces).toString().includes(`"n":${FLIPS},`);
    for (const it of readers) await eventually(() => last(it), "the latest change");
    let most = 0;
    for (const it of readers) {
      most = Math.max(most, it.bytes / 1024);
      assertNothingMissed([...texts(Buffer.concat(it.pieces))].map((text) => JSON.parse(text)));
      it.cut();
    }
    assert.ok(most < BOUND_KIB + KERNEL_KIB, `${most} KiB waited for one`);
    await star.cut();
    return `${count} asleep, ${dropped} withheld, ${Math.round(most)} KiB waited at most; ${grown}`;
  });
});

test("many who ask and do not read are asked for no more, and cut in the end", async (t) => {
  const count = sized(100, 1000);
  await withCanary(t, kith, async () => {
    const callers = await many(count, (i) => Caller.upgraded(kith, { user: `asking ${i}` }));
    for (const it of callers) it.socket.pause();
    const asked = Buffer.concat(Array(1000).fill(say(null, "r".repeat(900), "phoenix", "heartbeat", {})));
    const ask = async () => {
      for (const it of callers) it.send(asked);
      await sleep(sized(1500, 5000));
    };
    const grown = await grownBy(kith, ask, count * 3 * BOUND_KIB + sized(16384, 4096));
    if (process.env.KITH_LONG === "1") {
      await sleep(STALL_MS);
      for (const it of callers) it.socket.resume();
      await Promise.all(callers.map((it) => it.ended));
    }
    for (const it of callers) it.cut();
    return `${count} ask and do not read: ${grown}`;
  });
});
