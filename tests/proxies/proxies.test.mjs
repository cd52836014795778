// proxies.test.mjs -- clients that come by nginx and by HAProxy, as their configs in examples/proxies have it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { connect } from "node:tls";
import WebSocket from "ws";
import { ownKith } from "../lib/kith.mjs";
import { PROXIES, behind } from "../lib/proxies.mjs";
import { Wire, address, eventually, meet, sleep } from "../lib/wire.mjs";
import { Xhr } from "../lib/xhr.mjs";

globalThis.self ??= globalThis;
globalThis.WebSocket = WebSocket;
globalThis.XMLHttpRequest = Xhr;

const { LongPoll, Presence, Socket } = await import("phoenix18");
const GRAPH = "ann ben\nben ann\n";
const TRUSTED = { "server.trusted_proxies": "127.0.0.1" };

/** An upgrade from a certain address of this machine; the status that answers it. */
const statusFrom = (t, place, localAddress, headers = {}) =>
  new Promise((done, fail) => {
    const socket = new WebSocket(address(place, { user: "x" }), { localAddress, headers });
    t.after(() => socket.terminate());
    socket.on("open", () => done(101));
    socket.on("unexpected-response", (_, answer) => done(answer.statusCode));
    socket.on("error", fail);
  });

for (const kind of Object.keys(PROXIES))
  describe(kind, () => {
    for (const [way, transport] of [["a WebSocket", WebSocket], ["long-polls", LongPoll]])
      test(`a friend is seen to come and go by ${way}`, async (t) => {
        const kith = await ownKith(t, { graph: GRAPH, settings: { "presence.grace_s": 0 } });
        const { host } = await behind(t, kind, kith);
        const socket = new Socket(`wss://${host}/socket`, { transport, params: { user_id: "ann" } });
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

    test("a page of the same host may connect, one of another may not", async (t) => {
      const kith = await ownKith(t, {});
      const place = await behind(t, kind, kith);
      assert.equal(await statusFrom(t, place, "127.0.0.1", { origin: `https://${place.host}` }), 101);
      assert.equal(await statusFrom(t, place, "127.0.0.1", { origin: "https://evil.example" }), 403);
    });

    test("clients are counted by their own addresses, whatever they claim", async (t) => {
      const kith = await ownKith(t, { settings: { ...TRUSTED, "server.max_per_address": 2 } });
      const place = await behind(t, kind, kith);
      const claim = (address) => ({ "x-forwarded-for": address });
      assert.equal(await statusFrom(t, place, "127.0.0.2"), 101);
      assert.equal(await statusFrom(t, place, "127.0.0.2", claim("198.51.100.1")), 101);
      assert.equal(await statusFrom(t, place, "127.0.0.2", claim("198.51.100.2")), 429);
      assert.equal(await statusFrom(t, place, "127.0.0.3", claim("127.0.0.2")), 101);
      assert.equal(await statusFrom(t, place, "127.0.0.2"), 429);
      await eventually(async () => {
        const text = await (await fetch(`${kith.api}/metrics`)).text();
        return /^kith_connections_crowded_total [1-9]/m.test(text);
      }, "that they are counted");
    });

    test("a restart is told as it is", async (t) => {
      const kith = await ownKith(t, { graph: GRAPH });
      const place = await behind(t, kind, kith);
      const ann = await Wire.open(place, { user: "ann" });
      const ben = await Wire.open(place, { user: "ben" });
      await meet(ann, ben);
      await kith.stop();
      assert.equal((await ann.closed).code, 1012);
      assert.equal((await ben.closed).code, 1012);
      await kith.launch(new URL(kith.api).port); /* where HAProxy looks for /readyz */
      let again; /* a proxy that was late to see it go may be late to see it come, too */
      const comes = async () => (again = await Wire.open(place, { user: "ann" }).catch(() => null));
      await eventually(comes, "that the proxy has found it again");
      t.after(() => again.cut());
      assert.deepEqual(Object.keys(await again.join("friends")), ["ben"]);
    });

    test("who is silent stays as long as Kith asks more often than the proxy waits", async (t) => {
      const kith = await ownKith(t, { settings: { "server.ping_s": 0.5, "server.idle_s": 30 } });
      const ann = await Wire.open(await behind(t, kind, kith, { idle: "2s" }), { user: "ann" });
      t.after(() => ann.cut());
      await sleep(4000);
      assert.deepEqual(await ann.drain(), []);
    });

    test("else the proxy ends it", async (t) => {
      const kith = await ownKith(t, { settings: { "server.ping_s": 0, "server.idle_s": 30 } });
      const ann = await Wire.open(await behind(t, kind, kith, { idle: "1s" }), { user: "ann" });
      assert.equal((await ann.closed).code, 1006);
    });
  });

test("nginx's own log has who asked for what, and no token", async (t) => {
  const place = await behind(t, "nginx", await ownKith(t, {}));
  await fetch(`https://${place.host}/socket/longpoll?vsn=2.0.0&user_id=ann&token=canary`);
  const log = () => readFile(join(place.folder, "access.log"), "utf8");
  await eventually(async () => /^127\.0\.0\.1 \[.*\] "GET \/socket\/longpoll" 200 /m.test(await log()), "its line");
  assert.doesNotMatch(await log(), /canary|ann/);
});

for (const kind of Object.keys(PROXIES))
  test(`${kind} speaks TLS 1.2 and 1.3 alone`, async (t) => {
    const { host } = await behind(t, kind, await ownKith(t, {}));
    const spoken = (version) =>
      new Promise((done) => {
        const options = { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" };
        const socket = connect(host.split(":")[1], "127.0.0.1", options, () => done(socket.end().getProtocol()));
        socket.on("error", () => done(null));
      });
    const all = [];
    for (const version of ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]) all.push(await spoken(version));
    assert.deepEqual(all, [null, null, "TLSv1.2", "TLSv1.3"]);
  });

test("without a proxy each address has its own, and claims are not heeded", async (t) => {
  const kith = await ownKith(t, { settings: { "server.max_per_address": 2, "server.trusted_proxies": "10.0.0.0/8" } });
  const claim = { "x-forwarded-for": "198.51.100.1" };
  assert.equal(await statusFrom(t, kith, "127.0.0.2", claim), 101);
  assert.equal(await statusFrom(t, kith, "127.0.0.2", claim), 101);
  assert.equal(await statusFrom(t, kith, "127.0.0.2", { "x-forwarded-for": "198.51.100.2" }), 503);
  assert.equal(await statusFrom(t, kith, "127.0.0.3", claim), 101);
});
