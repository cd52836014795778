// waiting.test.mjs -- who connects and then says nothing, or as little as it can: each is given its time, and no more.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Caller, PONG, frame, many, say, sized, withCanary } from "../lib/flood.mjs";
import { ownKith, sharedKith } from "../lib/kith.mjs";
import { Polling } from "../lib/polling.mjs";
import { residentKiB } from "../lib/process.mjs";
import { getHead } from "../lib/raw.mjs";
import { Rest, pairPath } from "../lib/rest.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

const HANDSHAKE_MS = sized(1000, 5000);
const EARLY_MS = 100; /* a thread takes the time once a turn */
const LATE_MS = sized(6000, 2000); /* with sanitizers, on a machine on which others work */
const IDLE_KIB_EACH = sized(24, 8); /* sanitizers keep space about all, and what is freed for a while */
const WATCHERS = 20; /* of those who are silent: they are sent to all the time */

const settings = { "server.handshake_s": HANDSHAKE_MS / 1000 };

/* Each is cut when it is due, and none sooner. */
async function assertCutInTime(callers, due_ms) {
  const isOpen = (it) => !it.socket.destroyed;
  await eventually(() => !callers.some(isOpen), "the end of all", due_ms + LATE_MS);
  const ages = await Promise.all(callers.map((it) => it.ended));
  const first = Math.min(...ages.map(([at_most]) => at_most));
  const last = Math.max(...ages.map(([, at_least]) => at_least));
  const said = `cut after ${Math.round(first)} to ${Math.round(last)} ms`;
  assert.ok(first >= due_ms - EARLY_MS && last <= due_ms + LATE_MS, said);
  return said;
}

/* A byte now and then of what never comes to its end, from each until it is cut, or all is sent. */
async function trickle(callers, bytes) {
  for (let i = 0; i < bytes.length && callers.some((it) => !it.socket.destroyed); i++) {
    for (const it of callers) if (!it.socket.destroyed) it.send(bytes.subarray(i, i + 1));
    await sleep(PAUSE_MS);
  }
}

const PAUSE_MS = sized(100, 1000);
const BYTES = 100; /* more than there is time for */

describe("who waits", { concurrency: true }, () => {
  const kith = sharedKith({ settings });

  test("connections that say nothing take next to nothing, and are cut when a request is due", async (t) => {
    const count = sized(1000, 5000);
    const kith = await ownKith(t, { settings });
    await withCanary(t, kith, async () => {
      const before = residentKiB(kith.pid);
      const callers = await many(count, () => Caller.dial(kith));
      const each = (residentKiB(kith.pid) - before) / count;
      const said = await assertCutInTime(callers, HANDSHAKE_MS);
      assert.ok(each < IDLE_KIB_EACH, `${each} KiB each`);
      return `${count} silent: ${each.toFixed(2)} KiB each, ${said}`;
    });
  });

  test("a request that trickles in has the same time as any", async (t) => {
    const count = sized(200, 1000);
    await withCanary(t, kith, async () => {
      const callers = await many(count, () => Caller.dial(kith));
      await trickle(callers, Buffer.from(`GET /socket/websocket?user_id=${"x".repeat(BYTES)}`).subarray(0, BYTES));
      return `${count} trickle: ${await assertCutInTime(callers, HANDSHAKE_MS)}`;
    });
  });

  test("and so has a body", async (t) => {
    const count = sized(100, 1000);
    await withCanary(t, kith, async () => {
      const { token } = await Polling.begin(kith.host, "user_id=x");
      const path = `/socket/longpoll?vsn=2.0.0&user_id=x&token=${token}`;
      const head = getHead(path, { Host: kith.host, "Content-Length": 100000 }, "POST");
      const callers = await many(count, () => Caller.dial(kith, { head }));
      await trickle(callers, Buffer.alloc(BYTES, " "));
      return `${count} trickle a body: ${await assertCutInTime(callers, HANDSHAKE_MS)}`;
    });
  });

  test("who is silent behind its upgrade is asked once, then cut; who answers lives", async (t) => {
    const count = sized(300, 5000);
    const [ping_ms, idle_ms] = sized([1000, 2000], [30000, 60000]);
    const times = { "server.ping_s": ping_ms / 1000, "server.idle_s": idle_ms / 1000 };
    const kith = await ownKith(t, { settings: times });
    await withCanary(t, kith, async ({ singer }) => {
      await new Rest(kith).put(pairPath("watcher", "watches", singer));
      const watchers = await many(WATCHERS, () => Caller.upgraded(kith, { user: "watcher" }));
      for (const it of watchers) it.send(say("1", "1", "friends", "phx_join", {}));
      const answering = await Caller.upgraded(kith, { user: "answering" });
      let answered = 0;
      answering.socket.on("data", () => {
        answering.send(frame(PONG));
        answered++;
      });
      const silent = await many(count, (i) => Caller.upgraded(kith, { user: `silent ${i}` }));
      const said = await assertCutInTime(silent, idle_ms);
      for (const it of silent) assert.equal(it.heard.toString("hex"), "8900" + "880203ea");
      await assertCutInTime(watchers, idle_ms);
      for (const it of watchers) assert.ok(it.bytes > 1000, "it was sent all that a watcher is");
      await sleep(idle_ms);
      assert.ok(!answering.socket.destroyed && answered >= 2, `${answered} pings answered`);
      answering.cut();
      return `${count} silent behind their upgrade: ${said}`;
    });
  });
});
