// port.mjs -- ports for what goes and comes back: between its end and its next start nobody's client is given
// them by the system, as those are from 32768 on.
import { createServer } from "node:net";
import { randomInt } from "node:crypto";

const FIRST = 12000, BEHIND = 32000;

const isFree = (port) =>
  new Promise((done) => {
    const server = createServer().on("error", () => done(false));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });

/** A port of 127.0.0.1 that nobody has just now. */
export async function freePort() {
  for (;;) {
    const port = randomInt(FIRST, BEHIND);
    if (await isFree(port)) return port;
  }
}
