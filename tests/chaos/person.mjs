// person.mjs -- somebody with one device: a client that comes back whenever its connection ends,
// and that writes down whatever it is told.
import WebSocket from "ws";
import { jwt } from "../lib/token.mjs";
import { sleep } from "../lib/wire.mjs";

const TOPIC = "friends";
const TOKEN_S = 86400; /* longer than any scene, and than any wall clock is off */

export class Person {
  #socket = null;
  #ref = 0;
  #waiting = new Map();
  view = new Map(); /* user: metas, by ref */
  wanted = false;
  joined = false;
  since = 0; /* of being joined, or of not being */
  wentAt = 0; /* when it ended its connection itself */
  seenUntil = 0; /* when the last session ended that was not hidden */
  hereSince = 0; /* with gaps that are shorter than the grace */
  status = undefined; /* what was last said in this session */
  saidAt = 0; /* when that was */
  mode = { held: false, since: 0 }; /* held: visible to nobody; see the oracle */
  session = { held: false, since: 0 }; /* held: hidden */

  localAddress = undefined; /* of its end of the connection */

  /** `oracle` is told of what this one sees; it says which node is next. */
  constructor(oracle, id, node) {
    Object.assign(this, { oracle, id, node });
    this.friends = new Set();
    this.device = `d-${id}`;
  }

  /** Comes, and stays come. */
  async come(node = this.node) {
    this.wanted = true;
    while (this.wanted && !this.joined) {
      this.node = node;
      await this.#try().catch(() => {});
      if (this.joined || !this.wanted) break;
      await sleep(this.oracle.retry_ms * (0.5 + this.oracle.random()));
      node = this.oracle.nextNode(this);
    }
  }

  #try() {
    return new Promise((done, fail) => {
      const token = jwt(this.id, TOKEN_S);
      const query = new URLSearchParams({ vsn: "2.0.0", token, device: this.device });
      const { held, asked, wanted } = this.session;
      if (asked ? wanted : held) query.set("session", "hidden");
      const { localAddress } = this;
      const socket = new WebSocket(`${this.node.websocket}?${query}`, { handshakeTimeout: 3000, localAddress });
      this.#socket = socket;
      const late = setTimeout(() => socket.terminate(), 8000);
      socket.on("open", () => this.#ask("phx_join").catch(fail));
      socket.on("error", fail);
      socket.on("message", (data) => this.#arrive(JSON.parse(String(data)), done));
      socket.on("close", () => {
        clearTimeout(late);
        if (this.#socket === socket) this.#closed();
        fail(new Error("closed"));
      });
      this.stopWaiting = () => clearTimeout(late);
    });
  }

  #closed() {
    const was = this.joined;
    const ended = this.wentAt || Date.now();
    this.wentAt = 0;
    this.#socket = null;
    for (const fail of this.#waiting.values()) fail(null);
    this.#waiting.clear();
    if (!was) return;
    this.joined = false;
    this.since = ended;
    if (!this.session.held) this.seenUntil = this.since;
    this.oracle.closed(this);
  }

  #ask(event, payload = {}) {
    if (event === "phx_join") this.joinRef = String(this.#ref + 1);
    return this.#send(this.joinRef, TOPIC, event, payload);
  }

  #send(joinRef, topic, event, payload) {
    const ref = String(++this.#ref);
    return new Promise((done) => {
      this.#waiting.set(ref, done);
      this.#socket.send(JSON.stringify([joinRef, ref, topic, event, payload]));
    });
  }

  /** After how many ms its heartbeat is answered. */
  async pulse() {
    const begin = Date.now();
    if (this.joined) await this.#send(null, "phoenix", "heartbeat", {});
    return Date.now() - begin;
  }

  #arrive([joinRef, ref, , event, payload], joined) {
    if (event === "phx_reply") {
      this.#waiting.get(ref)?.(payload);
      this.#waiting.delete(ref);
      if (joinRef === this.joinRef && payload.status === "error" && !this.joined)
        this.#socket.terminate();
    } else if (event === "presence_state") this.#state(payload, joined);
    else if (event === "presence_diff") this.#diff(payload);
  }

  #state(payload, done) {
    this.view = new Map();
    for (const [user, { metas }] of Object.entries(payload))
      this.view.set(user, new Map(metas.map((meta) => [meta.phx_ref, meta])));
    if (!this.joined) {
      this.stopWaiting();
      this.oracle.opened(this);
      this.joined = true;
      this.since = Date.now();
      this.status = undefined;
    }
    this.oracle.stated(this);
    done();
  }

  #diff({ joins, leaves }) {
    const before = new Set(this.view.keys());
    for (const [user, { metas }] of Object.entries(joins)) {
      if (!this.view.has(user)) this.view.set(user, new Map());
      for (const meta of metas) this.view.get(user).set(meta.phx_ref, meta);
    }
    for (const [user, { metas }] of Object.entries(leaves)) {
      for (const meta of metas) this.view.get(user)?.delete(meta.phx_ref);
      if (this.view.get(user)?.size === 0) this.view.delete(user);
    }
    for (const user of new Set([...Object.keys(joins), ...Object.keys(leaves)]))
      this.oracle.told(this, user, { before, join: joins[user], leave: leaves[user] });
  }

  async say(status) {
    if (!this.joined) return;
    const { since } = this;
    this.saidAt = Date.now();
    const answer = await this.#ask("status", { status });
    if (answer?.status === "ok" && this.since === since) this.status = status;
  }

  /** Hides this session, or shows it; true: it holds. */
  async showing(hidden) {
    if (!this.joined) return false;
    const { since } = this;
    const answer = await this.#ask("visibility", { session: hidden ? "hidden" : "visible" });
    return answer?.status === "ok" && this.since === since;
  }

  /** Ends the connection, without a word; comes back only if told to. */
  go() {
    this.wanted = false;
    if (this.#socket) this.wentAt = Date.now(); /* that is when the server hears of it, and one's own end does later */
    this.#socket?.terminate();
  }

  /** As a page that is loaded again, or opened at another node. */
  async reload(node, ms) {
    this.go();
    await sleep(ms);
    await this.come(node);
  }
}
