// flood.mjs -- many connections at once that are of no good; how many, by how long the test may take.
import assert from "node:assert/strict";
import net from "node:net";
import { once } from "node:events";
import { Canary } from "./canary.mjs";
import { metric } from "./metrics.mjs";
import { descriptors, residentKiB } from "./process.mjs";
import { UPGRADE, getHead } from "./raw.mjs";
import { address, eventually } from "./wire.mjs";

const AT_ONCE = 100; /* dialled together: fewer than wait at a listener */

/** Connections of the test's own, by which it asks how the server is: they are kept for a while. */
export const OPERATORS = 4;

/** One size for every day, another with KITH_LONG=1. */
export const sized = (short, long) => (process.env.KITH_LONG === "1" ? long : short);

const GROWN_KIB = sized(16 * 1024, 2048); /* a sanitizer keeps what is freed for a while */

/** A frame as clients send them, its mask being 0. */
export function frame(first, payload = "") {
  const body = Buffer.from(payload), wide = Buffer.alloc(8);
  wide.writeBigUInt64BE(BigInt(body.length));
  const length =
    body.length < 126
      ? [Buffer.from([0x80 | body.length])]
      : body.length < 65536
        ? [Buffer.from([0xfe]), wide.subarray(6)]
        : [Buffer.from([0xff]), wide];
  return Buffer.concat([Buffer.from([first]), ...length, Buffer.alloc(4), body]);
}
export const TEXT = 0x81;
export const PING = 0x89;
export const PONG = 0x8a;
export const say = (...message) => frame(TEXT, JSON.stringify(message));
export const HEARTBEAT = say(null, "1", "phoenix", "heartbeat", {});

/** A connection that is kept, and of what comes the last bytes. */
export class Caller {
  heard = Buffer.alloc(0);
  bytes = 0; /* that came, in all */
  #dialled = performance.now();
  #answered;

  /** `from`: an address of this machine. */
  static async dial(kith, { head = "", from } = {}) {
    const [host, port] = kith.host.split(":");
    const socket = net.connect({ host, port: Number(port), localAddress: from });
    const caller = new Caller(socket);
    await Promise.race([once(socket, "connect"), caller.ended]);
    if (head) socket.write(head);
    return caller;
  }

  /** Behind its upgrade. */
  static async upgraded(kith, { user, vsn, ...options }) {
    const path = new URL(address(kith, { user, vsn }));
    const head = getHead(`${path.pathname}${path.search}`, { Host: kith.host, ...UPGRADE });
    const caller = await Caller.dial(kith, { head, ...options });
    await eventually(() => caller.heard.includes("\r\n\r\n") || caller.socket.destroyed, "an answer");
    assert.match(caller.heard.toString("latin1"), /^HTTP\/1\.1 101 /);
    caller.#answered = performance.now();
    caller.forget();
    return caller;
  }

  constructor(socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (more) => {
      this.bytes += more.length;
      this.heard = Buffer.concat([this.heard, more]).subarray(-4096);
    });
    /* With how many ms it has lived, [at most, at least]: what the server goes by lies between the two. */
    this.ended = new Promise((done) =>
      socket.once("close", () => {
        const now = performance.now();
        done([now - this.#dialled, now - (this.#answered ?? this.#dialled)]);
      }),
    );
  }

  get status() {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.heard.toString("latin1"))?.[1] ?? 0);
  }

  forget() {
    this.heard = Buffer.alloc(0);
    this.bytes = 0;
  }

  send(bytes) {
    this.socket.write(bytes);
  }

  /** Sends again and again for so long, as fast as it is taken; returns how often. */
  async keepSending(bytes, ms) {
    const until = performance.now() + ms;
    let times = 0;
    while (performance.now() < until && !this.socket.destroyed) {
      times++;
      const taken = this.socket.write(bytes);
      if (taken) await new Promise((done) => setImmediate(done));
      else await this.#drained(until - performance.now());
    }
    return times;
  }

  /* Or cut off, or that many ms are over. */
  async #drained(ms) {
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(ms)));
    await Promise.race([once(this.socket, "drain", { signal }), this.ended]).catch(() => {});
  }

  cut() {
    this.socket.destroy();
  }
}

/** One of /metrics. */
export const figure = (kith, name) => metric(kith, `kith_${name}`);

/** Floods a server, and says by how much that made it grow: not by what is worth a word. */
export async function grownBy({ pid }, flood, most_KiB = GROWN_KIB) {
  const before = residentKiB(pid);
  await flood();
  const grown = residentKiB(pid) - before;
  assert.ok(grown < most_KiB, `${grown} KiB more than before`);
  return `${grown} KiB more`;
}

/** What `make` makes of 0 to count - 1, some at once. */
export async function many(count, make) {
  const all = [];
  for (let i = 0; i < count; i += AT_ONCE)
    all.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - i) }, (_, k) => make(i + k)))));
  return all;
}

/** Tests what a server does under attack: a canary sings meanwhile, and afterwards nothing is left of it. */
export async function withCanary(t, kith, attack) {
  const canary = await Canary.begin(kith);
  t.after(() => canary.silence());
  const before = descriptors(kith.pid);
  const left = await attack(canary);
  const given = () => descriptors(kith.pid) <= before + OPERATORS;
  await eventually(given, "the end of all connections");
  if (left) t.diagnostic(left);
  t.diagnostic(await canary.end());
}
