// replay.test.mjs -- a replay hears everything: against a server that says what the test tells it
// to, over real sockets, the right words pass, and each wrong one fails.
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, describe, test } from "node:test";
import { WebSocketServer } from "ws";
import { Replay } from "./replay.mjs";
import { readVector } from "./vector.mjs";

const HEARTBEAT = '"phoenix","phx_reply",{"response":{},"status":"ok"}]';
let host;
let answers; /* what the server says to each message, by its text: a list of texts, bytes, codes */
let polls; /* what it says to each path: {status, headers, body} */
let server;

function talk(socket, data) {
  const text = String(data);
  const said = answers[text] ?? [];
  if (text.includes('"heartbeat"')) said.push(`[null,"silence",${HEARTBEAT}`);
  for (const it of said) typeof it === "number" ? socket.close(it) : socket.send(it);
}

before(async () => {
  server = http.createServer((request, response) => {
    const { status = 200, headers = {}, body = "" } = polls[request.url] ?? { status: 404 };
    response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers });
    response.end(body);
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => socket.on("message", (data) => talk(socket, data)));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  host = `127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const OPEN = "open a /socket/websocket?vsn=2.0.0\na> go\n";

const PATIENCE_MS = 20000; /* on a busy machine */
const BRIEF_MS = 1000; /* for what never comes */
const LATE_MS = 1500;

async function play(script, said, patience = PATIENCE_MS) {
  answers = { go: said };
  const [it] = readVector(OPEN + script, "it").cases;
  await new Replay(host, { poll: 50 }, { patience, late: LATE_MS }).play(it);
}
const passes = (name, script, said) => test(name, () => play(script, said));
const fails = (name, script, said, why) =>
  test(name, () => {
    const patience = why.source.includes("nothing came") ? BRIEF_MS : PATIENCE_MS;
    return assert.rejects(play(script, said, patience), why);
  });

describe("frames in order", () => {
  const script = "a< [1]\na< [2]";
  passes("as they should be", script, ["[1]", "[2]"]);
  passes("compared as JSON", script, [" [ 1.0 ]", "[2]"]);
  fails("one too many", script, ["[1]", "[2]", "[3]"], /heard more.*\[3\]/s);
  fails("one missing", script, ["[1]"], /line 4: nothing came/);
  fails("in another order", script, ["[2]", "[1]"], /line 3: .*wanted \[1\]\n  came   \[2\]/s);
  fails("bytes instead", script, [Buffer.from("[1]"), "[2]"], /line 3: no text/);
  fails("no JSON", script, ["[1", "[2]"], /line 3: not JSON/);
  fails("closed instead", script, ["[1]", 1000], /line 4: no text.*1000/s);
});

describe("frames whose order is free between topics", () => {
  const of = (topic, n) => `[null,null,"${topic}","e",${n}]`;
  const script = [of("x", 1), of("x", 2), of("y", 1)].map((it) => `a~ ${it}`).join("\n");
  passes("one way", script, [of("x", 1), of("x", 2), of("y", 1)]);
  passes("or another", script, [of("y", 1), of("x", 1), of("x", 2)]);
  fails("but not within one topic", script, [of("x", 2), of("x", 1), of("y", 1)], /another|is 2e0/);
  fails("one missing", script, [of("x", 1), of("x", 2)], /nothing came/);
  fails("one twice", script, [of("x", 1), of("x", 1), of("y", 1)], /is 1e0/);
});

describe("frames that may be missing", () => {
  const script = "a<? [1]\na<? [2]\na< [3]";
  passes("all there", script, ["[1]", "[2]", "[3]"]);
  passes("one missing", script, ["[2]", "[3]"]);
  passes("all missing", script, ["[3]"]);
  fails("in another order", script, ["[2]", "[1]", "[3]"], /line 5/);
  fails("without what must follow", script, ["[1]", "[2]"], /nothing came/);
  fails("another one", script, ["[4]", "[3]"], /line 5/);
});

describe("bytes", () => {
  passes("as they should be", "a<< 0102ff", [Buffer.from("0102ff", "hex")]);
  fails("others", "a<< 0102ff", [Buffer.from("0102fe", "hex")], /wanted bytes 0102ff/);
  fails("a text", "a<< 31", ["1"], /wanted bytes 31/);
});

describe("close codes", () => {
  passes("the right one", "closed a 1011", [1011]);
  fails("another", "closed a 1011", [1002], /wanted closed 1011, came .*1002/);
  fails("none", "closed a 1011", [], /nothing came/);
  fails("a frame before it", "closed a 1011", ["[1]", 1011], /came .*\[1\]/);
});

describe("answers to requests", () => {
  const body = '{"status":200}';
  const good = { headers: { "X-Kind": "json" }, body };
  async function ask(script, answer) {
    polls = { "/poll": answer };
    await play(`b? GET /poll\n${script}`, []);
  }
  const wanted = `b= 200\n  x-kind: json\n  -x-other\n  ${body}`;

  test("as they should be", () => ask(wanted, good));
  for (const [name, answer, why] of [
    ["another status", { ...good, status: 201 }, /status/],
    ["a header missing", { body }, /header x-kind/],
    ["a header too much", { ...good, headers: { ...good.headers, "x-other": 1 } }, /x-other/],
    ["another body", { ...good, body: '{"status":201}' }, /\.status is 201/],
    ["no date", { ...good, headers: { ...good.headers, date: "long ago" } }, /date/],
  ])
    test(name, () => assert.rejects(ask(wanted, answer), why));

  test("a body that is a text must be it, all of it", async () => {
    await ask("b= 200\n  | yes", { body: "yes" });
    await ask("b= 200\n  ^ y", { body: "yes" });
    await assert.rejects(ask("b= 200\n  | y", { body: "yes" }), /body/);
    await assert.rejects(ask("b= 200", { body: "yes" }), /body/);
    await assert.rejects(ask("b= 200\n  ^ es", { body: "yes" }), /body/);
  });

  test("one that is asked and not waited for", () =>
    assert.rejects(ask("", good), /a request that nobody waits for/));
});

describe("time", () => {
  passes("within what it should be", "mark\nwait 2 poll\nelapsed 2..400 poll", []);
  fails("too early", "mark\nelapsed 400..401 poll", [], /passed, not/);
  fails("too late", "mark\nwait 1600 ms\nelapsed 0..1 poll", [], /passed, not/);
});
