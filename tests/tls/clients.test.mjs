// clients.test.mjs -- npm phoenix over wss and https: nothing is different but the scheme.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import WebSocket from "ws";
import { metric } from "../lib/metrics.mjs";
import { Xhr } from "../lib/xhr.mjs";
import { secureKith } from "../lib/tls.mjs";
import { Wire, eventually, known, meet, sleep } from "../lib/wire.mjs";

globalThis.self ??= globalThis; /* 1.6 and 1.7 look for their globals there */
globalThis.WebSocket = WebSocket;
globalThis.XMLHttpRequest = Xhr;

const GRAPH = "ann ben\nben ann\n";

for (const version of ["16", "17", "18"])
  describe(`phoenix 1.${version[1]}`, async () => {
    const { LongPoll, Presence, Socket } = await import(`phoenix${version}`);

    for (const [way, transport] of [["wss", WebSocket], ["https", LongPoll]])
      test(`sees a friend come and go by ${way}`, async (t) => {
        const { kith } = await secureKith(t, { graph: GRAPH, settings: { "presence.grace_s": 0 } });
        assert.match(kith.websocket, /^wss:/);
        const socket = new Socket(`wss://${kith.host}/socket`, {
          transport,
          params: { user_id: "ann" },
        });
        t.after(() => socket.disconnect());
        socket.connect();
        const channel = socket.channel("friends");
        const presence = new Presence(channel);
        channel.join();
        await eventually(() => channel.state === "joined", "the join");
        const ben = await Wire.open(kith, { user: "ben" });
        t.after(() => ben.cut());
        await ben.join("friends");
        await eventually(() => presence.list((id) => id).includes("ben"), "ben");
        ben.cut();
        await eventually(() => presence.list((id) => id).length === 0, "nobody");
      });
  });

test("friends hear each other, and of a restart, and are back", async (t) => {
  const { kith } = await secureKith(t, { graph: GRAPH });
  const ann = await Wire.open(kith, { user: "ann" });
  const ben = await Wire.open(kith, { user: "ben" });
  await meet(ann, ben);
  await kith.stop();
  assert.equal((await ann.closed).code, 1012);
  assert.equal((await ben.closed).code, 1012);
  await kith.launch();
  const again = await Wire.open(kith, { user: "ann" });
  t.after(() => again.cut());
  assert.deepEqual(Object.keys(await again.join("friends")), ["ben"]); /* it was never gone */
});

test("how long deliveries take is known over TLS, too", async (t) => {
  const { kith } = await secureKith(t, { graph: GRAPH });
  const ann = await Wire.open(kith, { user: "ann" });
  const ben = await Wire.open(kith, { user: "ben" });
  t.after(() => [ann, ben].forEach((wire) => wire.cut()));
  await meet(ann, ben);
  const before = await metric(kith, "kith_delivery_seconds_count");
  const began = performance.now();
  for (let i = 0; i < 20; i++) {
    await ben.push("friends", "status", { status: `away ${i}` });
    await sleep(20);
  }
  await eventually(async () => (await metric(kith, "kith_delivery_seconds_count")) >= before + 20, "all of them");
  assert.ok((await metric(kith, "kith_delivery_seconds_sum")) * 1000 < performance.now() - began);
});

test("a large message comes and goes whole", async (t) => {
  const { kith } = await secureKith(t, {
    settings: { "server.echo": "on", "server.max_outbox_bytes": 16 << 20 },
  });
  const socket = new WebSocket(`wss://${kith.host}/echo`);
  t.after(() => socket.terminate());
  const sent = Buffer.alloc(1 << 20, "0123456789abcdef");
  const got = await new Promise((done, fail) => {
    socket.on("error", fail);
    socket.on("open", () => socket.send(sent));
    socket.on("message", done);
  });
  assert.ok(got.equals(sent));
});

test("a certificate for another name is the client's to refuse", async (t) => {
  const { kith } = await secureKith(t, {});
  const port = kith.host.split(":").pop();
  await assert.rejects(Wire.open({ websocket: `wss://127.0.0.2:${port}/socket/websocket` }, { user: "a" }));
  const ann = await Wire.open(kith, { user: "ann" });
  t.after(() => ann.cut());
  await ann.join("friends");
  await known(kith, "ann");
});
