// bench.test.mjs -- kith bench over wss: all that is due comes, and what keeps it from coming is told.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { test } from "node:test";
import { KITH, Kith } from "../lib/kith.mjs";
import { CA_FILE, secureKith } from "../lib/tls.mjs";

const kithSays = (...args) =>
  new Promise((done) =>
    execFile(KITH, args, (error, out, err) => done({ code: error?.code ?? 0, out, err })),
  );

const GRAPH = ["--users", "60", "--graph", "ring:10"];
const bench = (url, ...options) =>
  kithSays("bench", url, ...GRAPH, "--seconds", "1", "--cacert", CA_FILE, ...options);

test("everybody is told what is due, who stays, comes back, or reads late", async (t) => {
  const graph = (await kithSays("bench", "graph", ...GRAPH)).out;
  const { kith } = await secureKith(t, { graph, settings: { "presence.grace_s": 1 } });
  const phases = ["--phases", "storm,steady,churn", "--churn-rate", "20", "--grace-ms", "1000"];
  const all = await bench(kith.websocket, ...phases, "--processes", "2", "--json");
  assert.equal(all.code, 0, all.err + all.out);
  const { phases: told, wrong } = JSON.parse(all.out);
  assert.equal(wrong, 0);
  assert.ok(told.filter(({ name }) => name === "steady").every(({ due, met }) => due > 0 && due === met));
  const late = await bench(`https://${kith.host}`, "--phases", "storm,steady,read", "--stalled", "6");
  assert.equal(late.code, 0, late.err + late.out);
  assert.match(late.out, /^nothing wrong$/m);
});

test("a state of many records comes whole", async (t) => {
  const many = ["--users", "60", "--graph", "ring:50", "--note", "900"];
  const graph = (await kithSays("bench", "graph", ...many.slice(0, 4))).out;
  const { kith } = await secureKith(t, { graph, settings: { "presence.grace_s": 0 } });
  const noted = [...many, "--phases", "storm,steady,churn", "--churn-rate", "5", "--grace-ms", "0"];
  const all = await bench(kith.websocket, ...noted);
  assert.equal(all.code, 0, all.err + all.out);
  assert.match(all.out, /^nothing wrong$/m);
});

test("whom nobody vouches for is not measured, and it says what to do", async (t) => {
  const { kith } = await secureKith(t, {});
  const unknown = await kithSays("bench", kith.websocket, ...GRAPH);
  assert.equal(unknown.code, 69);
  assert.match(unknown.err, /its certificate is not trusted \(.*\); .* --cacert FILE if its CA is your own/);
  const other = await bench(kith.websocket.replace("127.0.0.1", "127.0.0.2"));
  assert.match(other.err, /IP address mismatch.*say the name that it is for|Connection refused/);
  const none = await kithSays("bench", kith.websocket, ...GRAPH, "--cacert", "/none.pem");
  assert.equal(none.code, 64);
  assert.match(none.err, /--cacert \/none\.pem cannot be read/);
});

test("where TLS is spoken, and ws:// said, it says so", async (t) => {
  const { kith } = await secureKith(t, {});
  const plain = await bench(kith.websocket.replace("wss:", "ws:"));
  assert.equal(plain.code, 69);
  assert.match(plain.err, /the server answers 400 to ws:\/\/.*; is that where it speaks no TLS\? Else say wss:\/\//);
});

test("where no TLS is spoken it says so", async (t) => {
  const kith = new Kith({});
  t.after(() => kith.end());
  await kith.start();
  const plain = await bench(kith.websocket.replace("ws:", "wss:"));
  assert.equal(plain.code, 69);
  assert.match(plain.err, /speaks no TLS, .* is at ws:\/\//);
  const mute = createServer().listen(0, "127.0.0.1");
  t.after(() => mute.close());
  await new Promise((done) => mute.once("listening", done));
  const silent = await bench(`wss://127.0.0.1:${mute.address().port}`);
  assert.equal(silent.code, 69);
  assert.match(silent.err, /no TLS is spoken there within 3 s/);
});
