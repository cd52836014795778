// witness.mjs -- a client that keeps every byte that it is told, over a WebSocket or by long-polls:
// what it could ever know.
import assert from "node:assert/strict";
import { Polling } from "./polling.mjs";
import { Wire } from "./wire.mjs";

const PATIENCE_MS = 15000; /* a sanitized build on a busy machine */

/* Both carry messages: {send(text), next(), cut()}, and tell of each byte. */

class Socketed {
  static async open(kith, { user, device, vsn, session, token }, keep) {
    const wire = await Wire.open(kith, { user, device, vsn, token, query: { session } });
    wire.socket._socket.on("data", (bytes) => keep(bytes.toString("latin1")));
    const texts = []; /* as they came, with all that Wire takes out of them */
    wire.socket.on("message", (data) => texts.push(String(data)));
    const next = async () => (await wire.next(), texts.shift());
    return { send: (text) => wire.raw(text), next, cut: () => wire.cut() };
  }
}

class Polled {
  #waiting = [];

  static async open(kith, { user, device, session }, keep) {
    const polled = new Polled();
    const all = Object.entries({ user_id: user, device, session });
    const query = new URLSearchParams(all.filter(([, value]) => value !== undefined));
    polled.session = await Polling.begin(kith.host, `${query}`);
    polled.keep = keep;
    return polled;
  }

  async send(text) {
    assert.deepEqual(await this.session.post(text), { status: 200 });
  }

  async next() {
    const end = Date.now() + PATIENCE_MS;
    while (this.#waiting.length === 0) {
      assert.ok(Date.now() < end, "nothing came");
      const { status, messages } = await this.session.poll();
      assert.ok(status === 200 || status === 204, `${status}`);
      for (const message of messages) this.keep(`${message.length} ${message}\n`);
      this.#waiting.push(...messages);
    }
    return this.#waiting.shift();
  }

  async cut() {
    const poll = await this.session.polling();
    poll.cut();
  }
}

export const TRANSPORTS = { WebSocket: Socketed, "long-poll": Polled };

/* As another message than the one of V2. */
const v2 = (it) => (Array.isArray(it) ? it : [null, it.ref, it.topic, it.event, it.payload]);

export class Witness {
  #bytes = "";
  #ref = 0;
  #joins = new Map();
  #carrier;

  /** params: {user, device, vsn, session}, and of a WebSocket {token}. */
  static async open(kith, params, transport = "WebSocket") {
    const witness = new Witness();
    Object.assign(witness, { kith, params, transport });
    await witness.connect();
    return witness;
  }

  /** Again, after cut(). Its bytes follow those of before. */
  async connect() {
    const keep = (bytes) => (this.#bytes += bytes);
    this.#joins.clear();
    this.#carrier = await TRANSPORTS[this.transport].open(this.kith, this.params, keep);
  }

  cut() {
    return this.#carrier.cut();
  }

  /** Sends without a look at the answer; returns its ref. */
  async send(topic, event, payload = {}) {
    const ref = String(++this.#ref);
    if (event === "phx_join") this.#joins.set(topic, ref);
    const join_ref = this.#joins.get(topic) ?? null;
    const v1 = this.params.vsn === "1.0.0";
    const parts = v1 ? { topic, event, payload, ref } : [join_ref, ref, topic, event, payload];
    await this.#carrier.send(JSON.stringify(parts));
    return ref;
  }

  /** The next message, as [join_ref, ref, topic, event, payload]. */
  async next() {
    return v2(JSON.parse(await this.#carrier.next()));
  }

  /** All up to one that is meant, with it. */
  async until(meant) {
    const all = [];
    do all.push(await this.next());
    while (!meant(all.at(-1)));
    return all;
  }

  /** What comes before the reply, and what the reply says: {before, status, response}. */
  async ask(topic, event, payload) {
    const ref = await this.send(topic, event, payload);
    const before = await this.until((it) => it[3] === "phx_reply" && it[1] === ref);
    const [, , , , { status, response }] = before.pop();
    return { before, status, response };
  }

  /** As ask(), which must be granted. */
  async granted(topic, event, payload) {
    const answer = await this.ask(topic, event, payload);
    assert.equal(answer.status, "ok", `${event}: ${JSON.stringify(answer.response)}`);
    return answer;
  }

  /** All that came before the answer to a heartbeat that is sent now. */
  async drain() {
    return (await this.ask("phoenix", "heartbeat")).before;
  }

  /** Joins, and returns the state; with `resume` of the latest join there may be none. */
  async join(topic, payload) {
    const { response } = await this.granted(topic, "phx_join", payload);
    this.resume = response.resume;
    if (response.resumed) return undefined;
    return (await this.until((it) => it[3] === "presence_state" && it[2] === topic)).pop()[4];
  }

  /** All bytes since the beginning, with a name for each of `ids` ({name: id or ids}), and for what
   * is another each time. */
  story(ids) {
    let text = this.#bytes;
    for (const [name, some] of Object.entries(ids))
      for (const id of [some].flat()) text = text.replaceAll(id, name.padEnd(id.length, "_"));
    const refs = new Map();
    text = text.replace(/"resume":"([^"]*)"/g, (_, it) => `"resume":"${"r".repeat(it.length)}"`);
    const named = (_, key, ref) => {
      if (!refs.has(ref)) refs.set(ref, `ref${String(refs.size).padStart(13, "0")}`);
      return `"${key}":"${refs.get(ref)}"`;
    };
    return text
      .replace(/"(phx_ref|phx_ref_prev)":"([\w-]{16})"/g, named)
      .replace(/"online_at":"\d{10}"/g, '"online_at":"0000000000"');
  }
}

/** All stories ({name: text}) are one. Returns it. */
export function assertAlike(stories) {
  const [[first, story], ...rest] = Object.entries(stories);
  for (const [name, other] of rest) {
    let at = 0;
    while (at < story.length && story[at] === other[at]) at++;
    const part = (text) => JSON.stringify(text.slice(Math.max(0, at - 80), at + 300));
    assert.ok(
      story === other,
      `${name} is not as ${first}, from byte ${at} on:\n${part(other)}\n${part(story)}`,
    );
  }
  return story;
}
