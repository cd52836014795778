// wire.mjs -- a client without a library: frames as they are, V1 or V2, one after the other.
import assert from "node:assert/strict";
import WebSocket from "ws";

const PATIENCE_MS = 15000; /* a sanitized build on a busy machine */
const RESUME = /^[\w-]{43}$/;
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Resolves once `ask` answers with something true, at once or by a promise. */
export async function eventually(ask, what, ms = PATIENCE_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) assert.fail(`never came: ${what}`);
    await sleep(10);
  }
}

/** Connect parameters as a query; `vsn` null: without. */
export function address(kith, { vsn = "2.0.0", user, device, token, query = {} }) {
  const all = { vsn, user_id: user, device, token, ...query };
  const given = Object.entries(all).filter(([, value]) => value !== undefined && value !== null);
  return `${kith.websocket}?${new URLSearchParams(given)}`;
}

/** What the server said to an upgrade it refused, {status, body}; fails if it didn't. */
export function refused(kith, { protocols = [], headers = {}, ...params }) {
  return new Promise((done, fail) => {
    const socket = new WebSocket(address(kith, params), protocols, { headers });
    socket.on("open", () => fail(new Error("was let in")) || socket.terminate());
    socket.on("error", fail);
    socket.on("unexpected-response", (_, answer) => {
      let body = "";
      answer.on("data", (text) => (body += text));
      answer.on("end", () => done({ status: answer.statusCode, body }));
    });
  });
}

/**
 * Resolves once the home of the user has it as `meant`, of {metas, hidden}: all who watch have then
 * been sent it, and whoever joins from then on is shown it in its state.
 */
export function known(kith, user, meant = ({ metas }) => metas.length > 0) {
  const url = `${kith.api}/v1/users/${encodeURIComponent(user)}/presence`;
  const ask = async () => meant(await (await fetch(url)).json());
  return eventually(ask, `what is meant of ${user}`);
}

/** Friends join `friends` one after the other, and all have heard of all; no frame is left. */
export async function meet(...wires) {
  for (const [i, wire] of wires.entries()) {
    const state = await wire.join("friends");
    for (const other of wires.slice(0, i)) {
      if (!(other.user in state)) await wire.sees(other.user);
      await other.sees(wire.user);
    }
  }
}

export class Wire {
  #inbox = [];
  #waiting = null;
  #ref = 0;
  #joins = new Map();

  static open(kith, { protocols = [], headers = {}, autoPong = true, ...params }) {
    return new Promise((done, fail) => {
      const socket = new WebSocket(address(kith, params), protocols, { headers, autoPong });
      const wire = new Wire(socket, params.vsn ?? "2.0.0");
      wire.user = params.user;
      socket.on("open", () => done(wire));
      socket.on("error", fail);
    });
  }

  constructor(socket, vsn) {
    this.socket = socket;
    this.v1 = vsn.startsWith("1");
    this.resume = undefined; /* what the latest join's reply said */
    this.closed = new Promise((done) =>
      socket.on("close", (code, reason) => done({ code, reason: String(reason) })),
    );
    socket.on("message", (data, binary) => this.#arrive(binary ? data : JSON.parse(String(data))));
  }

  /* Each join's reply has it, and no two the same: kept aside. */
  #arrive(frame) {
    const { response } = this.payloadOf(frame) ?? {};
    if (this.eventOf(frame) === "phx_reply" && response && "resume" in response) {
      assert.match(response.resume, RESUME);
      this.resume = response.resume;
      delete response.resume;
    }
    this.#inbox.push(frame);
    this.#waiting?.();
  }

  /** The five parts in the form of this wire, as the server writes them. */
  frame(join_ref, ref, topic, event, payload) {
    if (!this.v1) return [join_ref, ref, topic, event, payload];
    return { event, payload, ref: /^phx_(close|error)$/.test(event) ? null : ref, topic };
  }

  reply(join_ref, ref, topic, status, response) {
    return this.frame(join_ref, ref, topic, "phx_reply", { response, status });
  }

  topicOf(frame) {
    return this.v1 ? frame.topic : frame[2];
  }

  eventOf(frame) {
    return this.v1 ? frame.event : frame[3];
  }

  payloadOf(frame) {
    return this.v1 ? frame.payload : frame[4];
  }

  send(join_ref, ref, topic, event, payload = {}) {
    const parts = this.v1 ? { topic, event, payload, ref } : [join_ref, ref, topic, event, payload];
    this.raw(JSON.stringify(parts));
  }

  raw(bytes, options = {}) {
    this.socket.send(bytes, options);
  }

  newRef() {
    return String(++this.#ref);
  }

  /** The next frame that came or comes. */
  async next(ms = PATIENCE_MS) {
    if (this.#inbox.length === 0) await this.#something(ms);
    return this.#inbox.shift();
  }

  #something(ms) {
    const late = new Error(`nothing came in ${ms} ms`); /* here it is known who waits */
    let timer;
    return new Promise((done, fail) => {
      this.#waiting = done;
      timer = setTimeout(() => fail(late), ms);
      this.closed.then(({ code }) => fail(new Error(`closed with ${code} while waiting`)));
    }).finally(() => clearTimeout(timer));
  }

  /** The next frames are these, in this order. */
  async expect(...frames) {
    for (const frame of frames) assert.deepEqual(await this.next(), frame);
  }

  /** All up to the frame that is meant, with it. */
  async until(meant) {
    const all = [];
    do all.push(await this.next());
    while (!meant(all.at(-1)));
    return all;
  }

  /**
   * All up to the diff in which this user comes, with it. Who joins is answered before its friends
   * hear of it, and no answer to anybody says that they have: whoever needs it waits for it here.
   * Once one has heard of it, so does whoever joins then, in its state.
   */
  sees(user) {
    return this.until((frame) => user in (this.payloadOf(frame)?.joins ?? {}));
  }

  /** All up to the diff in which this user, or a session of it, goes, with it. */
  loses(user) {
    const goes = ({ joins = {}, leaves = {} }) => user in leaves && !(user in joins);
    return this.until((frame) => goes(this.payloadOf(frame) ?? {}));
  }

  /** The user's first meta, as the state has it or a diff brings it, once it has this status. */
  async metaOf(user, status, state) {
    let [meta] = state[user]?.metas ?? [];
    while (meta?.status !== status)
      [meta] = this.payloadOf((await this.sees(user)).at(-1)).joins[user].metas;
    return meta;
  }

  /** Nothing comes for a while. */
  async quiet(ms = 150) {
    await sleep(ms);
    assert.deepEqual(this.#inbox, []);
  }

  /**
   * All that came before the answer to a heartbeat that is sent now: all that others did whose
   * answer says that all have heard of it, as a change of rules does. Not what a join, a status, a
   * leave, an end or the lapse of time brings: that is waited for, by until() and next().
   */
  async drain() {
    const ref = `drain${this.newRef()}`;
    this.send(null, ref, "phoenix", "heartbeat");
    const answer = JSON.stringify(this.reply(null, ref, "phoenix", "ok", {}));
    const before = [];
    for (;;) {
      const frame = await this.next();
      if (JSON.stringify(frame) === answer) return before;
      before.push(frame);
    }
  }

  /**
   * Joins, and returns the presence_state that follows the ok. Between the two comes the phx_close
   * of an earlier join, if the topic was joined before.
   */
  async join(topic, payload = {}) {
    const ref = this.newRef();
    const old = this.#joins.get(topic);
    this.#joins.set(topic, ref);
    this.send(ref, ref, topic, "phx_join", payload);
    await this.expect(this.reply(ref, ref, topic, "ok", {}));
    if (old) await this.expect(this.frame(old, old, topic, "phx_close", {}));
    const state = await this.next();
    assert.deepEqual(state, this.frame(ref, null, topic, "presence_state", this.payloadOf(state)));
    return this.payloadOf(state);
  }

  /** Pushes an event on a joined topic and returns the reply's {status, response}. */
  async push(topic, event, payload = {}) {
    const ref = this.newRef();
    const join_ref = this.#joins.get(topic);
    this.send(join_ref, ref, topic, event, payload);
    const answer = await this.next();
    const said = this.payloadOf(answer);
    assert.deepEqual(answer, this.reply(join_ref, ref, topic, said.status, said.response));
    return said;
  }

  /** Pushes it once with each of the payloads, at once; all replies, in that order. */
  async pushAll(topic, event, payloads) {
    const join_ref = this.#joins.get(topic);
    const refs = payloads.map(() => this.newRef());
    for (const [i, payload] of payloads.entries())
      this.send(join_ref, refs[i], topic, event, payload);
    const said = new Map();
    while (said.size < refs.length) {
      const frame = await this.next();
      if (this.eventOf(frame) !== "phx_reply") continue; /* what it brings */
      const ref = this.v1 ? frame.ref : frame[1];
      const { status, response } = this.payloadOf(frame);
      assert.deepEqual(frame, this.reply(join_ref, ref, topic, status, response));
      said.set(ref, { status, response });
    }
    return refs.map((ref) => said.get(ref));
  }

  async leave(topic) {
    const ref = this.newRef();
    const join_ref = this.#joins.get(topic);
    this.#joins.delete(topic);
    this.send(join_ref, ref, topic, "phx_leave");
    await this.expect(
      this.reply(join_ref, ref, topic, "ok", {}),
      this.frame(join_ref, join_ref, topic, "phx_close", {}),
    );
  }

  /** Ends the connection without a word. */
  cut() {
    this.socket.terminate();
    return this.closed;
  }

  /** The code with which the server closes, now or soon. */
  async closeCode(ms = PATIENCE_MS) {
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new Error(`not closed in ${ms} ms`)), ms);
    });
    const { code } = await Promise.race([this.closed, late]).finally(() => clearTimeout(timer));
    return code;
  }

  close(code) {
    this.socket.close(code);
    return this.closed;
  }
}
