// kith.js -- what an app holds in its hands: its friends, its own status, and the connection.
import { deviceId } from "./device.js";
import { Emitter, tell } from "./emitter.js";
import { Friends } from "./friends.js";
import { Link } from "./link.js";
import { Status } from "./status.js";
import { Tokens } from "./token.js";
import { Watches } from "./watches.js";

const NO_WEBSOCKET =
  "no WebSocket here: with Node before 22 install `ws` and give { WebSocket } from it";
const WHO =
  "who connects? Give `token`, a function that returns one, or `userId` if the server runs with auth = none";
const OWN_EVENTS = /^(phx_|chan_reply_|presence_)/;

class Kith {
  friends = new Friends();
  #events = new Emitter("state", "error");
  #status;
  #tokens = null;
  #link;
  #watches;
  #hidden = false;
  #resume; /* the server's word for what this client has been shown, */
  #promised; /* and for what it is about to be */

  constructor(url, options) {
    const { token, userId, status = "online", fields, device = deviceId() } = options;
    const { WebSocket = globalThis.WebSocket } = options;
    if (!WebSocket) throw new TypeError(NO_WEBSOCKET);
    if (typeof token !== "function" && (token || userId === undefined)) throw new TypeError(WHO);
    this.device = device;
    this.#hidden = options.hidden === true;
    this.#status = new Status(status, fields);
    if (token) this.#tokens = this.#tokensFrom(token);
    this.#link = new Link(url, {
      WebSocket,
      params: () => ({
        device,
        ...(!token && { user_id: userId }),
        ...(this.#hidden && { session: "hidden" }),
      }),
      protocols: async () => this.#tokens?.protocols(),
      hooks: this.#hooks(),
    });
    this.#watches = new Watches(this.#link, this.friends);
    this.#link.open();
  }

  #tokensFrom(ask) {
    return new Tokens(ask, {
      renew: async (token) => {
        if (this.state === "online") await this.#link.request("token", { token });
      },
      report: (error) => this.#events.emit("error", error),
    });
  }

  #hooks() {
    return {
      payload: () => ({
        ...this.#status.joinPayload(),
        ...(this.#resume && { resume: this.#resume }),
      }),
      joined: ({ resume, resumed }) => {
        this.#promised = resume;
        if (resumed) this.#resume = resume;
        return resumed === true;
      },
      state: (state) => {
        this.#resume = this.#promised;
        this.friends.replace(state, (id) => this.#watches.has(id));
      },
      diff: (diff) => this.friends.apply(diff),
      lost: () => this.#tokens?.lost(),
      told: (news) => {
        this.#events.emit("state", news);
        if (news.state === "online") this.#restore();
      },
    };
  }

  /* What a server forgets with the connection. */
  #restore() {
    const report = (error) => this.#events.emit("error", error);
    this.#watches.restore().catch(report);
    if (this.#hidden) this.#link.request("visibility", { session: "hidden" }).catch(report);
  }

  get state() {
    return this.#link.state;
  }

  get status() {
    return this.#status.fields;
  }

  on(event, listener) {
    return this.#events.on(event, listener);
  }

  online() {
    return this.#link.online();
  }

  setStatus(status, fields) {
    return this.#status.set(this.#link, status, fields);
  }

  async setVisibility(mode, ids) {
    await this.#link.request("visibility", ids ? { mode, ids: [...ids] } : { mode });
  }

  async setHidden(hidden) {
    const before = this.#hidden;
    this.#hidden ||= hidden; /* a connection that is made meanwhile begins so */
    try {
      const payload = { session: hidden ? "hidden" : "visible" };
      await this.#link.request("visibility", payload, "visibility of one session");
      this.#hidden = hidden;
    } catch (error) {
      this.#hidden = before;
      throw error;
    }
  }

  async setLastSeen(how) {
    await this.#link.request("visibility", { last_seen: how });
  }

  watch(ids) {
    return this.#watches.watch([...ids]);
  }

  unwatch(ids) {
    return this.#watches.unwatch([...ids]);
  }

  async lastSeen(ids) {
    const reply = await this.#link.request("last_seen", { ids: [...ids] });
    return new Map(Object.entries(reply.last_seen ?? {}));
  }

  onPush(event, listener) {
    if (OWN_EVENTS.test(event)) throw new TypeError(`"${event}" is Kith's own event`);
    return this.#link.listen(event, (payload) => tell(listener, payload));
  }

  close() {
    this.#link.close();
  }
}

/** Connects, and stays connected until close(). */
export const connect = (url, options = {}) => new Kith(url, options);
