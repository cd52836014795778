// line.js -- what phoenix.js takes for a WebSocket: one that fetches its token first, and whose end
// is known at once. phoenix.js asks for everything synchronously; a token takes its time.
import { KithConnectionError } from "./errors.js";

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;
const PATIENCE_MS = 20000; /* browsers would wait for minutes, as for a host that has gone */
const ABNORMAL = 1006;

/*
 * There is no `bufferedAmount` on purpose: phoenix.js polls it before it closes, and WebSockets send
 * what they hold before they close anyway.
 */
export class Line {
  readyState = CONNECTING;
  #socket = null;
  #timer;

  /** `protocols` is asked for the subprotocols, which carry the token. */
  constructor(url, WebSocket, protocols) {
    const late = new KithConnectionError("no connection in time; it is tried again", ABNORMAL);
    this.#timer = setTimeout(() => this.#hangUp({ code: ABNORMAL, error: late }), PATIENCE_MS);
    this.#open(url, WebSocket, protocols);
  }

  async #open(url, WebSocket, protocols) {
    try {
      const offered = await protocols();
      if (this.readyState !== CONNECTING) return;
      this.#wire(new WebSocket(url, offered));
    } catch (error) {
      this.#end({ code: ABNORMAL, error });
    }
  }

  #wire(socket) {
    this.#socket = socket;
    socket.binaryType = this.binaryType;
    socket.onerror = () => {}; /* a close follows, which says more */
    socket.onclose = ({ code }) => this.#end({ code });
    socket.onmessage = (event) => this.readyState === OPEN && this.onmessage(event);
    socket.onopen = () => {
      if (this.readyState !== CONNECTING) return;
      clearTimeout(this.#timer);
      this.readyState = OPEN;
      this.onopen();
    };
  }

  send(data) {
    this.#socket.send(data);
  }

  /* The other side may be gone: nobody waits for its answer. */
  close(code = 1000) {
    this.#hangUp({ code });
  }

  #hangUp(event) {
    this.#socket?.close();
    this.#end(event);
  }

  #end(event) {
    if (this.readyState === CLOSED) return;
    clearTimeout(this.#timer);
    this.readyState = CLOSED;
    this.onclose(event);
  }
}
