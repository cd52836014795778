// proxy.mjs -- a wire between a client of TCP and its server that is slow, and passes on what it
// gets in pieces of its own.
import { once } from "node:events";
import net from "node:net";
import { sleep } from "../lib/wire.mjs";

const MIDDLE_MS = 100; /* two of them lie between two nodes */
const SPREAD_MS = 50;
const PIECE_BYTES_MAX = 400;

export class Proxy {
  sockets = new Set();
  pieces = 0;

  /** `chance` gives numbers in [0, 1). Listens at `host`, on a port of its own. */
  static async open(host, target, chance) {
    const proxy = Object.assign(new Proxy(), { target, chance });
    proxy.server = net.createServer((socket) => proxy.#accept(socket));
    proxy.server.listen(0, host);
    await once(proxy.server, "listening");
    proxy.url = `nats://${host}:${proxy.server.address().port}`;
    return proxy;
  }

  #accept(socket) {
    const other = net.connect({ ...this.target, noDelay: true });
    socket.setNoDelay(true);
    this.#pass(socket, other);
    this.#pass(other, socket);
  }

  /* In its order: so each piece is as late as the latest before it. */
  #pass(from, to) {
    let last = Promise.resolve();
    this.sockets.add(from);
    from.on("data", (bytes) => {
      const due = Date.now() + MIDDLE_MS + SPREAD_MS * (2 * this.chance() - 1);
      last = last.then(() => this.#write(to, bytes, due));
    });
    from.on("error", () => {});
    from.on("close", () => {
      this.sockets.delete(from);
      last.then(() => to.destroy());
    });
  }

  async #write(to, bytes, due) {
    await sleep(Math.max(0, due - Date.now()));
    for (let at = 0; at < bytes.length && !to.destroyed; ) {
      const end = at + 1 + Math.floor(this.chance() * PIECE_BYTES_MAX);
      to.write(bytes.subarray(at, end));
      at = end;
      this.pieces++;
      await new Promise(setImmediate);
    }
  }

  close() {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
