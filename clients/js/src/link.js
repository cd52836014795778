// link.js -- one connection that always comes back: phoenix.js' socket, and the channel `friends`
// on it. It knows nothing of what the channel says.
import { Socket } from "phoenix";
import { retryMs } from "./backoff.js";
import {
  KithClosedError,
  KithConnectionError,
  KithTimeoutError,
  connectionError,
  refusal,
} from "./errors.js";
import { Line } from "./line.js";
import { onWake } from "./wake.js";

const NEVER_MS = 2 ** 31 - 1; /* phoenix.js' own retries know neither tokens nor jitter */
const PROBE_MS = 5000;
const SILENT = "the server is silent; this client connects anew";

/* A promise that is settled from outside, and may fail unheard. */
function gate() {
  const it = {};
  it.promise = new Promise((open, fail) => Object.assign(it, { open, fail }));
  it.promise.catch(() => {});
  return it;
}

export class Link {
  state = "connecting";
  #socket;
  #channel;
  #hooks;
  #gate = gate();
  #asked = new Set(); /* how to fail each request that waits for its answer */
  #pings = new Map();
  #probe;
  #retry = null;
  #joined = false;
  #attempt = 0;
  #wasOpen = false;
  #why = null; /* this side has hung up, for this reason */
  #stopWaking;

  /**
   * `protocols`: see Line. `hooks`: payload() of each join; joined(reply) says whether the view
   * stands already, else presence_state does; state and diff; lost(), when the socket is gone;
   * told({state, error, retryInMs}). It connects at open().
   */
  constructor(url, { WebSocket, params, protocols, hooks }) {
    this.#hooks = hooks;
    this.#socket = new Socket(url, {
      params,
      transport: function (address) {
        return new Line(address, WebSocket, protocols);
      },
      reconnectAfterMs: () => NEVER_MS,
      rejoinAfterMs: (tries) => retryMs(tries),
    });
    this.#setUpChannel();
    this.#setUpSocket();
  }

  open() {
    /* Later than phoenix.js' own listeners, some of which end what is being dialled. */
    this.#stopWaking = onWake(() => setTimeout(() => this.#wake()));
    this.#socket.connect();
  }

  #setUpChannel() {
    this.#channel = this.#socket.channel("friends", () => this.#hooks.payload());
    this.#channel.on("presence_state", (state) => {
      this.#hooks.state(state);
      this.#up();
    });
    this.#channel.on("presence_diff", (diff) => this.#hooks.diff(diff));
    this.#channel.onError(() => queueMicrotask(() => this.#channelFailed()));
  }

  #setUpSocket() {
    this.#socket.onOpen(() => {
      this.#wasOpen = true;
      if (!this.#joined) this.#join(); /* phoenix.js does the later ones */
    });
    this.#socket.onClose((end) => this.#lost(end));
    this.#socket.onMessage(({ ref }) => {
      this.#endProbe();
      this.#pings.get(ref)?.();
      this.#pings.delete(ref);
    });
  }

  #join() {
    this.#joined = true;
    this.#channel
      .join()
      .receive("ok", (reply) => this.#hooks.joined(reply) && this.#up())
      .receive("error", ({ reason }) => this.#down(refusal("phx_join", reason)))
      .receive("timeout", () => this.#down(new KithTimeoutError("phx_join")));
  }

  /** Resolves when joined, with a true view: now, or at last. */
  online() {
    return this.#gate.promise;
  }

  /** The reply to an event; waits for a connection first. `name`: what errors call it. */
  async request(event, payload, name = event) {
    await this.online();
    const { promise, open, fail } = gate();
    this.#asked.add(fail);
    this.#channel
      .push(event, payload)
      .receive("ok", open)
      .receive("error", ({ reason }) => fail(refusal(name, reason)))
      .receive("timeout", () => fail(new KithTimeoutError(name)));
    return promise.finally(() => this.#asked.delete(fail));
  }

  /** Resolves when all has arrived that the server had sent before it was asked. */
  ping() {
    return new Promise((done) => {
      const ref = this.#socket.makeRef();
      this.#pings.set(ref, done);
      this.#socket.push({ topic: "phoenix", event: "heartbeat", payload: {}, ref });
    });
  }

  /** Returns how to stop listening. */
  listen(event, listener) {
    const ref = this.#channel.on(event, listener);
    return () => this.#channel.off(event, ref);
  }

  /** For good. Friends see it at once. */
  close() {
    if (this.state === "closed") return;
    const error = new KithClosedError();
    this.#offline("closed", error);
    this.#gate.fail(error);
    this.#stopWaking();
    clearTimeout(this.#retry);
    if (this.#socket.isConnected()) this.#channel.leave();
    this.#socket.disconnect();
  }

  #tell(state, error = null, retryInMs = null) {
    this.state = state;
    this.#hooks.told({ state, error, retryInMs });
  }

  #up() {
    if (this.state === "online" || this.state === "closed") return;
    this.#attempt = 0;
    this.#gate.open();
    this.#tell("online");
  }

  #down(error, retryInMs) {
    if (this.state === "closed") return;
    const away = globalThis.navigator?.onLine === false;
    this.#offline(away ? "offline" : "reconnecting", error, retryInMs);
  }

  /* Whoever waits for an answer waits in vain; whoever comes later waits for the next join. */
  #offline(state, error, retryInMs) {
    if (this.state === "online") this.#gate = gate();
    this.#endProbe();
    for (const fail of this.#asked) fail(error);
    this.#asked.clear();
    this.#pings.clear();
    this.#tell(state, error, retryInMs);
  }

  /* phoenix.js joins again by itself. If the connection goes too, #lost says more. */
  #channelFailed() {
    if (this.state === "online" && this.#socket.isConnected())
      this.#down(new KithConnectionError("the server ended the channel; it is joined again"));
  }

  #lost({ code, error }) {
    const why = this.#why ?? error ?? connectionError(code, this.#wasOpen);
    this.#why = null;
    this.#wasOpen = false;
    this.#hooks.lost();
    this.#socket.disconnect(); /* and so phoenix.js has no plans of its own */
    if (this.state === "closed") return;
    const ms = retryMs(++this.#attempt);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#dial(), ms);
    this.#down(why, ms);
  }

  #dial() {
    clearTimeout(this.#retry);
    this.#retry = null;
    this.#socket.connect();
  }

  #wake() {
    if (this.state === "closed") return;
    if (this.#socket.isConnected()) this.#check();
    else if (this.#retry !== null && globalThis.navigator?.onLine !== false) this.#dial();
  }

  /* After a sleep a connection may be dead, which takes TCP and heartbeats a minute to find out. */
  #check() {
    if (this.#probe !== undefined) return;
    this.#probe = setTimeout(() => {
      this.#why = new KithConnectionError(SILENT);
      this.#socket.disconnect();
    }, PROBE_MS);
    this.ping();
  }

  #endProbe() {
    clearTimeout(this.#probe);
    this.#probe = undefined;
  }
}
