// liveness.test.mjs -- pings, dead peers, and the end of the server.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { ownKith, sharedKith } from "../lib/kith.mjs";
import { metric } from "../lib/metrics.mjs";
import { Wire, eventually, sleep } from "../lib/wire.mjs";

const PING_MS = 800;
const IDLE_MS = 4000; /* a busy machine may sleep over some pings */
const GRACE_MS = 300;
const TURN_MS = 100; /* a thread takes the time once a turn */

describe("pings", { concurrency: true }, () => {
  const kith = sharedKith({
    graph: circlesGraph(CIRCLES),
    settings: {
      "server.ping_s": PING_MS / 1000,
      "server.idle_s": IDLE_MS / 1000,
      "presence.grace_s": GRACE_MS / 1000,
    },
  });

  async function as(t, user, options) {
    const wire = await Wire.open(kith, { user, ...options });
    t.after(() => wire.cut());
    return wire;
  }
  const closedWithin = (wire, ms) =>
    Promise.race([wire.closed.then(() => true), sleep(ms).then(() => false)]);

  for (const data of ["", "hi", "x".repeat(125)])
    test(`a ping of ${data.length} bytes gets its pong`, async (t) => {
      const wire = await as(t, circle().ann);
      const pong = new Promise((done) => wire.socket.once("pong", (got) => done(String(got))));
      wire.socket.ping(data);
      assert.equal(await pong, data);
    });

  test("a pong nobody asked for is taken", async (t) => {
    const wire = await as(t, circle().ann);
    wire.socket.pong("there");
    assert.deepEqual(await wire.drain(), []);
  });

  test("the server pings a silent client, whose pong keeps it alive", async (t) => {
    const wire = await as(t, circle().ann);
    let pings = 0;
    wire.socket.on("ping", () => pings++);
    assert.equal(await closedWithin(wire, IDLE_MS * 2), false);
    assert.ok(pings >= 2, `${pings} pings`);
  });

  test("a client that never answers is cut, and its friends see it leave after grace", async (t) => {
    const who = circle();
    const ben = await as(t, who.ben);
    await ben.join("friends");
    const ann = await as(t, who.ann, { autoPong: false });
    const began = Date.now(); /* its last word is later */
    await ann.join("friends");
    await ben.sees(who.ann);
    const gone = ben.payloadOf(await ben.next(IDLE_MS * 10));
    assert.deepEqual(Object.keys(gone.leaves), [who.ann]);
    assert.ok(Date.now() - began >= IDLE_MS + GRACE_MS - TURN_MS, `${Date.now() - began} ms`);
    await ann.closeCode();
  });

  test("being sent to is no sign of life: a dead peer that gets diffs is cut too", async (t) => {
    const who = circle();
    const dead = await as(t, who.ben, { autoPong: false });
    await dead.join("friends");
    const ann = await as(t, who.ann);
    await ann.join("friends");
    const flips = setInterval(
      () => ann.push("friends", "status", { status: "x" }).catch(() => {}),
      100,
    );
    t.after(() => clearInterval(flips));
    await dead.closeCode(IDLE_MS * 10);
  });

  test("a heartbeat is a sign of life without any pong", async (t) => {
    const wire = await as(t, circle().ann, { autoPong: false });
    const beat = setInterval(() => wire.send(null, null, "phoenix", "heartbeat"), PING_MS / 2);
    t.after(() => clearInterval(beat));
    assert.equal(await closedWithin(wire, IDLE_MS * 2), false);
  });
});

describe("SIGTERM", () => {
  test("closes every socket with 1012 and ends with 0", async (t) => {
    const kith = await ownKith(t, { graph: circlesGraph(1) });
    const idle = await Wire.open(kith, { user: "ann0" });
    const joined = await Wire.open(kith, { user: "ben0" });
    await joined.join("friends");
    const v1 = await Wire.open(kith, { user: "cleo0", vsn: "1.0.0" });
    await kith.stop();
    for (const wire of [idle, joined, v1]) assert.equal(await wire.closeCode(), 1012);
  });

  test("waits for no client that doesn't read", async (t) => {
    const kith = await ownKith(t, { graph: circlesGraph(1) });
    const wire = await Wire.open(kith, { user: "ann0" });
    await wire.join("friends");
    wire.socket.pause();
    const began = Date.now();
    await kith.stop();
    assert.ok(Date.now() - began < 12000, `${Date.now() - began} ms`);
    wire.cut();
  });
});

test("a server that was stopped for a while reads before it judges", async (t) => {
  const IDLE_S = 3; /* all the others answer pings while the last ones connect */
  const kith = await ownKith(t, {
    graph: "ann ben\n",
    settings: { "server.ping_s": 0.5, "server.idle_s": IDLE_S },
  });
  const wires = [];
  for (let i = 0; i < 300; i++) wires.push(await Wire.open(kith, { user: `ann${i}` }));
  process.kill(kith.pid, "SIGSTOP");
  for (const wire of wires) wire.raw('[null,"h","phoenix","heartbeat",{}]');
  await sleep(IDLE_S * 1000 + 500);
  process.kill(kith.pid, "SIGCONT");
  for (const wire of wires) {
    const [, , , event] = await wire.next();
    assert.equal(event, "phx_reply");
    assert.equal(wire.socket.readyState, wire.socket.OPEN);
  }
  for (const wire of wires) wire.cut();
});

test("what other threads count is told though they sleep", async (t) => {
  const kith = await ownKith(t, { settings: { "server.workers": 4 } });
  const wires = [];
  for (let i = 0; i < 24; i++) wires.push(await Wire.open(kith, { user: `ann${i}` }));
  const opened = async () => (await metric(kith, "kith_connections_opened_total")) >= wires.length;
  await eventually(opened, "all that have come");
  for (const wire of wires) wire.cut();
  /* One that asks is open itself, and so may one be whose end is not seen yet. */
  await eventually(async () => (await metric(kith, "kith_connections")) <= 2, "the end of those that are gone");
});
