// gate.mjs -- a way to a server of TCP that can be shut: whoever is connected is cut off, and who comes is
// refused, until it is mended.
import { once } from "node:events";
import net from "node:net";
import { freePort } from "./port.mjs";

export class Gate {
  #sockets = new Set();

  /** To where the URL leads; gate.url leads there by the gate. Shut for good when `t` is over. */
  static async open(t, url) {
    const gate = new Gate();
    const to = new URL(url);
    gate.target = { host: to.hostname, port: Number(to.port) };
    await gate.mend();
    to.port = gate.port;
    gate.url = `${to.protocol}//${to.host}`;
    t.after(() => gate.shut());
    return gate;
  }

  shut() {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async mend() {
    this.server = net.createServer((socket) => this.#pass(socket));
    this.port ??= await freePort();
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
  }

  #pass(socket) {
    const other = net.connect({ ...this.target, noDelay: true });
    socket.setNoDelay(true);
    for (const [from, to] of [
      [socket, other],
      [other, socket],
    ]) {
      this.#sockets.add(from);
      from.pipe(to);
      from.on("error", () => {});
      from.on("close", () => this.#sockets.delete(from) && to.destroy());
    }
  }
}
