// memory.test.mjs -- all floods at once on a small machine: it refuses what it has no room for, and lives.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { Canary } from "../lib/canary.mjs";
import { Caller, TEXT, figure, frame, many, say, sized, withCanary } from "../lib/flood.mjs";
import { ownKith } from "../lib/kith.mjs";
import { Polling } from "../lib/polling.mjs";
import { residentKiB } from "../lib/process.mjs";
import { getHead } from "../lib/raw.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

const LONG = process.env.KITH_LONG === "1";
const KIB = 1024;
const CAP_KIB = 256 * KIB;
const MANY = sized(100, 500);
const ATTACK_MS = sized(1000, 20000);
const settings = { "server.max_messages_s": 0, "server.workers": 2 };

/* Sanitizers reserve terabytes. */
const capMemory = ({ pid }, KiB) =>
  LONG && promisify(execFile)("prlimit", ["--pid", `${pid}`, `--data=${KiB * KIB}:`]);

const dataKiB = ({ pid }) => Number(/^VmData:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
const peakKiB = ({ pid }) => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

/* A frame of 1 MiB without its last byte: the head says how long it is. */
const NEARLY = Buffer.concat([
  Buffer.from([TEXT, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0]),
  Buffer.alloc(1024 * KIB - 1, "x"),
]);
const FRAGMENTS = Buffer.concat([frame(0x01, "["), ...Array(17).fill(frame(0x00, "x".repeat(60000)))]);
const UNREAD = Buffer.concat(Array(300).fill(say(null, "r".repeat(900), "phoenix", "heartbeat", {})));

const upgradedAnd = (bytes) => async (kith, i) => {
  const caller = await Caller.upgraded(kith, { user: `m${i}` });
  caller.send(bytes);
  return caller;
};
const WAYS = {
  silence: (kith) => Caller.dial(kith),
  "a head without end": (kith) => Caller.dial(kith, { head: `GET / HTTP/1.1\r\nHost: a\r\nA: ${"b".repeat(16000)}` }),
  "a message without end": upgradedAnd(NEARLY),
  "fragments without end": upgradedAnd(FRAGMENTS),
  "a body without end": async (kith, i) => {
    const { token } = await Polling.begin(kith.host, `user_id=p${i}`);
    const path = `/socket/longpoll?vsn=2.0.0&token=${token}`;
    const head = getHead(path, { Host: kith.host, "Content-Length": 1024 * KIB }, "POST");
    return Caller.dial(kith, { head: head + "x".repeat(1024 * KIB - 1) });
  },
  "answers that are not read": async (kith, i) => {
    const caller = await Caller.upgraded(kith, { user: `u${i}` });
    caller.socket.pause();
    caller.send(UNREAD);
    return caller;
  },
};

async function attack(kith, ways = Object.values(WAYS)) {
  const tries = await many(MANY, (i) => Promise.allSettled(ways.map((way) => way(kith, i))));
  const callers = tries.flat().filter((it) => it.status === "fulfilled").map((it) => it.value);
  await sleep(ATTACK_MS);
  return callers;
}

test("what clients have begun and not ended has one bound for all of them", async (t) => {
  const kith = await ownKith(t, { settings });
  await withCanary(t, kith, async () => {
    await capMemory(kith, CAP_KIB);
    const callers = await attack(kith);
    const refuses = async () => (await figure(kith, "unfinished_refused_total")) > 0;
    await eventually(refuses, "that there is no room for more");
    const peak = peakKiB(kith);
    assert.ok(peak < CAP_KIB, `${peak} KiB`);
    for (const it of callers) it.cut();
    return `${callers.length} at once: ${Math.round(peak / KIB)} MiB at most`;
  });
});

/* One thread: two would have the room of two bounds. */
test("a message is taken and answered while others begin what they never end", async (t) => {
  const kith = await ownKith(t, { settings: { ...settings, "server.workers": 1 } });
  await withCanary(t, kith, async () => {
    const callers = await attack(kith, [WAYS["a message without end"]]);
    const caller = await Caller.upgraded(kith, { user: "good" });
    caller.send(frame(TEXT, `[null,"1","phoenix","heartbeat",{"a":"${"x".repeat(15000)}"}]`));
    await eventually(() => caller.heard.includes("phx_reply"), "an answer");
    for (const it of [...callers, caller]) it.cut();
    const refused = callers.filter((it) => it.heard.includes(Buffer.from("880203f5", "hex"))).length;
    assert.ok(refused > 0 && refused < callers.length, `${refused} of ${callers.length} were told to come again`);
    await eventually(async () => (await figure(kith, "unfinished_bytes")) === 0, "that nothing is kept");
  });
});

test("when the system gives no more memory it refuses, and goes on once there is some", { skip: !LONG }, async (t) => {
  const kith = await ownKith(t, { settings });
  const capKiB = residentKiB(kith.pid) + 64 * KIB; /* the stacks of its threads count, too */
  await capMemory(kith, capKiB);
  for (let round = 0; round < 3; round++) {
    const callers = await attack(kith);
    const KiB = dataKiB(kith); /* it has asked for all that it may have: what more it wanted was refused */
    assert.ok(KiB > 0.95 * capKiB, `${KiB} of ${capKiB} KiB`);
    for (const it of callers) it.cut();
  }
  await sleep(1000);
  const canary = await Canary.begin(kith);
  await sleep(1000);
  t.diagnostic(await canary.end());
});
