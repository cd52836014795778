// session.js -- one person's connection: a token, a device, a socket. Knows nothing of the page.
import { Serializer, Socket } from "./phoenix.mjs";

const RETRY_MS = 1000; /* the token's server may be restarting too */
const RENEW_MS_MIN = 5000; /* a wrong clock here must not become a storm there */

/** Asks the app's back end, here Kith's demo, for a token for this user. */
export async function fetchToken(user) {
  const answer = await fetch("token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user }),
  });
  if (!answer.ok) {
    const said = answer.status < 500 ? (await answer.text()).trim() : ""; /* that is to be done about it */
    throw Object.assign(new Error(`token: HTTP ${answer.status}`), { said });
  }
  return (await answer.json()).token;
}

/**
 * The name of this tab. A reload keeps it, so that the new socket takes over the presence of the
 * old one and no friend notices; another tab has another.
 */
export function deviceId() {
  const kept = sessionStorage.getItem("device");
  if (kept) return kept;
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  sessionStorage.setItem("device", id);
  return id;
}

/** When a JWT ends, in ms since 1970; Infinity for other tokens. */
function expiryOf(token) {
  try {
    const claims = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return (JSON.parse(atob(claims)).exp ?? Infinity) * 1000;
  } catch {
    return Infinity;
  }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Session {
  #token = "";
  #renewing = null;
  #timer = 0;
  #closed = false;
  #onState;

  /** onState("connecting", "connected", "reconnecting", or "refused" and the server's words); onFrame(text, message) for each frame. */
  constructor(user, { onState, onFrame }) {
    this.user = user;
    this.#onState = onState;
    this.socket = new Socket("/socket", {
      authToken: () => this.#token,
      longPollFallbackMs: 2500, // where no WebSocket comes through
      params: { device: deviceId() },
      decode: (raw, done) =>
        Serializer.decode(raw, (message) => {
          if (typeof raw === "string") onFrame(raw, message);
          done(message);
        }),
    });
    this.socket.onOpen(() => this.#opened());
    this.socket.onClose(({ code }) => this.#lost(code));
    this.socket.onError(() => this.#renew().catch(() => {})); /* perhaps the token was too old */
  }

  async open() {
    this.#tell("connecting");
    await this.#renewAtLast();
    if (!this.#closed) this.socket.connect();
  }

  /** Leaves each channel, so that friends learn it at once, and hangs up. */
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const channel of this.socket.channels) channel.leave();
    this.socket.disconnect();
  }

  /** Hangs up without a word, as a train in a tunnel would, and comes back. */
  cutLine(ms) {
    this.socket.disconnect(() => {
      this.#tell("reconnecting");
      setTimeout(() => this.#closed || this.socket.connect(), ms);
    });
  }

  /* Where a WebSocket has come through, a server that is away is no reason to do without: phoenix.js
   * would keep to long-polls until the page is loaded anew. */
  #opened() {
    if (this.socket.transport === WebSocket) this.socket.longPollFallbackMs = 0;
    this.#tell("connected");
  }

  #tell(state, said) {
    if (!this.#closed) this.#onState(state, said);
  }

  /* 4001 is how the server says that the token's time is over. phoenix.js would come back with the
   * old one at once. */
  async #lost(code) {
    this.#tell("reconnecting");
    if (code !== 4001 || this.#closed) return;
    this.socket.disconnect();
    await this.#renewAtLast();
    if (!this.#closed) this.socket.connect();
  }

  async #renewAtLast() {
    while (!this.#closed) {
      try {
        return await this.#renew();
      } catch ({ said }) {
        if (said) this.#tell("refused", said);
        await sleep(RETRY_MS);
      }
    }
  }

  #renew() {
    this.#renewing ??= fetchToken(this.user)
      .then((token) => this.#keep(token))
      .finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  /* Two thirds of a token's life before its end is a good time to ask for the next. */
  #keep(token) {
    this.#token = token;
    clearTimeout(this.#timer);
    const left = expiryOf(token) - Date.now();
    const soon = Math.max(left * (2 / 3), RENEW_MS_MIN);
    if (soon < 2 ** 31) this.#timer = setTimeout(() => this.#refresh(), soon);
  }

  async #refresh() {
    await this.#renewAtLast();
    const joined = this.socket.channels.find((channel) => channel.canPush());
    joined?.push("token", { token: this.#token });
  }
}
