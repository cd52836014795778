// canary.mjs -- two friends whose changes are timed while others do their worst. They live in a thread of their own, so
// that what the test itself has to do is not taken for slowness of the server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { Rest, pairPath } from "./rest.mjs";
import { Wire, meet, sleep } from "./wire.mjs";

const PAUSE_MS = 50;
const LOST_MS = 5000;
/* A server with sanitizers takes several times as long, and a machine on which others work, too. */
const P99_MS = process.env.KITH_LONG === "1" ? 250 : 2000;

let count = 0;

const befriendAt = (kith, one, other) => new Rest(kith).put(pairPath(one, "friends", other));

export class Canary {
  /** `befriend` makes two users friends, by its API; `token`: what a user shows, if it has to show one; `names`: theirs. */
  static async begin(kith, { befriend = (...two) => befriendAt(kith, ...two), token = () => undefined, names } = {}) {
    const [singer, hearer] = names ?? ["ann", "ben"].map((name) => `canary ${name} ${count}`);
    count++;
    await befriend(singer, hearer);
    const { host, websocket } = kith;
    const who = [singer, hearer].map((user) => ({ user, token: token(user) }));
    const thread = new Worker(new URL(import.meta.url), { workerData: { host, websocket, who } });
    const canary = new Canary(thread, singer);
    const [word] = await once(thread, "message"); /* or it has failed */
    assert.equal(word, "singing");
    return canary;
  }

  /** Whoever watches `singer` is told of each of its changes. */
  constructor(thread, singer) {
    this.thread = thread;
    this.singer = singer;
  }

  /** Whatever has become of it. */
  silence() {
    return this.thread.terminate();
  }

  /** All was heard, in its order, once, and in time. Returns what it says of that. */
  async end() {
    this.thread.postMessage("end");
    const [delays] = await once(this.thread, "message");
    delays.sort((a, b) => a - b);
    const p99 = delays[Math.ceil(delays.length * 0.99) - 1];
    const said = `canary: ${delays.length} changes, p99 ${p99.toFixed(1)} ms, at most ${delays.at(-1).toFixed(1)} ms`;
    assert.ok(p99 < P99_MS, said);
    return said;
  }
}

/* Timed from when it was due: while the server stands still many are. */
async function change(ann, ben, n, from) {
  ann.send("1", `${n}`, "friends", "status", { status: "singing", n });
  const [, , topic, event, { joins, leaves }] = await ben.next(LOST_MS);
  const delay = performance.now() - from;
  assert.deepEqual([topic, event, Object.keys(joins)], ["friends", "presence_diff", [ann.user]]);
  assert.equal(joins[ann.user].metas[0].n, n);
  assert.equal(leaves[ann.user].metas[0].n, n === 1 ? undefined : n - 1);
  await ann.expect(ann.reply("1", `${n}`, "friends", "ok", {}));
  return delay;
}

async function sing() {
  let going = true;
  parentPort.once("message", () => (going = false));
  const [ann, ben] = await Promise.all(workerData.who.map((it) => Wire.open(workerData, it)));
  await meet(ben, ann);
  parentPort.postMessage("singing");
  const delays = [];
  let due = performance.now();
  while (going || delays.length === 0) {
    delays.push(await change(ann, ben, delays.length + 1, due));
    due += PAUSE_MS;
    await sleep(due - performance.now());
  }
  await Promise.all([ann.close(), ben.close()]);
  parentPort.postMessage(delays);
}

if (!isMainThread) await sing();
