// talker.mjs -- the end of a socket that is being listened to: all that comes, in one queue.
import WebSocket from "ws";
import { UPGRADE, getHead, request } from "./raw.mjs";

class Inbox {
  #events = [];
  #wake = null;

  put(kind, value) {
    this.#events.push({ kind, value });
    this.#wake?.();
  }

  /** The next that came or comes: {kind, value}. */
  async next(ms) {
    if (this.#events.length > 0) return this.#events.shift();
    let timer;
    await new Promise((done, fail) => {
      this.#wake = done;
      timer = setTimeout(() => fail(new Error(`nothing came in ${ms} ms`)), ms);
    }).finally(() => clearTimeout(timer));
    this.#wake = null;
    return this.#events.shift();
  }
}

/** A WebSocket. Events: text, bytes (in hex), ping, pong, closed (with its code). */
export class WsTalker extends Inbox {
  static open(host, path) {
    return new Promise((done, fail) => {
      const socket = new WebSocket(`ws://${host}${path}`, { perMessageDeflate: false });
      const talker = new WsTalker(socket, !/[?&]vsn=2/.test(path));
      socket.on("open", () => done(talker));
      socket.on("error", fail);
    });
  }

  constructor(socket, v1) {
    super();
    this.socket = socket;
    this.v1 = v1;
    socket.on("message", (data, binary) =>
      this.put(binary ? "bytes" : "text", data.toString(binary ? "hex" : "utf8")),
    );
    socket.on("ping", (data) => this.put("ping", String(data)));
    socket.on("pong", (data) => this.put("pong", String(data)));
    socket.on("close", (code, reason) =>
      this.put("closed", reason.length ? `${code} ${reason}` : code),
    );
  }

  send(data, options) {
    this.socket.send(data, options);
  }

  ping(text) {
    this.socket.ping(text);
  }

  close(code) {
    this.socket.close(code);
  }

  cut() {
    this.socket.terminate();
  }

  heartbeat(ref) {
    const [topic, response] = ["phoenix", { response: {}, status: "ok" }];
    const parts = this.v1
      ? [
          { topic, event: "heartbeat", payload: {}, ref },
          { topic, event: "phx_reply", payload: response, ref },
        ]
      : [
          [null, ref, topic, "heartbeat", {}],
          [null, ref, topic, "phx_reply", response],
        ];
    const [sent, wanted] = parts.map((it) => JSON.stringify(it));
    return { sent, wanted };
  }
}

/**
 * A socket after its upgrade, for bytes that no WebSocket client would send. The one event is its
 * end, closed: with the code if all that came was one close frame, 1005 if that was empty, else
 * with what came.
 */
export class RawTalker extends Inbox {
  static async open(host, path) {
    const head = getHead(path, { Host: host, ...UPGRADE });
    const { socket, text } = await request({ host }, head);
    if (!text.startsWith("HTTP/1.1 101 ")) throw new Error(text);
    return new RawTalker(socket);
  }

  constructor(socket) {
    super();
    this.socket = socket;
    let hex = "";
    socket.on("data", (more) => (hex += more.toString("hex")));
    socket.on("error", () => {});
    socket.on("close", () => this.put("closed", codeOf(hex)));
  }

  send(bytes) {
    this.socket.write(bytes);
  }

  cut() {
    this.socket.destroy();
  }
}

function codeOf(hex) {
  if (hex === "8800") return 1005;
  const code = /^8802([0-9a-f]{4})$/.exec(hex);
  return code ? parseInt(code[1], 16) : hex;
}
