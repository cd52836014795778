// connections.test.mjs -- the connections on which the REST API is asked: how many there may be, and
// how they end.
import assert from "node:assert/strict";
import net from "node:net";
import { once } from "node:events";
import { describe, test } from "node:test";
import { ownKith, sharedKith } from "../lib/kith.mjs";
import { Rest, pairPath, userPath } from "../lib/rest.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

const CONNECTIONS_MAX = 512;

async function connect(kith) {
  const { hostname, port } = new URL(kith.api);
  const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/* All that comes until the other end has ended. */
async function restOf(socket) {
  let text = "";
  socket.setEncoding("latin1");
  for await (const piece of socket) text += piece;
  return text;
}

const get = (path) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;

for (const workers of [1, 2])
  describe(`${workers} workers`, () => {
    const kith = sharedKith({ settings: { "server.workers": workers } });

    test("a client that has said all it has to say gets its answers", async () => {
      const asked = [
        `PUT ${pairPath("a", "friends", "b")} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
        get(userPath("a", "audience")),
        get(userPath("a", "presence")),
      ];
      for (let round = 0; round < 20; round++)
        for (let n = 1; n <= asked.length; n++) {
          const socket = await connect(kith);
          socket.end(asked.slice(0, n).join(""));
          const heard = await restOf(socket);
          const statuses = [...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
          assert.deepEqual(statuses, ["204", "200", "200"].slice(0, n));
        }
    });

    test("a graph behind a late answer is a request of its own", async () => {
      const graph = "c d\ne f\n";
      const socket = await connect(kith);
      socket.end(
        `PUT ${pairPath("a", "friends", "b")} HTTP/1.1\r\nhost: localhost\r\n\r\n` +
          "POST /v1/graph/import HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n" +
          `content-length: ${graph.length}\r\n\r\n${graph}` +
          get(userPath("d", "audience")),
      );
      const heard = await restOf(socket);
      assert.match(heard, /^HTTP\/1\.1 204 [^]*"done":true,"lines":2,[^]*"id":"c","sees":true/);
    });
  });

test("operators have 512 connections, and clients their own", async (t) => {
  const kith = await ownKith(t, {});
  const held = [];
  t.after(() => held.forEach((socket) => socket.destroy()));
  while (held.length < CONNECTIONS_MAX) held.push(await connect(kith));
  await eventually(async () => {
    const socket = await connect(kith);
    const heard = await restOf(socket);
    return heard.startsWith("HTTP/1.1 503 ") && /retry-after: 5\r\n/.test(heard);
  }, "that one more is turned away");
  const wire = await Wire.open(kith, { user: "ann" });
  await wire.join("friends");
  wire.cut();
  held[7].write(get("/v1/users/ann/presence")); /* those that are there are served */
  const [answer] = await once(held[7], "data");
  assert.match(String(answer), /^HTTP\/1\.1 200 /);
  held.pop().destroy();
  await eventually(
    async () => (await new Rest(kith).get(userPath("ann", "presence"))).user === "ann",
    "room for one again",
  );
});
