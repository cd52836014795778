// connections.test.mjs -- the connections on which the REST API is asked: how many there may be, and
// how they end.
import assert from "node:assert/strict";
import net from "node:net";
import { once } from "node:events";
import { describe, test } from "node:test";
import { ownKith, sharedKith } from "../lib/kith.mjs";
import { KEYS, bearer, pairPath, userPath } from "../lib/rest.mjs";
import { jwt } from "../lib/token.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

const CONNECTIONS_MAX = 512;

/* `from`: an address of this machine. */
async function connect(kith, from) {
  const { hostname, port } = new URL(kith.api);
  const socket = net.connect({ host: hostname, port: Number(port), localAddress: from, allowHalfOpen: true });
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

const withKey = (path, secret) => get(path).replace(/\r\n$/, `authorization: ${secret}\r\n\r\n`);

/* The status of what is asked. */
async function asks(socket, request) {
  socket.write(request);
  const [answer] = await once(socket, "data");
  return String(answer).split(" ")[1];
}

/* So many connections of a server that knows keys; those are held that `begin` returns. */
async function full(t, begin) {
  const kith = await ownKith(t, { tokens: true, settings: KEYS });
  const held = [];
  t.after(() => held.forEach((socket) => socket.destroy()));
  while (held.length < CONNECTIONS_MAX) held.push(await begin(kith, held.length));
  return { kith, held };
}

async function shownKey(kith) {
  const socket = await connect(kith);
  assert.equal(await asks(socket, withKey("/v1/users/ann/presence", bearer("read").authorization)), "200");
  return socket;
}

test("who has shown no right key makes room for who comes, who is idle longest first", async (t) => {
  const strangers = [
    (kith) => connect(kith),
    async (kith) => {
      const socket = await connect(kith);
      assert.equal(await asks(socket, get("/healthz")), "200");
      return socket;
    },
    async (kith) => {
      const socket = await connect(kith);
      assert.equal(await asks(socket, withKey("/v1/users/ann/presence", `Bearer ${"x".repeat(40)}`)), "401");
      return socket;
    },
    async (kith) => {
      const socket = await connect(kith);
      socket.write("GET /healthz HTTP/1.1\r\nhost: local");
      return socket;
    },
  ];
  const ended = [];
  const { kith, held } = await full(t, async (kith, n) => {
    const socket = await (n === 0 ? shownKey(kith) : strangers[n % strangers.length](kith));
    socket.on("end", () => ended.push(n)).resume();
    return socket;
  });
  for (const path of ["/healthz", "/readyz"]) {
    const socket = await connect(kith);
    held.push(socket);
    assert.equal(await asks(socket, get(path)), "200");
  }
  assert.equal(await asks(held[0], withKey("/metrics", bearer("read").authorization)), "200"); /* the eldest of all */
  await eventually(() => ended.length === 2, "that two have made room");
  assert.ok(ended.every((n) => n > 0 && n <= 2 * strangers.length), `the eldest went, not ${ended}`);
});

test("who comes from another address has time to show its key, however many come from one", async (t) => {
  const crowd = (kith) => connect(kith, "127.0.0.2");
  const ended = new Set();
  const { kith, held } = await full(t, async (kith, n) => {
    const socket = await (n === 0 ? connect(kith) : crowd(kith));
    return socket.on("end", () => ended.add(n)).resume();
  });
  for (let i = 0; i < CONNECTIONS_MAX; i++) held.push(await crowd(kith));
  await eventually(() => ended.size >= CONNECTIONS_MAX - 1, "that as many have made room");
  assert.ok(!ended.has(0), "it was sent away");
  assert.equal(await asks(held[0], withKey("/v1/users/ann/presence", bearer("read").authorization)), "200");
});

test("512 who have shown a key keep their connections, and clients have their own", async (t) => {
  const { kith, held } = await full(t, shownKey);
  const socket = await connect(kith);
  const heard = await restOf(socket);
  assert.match(heard, /^HTTP\/1\.1 503 [^]*retry-after: 5\r\n/);
  const wire = await Wire.open(kith, { token: jwt("ann") });
  await wire.join("friends");
  wire.cut();
  assert.equal(await asks(held[7], withKey("/v1/users/ann/presence", bearer("read").authorization)), "200");
  assert.equal(await asks(held[8], withKey("/v1/users/ann/presence", "Bearer none")), "401");
  const another = await connect(kith); /* in the place of who has shown a wrong one since */
  assert.equal(await asks(another, get("/healthz")), "200");
  another.destroy();
});
