// friends.test.mjs -- friends as a back end says them over HTTP: the sample of examples/friends, and
// one that is slow, lost, or says what is none.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { KITH, ownKith } from "../lib/kith.mjs";
import { freePort } from "../lib/port.mjs";
import { Rest, pairPath } from "../lib/rest.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

const SAMPLE = fileURLToPath(new URL("../../examples/friends/backend.py", import.meta.url));

/** A back end within the test: `friends` of each user, or what `answer` makes of a request. */
class Backend {
  friends = new Map();
  asked = [];
  answer = null;

  static async begin(t) {
    const backend = new Backend();
    backend.server = createServer(async (request, response) => {
      const [, user] = /^\/base\/users\/([^/]+)\/friends$/.exec(request.url) ?? [];
      const id = user && decodeURIComponent(user);
      backend.asked.push(id ?? request.url);
      backend.authorization = request.headers.authorization;
      if (backend.answer) return backend.answer(id, response);
      const friends = backend.friends.get(id);
      if (!friends) return response.writeHead(404).end();
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ friends }));
    });
    await backend.listen(await freePort());
    t.after(() => backend.shut());
    return backend;
  }

  async listen(port) {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = port;
  }

  shut() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }

  befriend(one, other) {
    for (const [user, friend] of [[one, other], [other, one]])
      this.friends.set(user, [...(this.friends.get(user) ?? []), friend]);
  }

  settings(more = {}) {
    return {
      "source.url": `http://127.0.0.1:${this.port}/base/`,
      "source.timeout_s": 0.5,
      "source.sweep_s": 3600,
      ...more,
    };
  }

  count(user) {
    return this.asked.filter((id) => id === user).length;
  }
}

const open = (kith, user) => Wire.open(kith, { user });

test("friends see each other, also those with names that a path has to escape", async (t) => {
  const back = await Backend.begin(t);
  const odd = ["..", "a/b c", "\u2615?#%", "ann", "az-AZ_09~", "@[`{:,^!"];
  for (const user of odd.slice(1)) back.befriend("..", user);
  const kith = await ownKith(t, { settings: back.settings() });
  const first = await open(kith, "..");
  assert.deepEqual(await first.join("friends"), {});
  for (const user of odd.slice(1)) {
    const wire = await open(kith, user);
    assert.deepEqual(Object.keys(await wire.join("friends")), [".."]);
    await first.sees(user);
    wire.cut();
  }
  first.cut();
});

test("numbers are ids, what is none is passed over, and who is nobody has no friends", async (t) => {
  const back = await Backend.begin(t);
  back.friends.set("1", [2, "3", null, {}, "", 1.5, "3"]);
  const kith = await ownKith(t, { settings: back.settings() });
  const [two, three, one] = await Promise.all(["2", "3", "1"].map((user) => open(kith, user)));
  await two.join("friends");
  await three.join("friends");
  assert.deepEqual(Object.keys(await one.join("friends")).sort(), ["2", "3"]);
  for (const wire of [one, two, three]) wire.cut();
});

test("the sample says that a friendship has begun, and has ended, and both see it at once", async (t) => {
  const kith = await ownKith(t, { settings: { "source.url": "http://127.0.0.1:1/", "source.sweep_s": 3600 } });
  await kith.stop();
  const child = spawn("python3", [SAMPLE, "0", "http://127.0.0.1:1"], { stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => child.kill("SIGKILL"));
  let [text] = await once(child.stdout, "data");
  const [, port] = /^listening on (\d+)/.exec(text);
  child.kill("SIGKILL");
  await once(child, "close");
  /* Each is to know where the other is. */
  const folder = await mkdtemp(join(tmpdir(), "kith-friends-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(kith.config, `[source]\nurl = http://127.0.0.1:${port}\nsweep_s = 3600\n`, { mode: 0o600 });
  await kith.launch();
  const backend = spawn("python3", [SAMPLE, port, kith.api], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => backend.kill("SIGKILL"));
  await once(backend.stdout, "data");
  const [ann, bob] = [await open(kith, "ann"), await open(kith, "bob")];
  assert.deepEqual(await ann.join("friends"), {});
  assert.deepEqual(await bob.join("friends"), {});
  const change = (method) => fetch(`http://127.0.0.1:${port}/friendships/ann/bob`, { method });
  await change("PUT");
  await Promise.all([ann.sees("bob"), bob.sees("ann")]);
  await change("DELETE");
  await Promise.all([ann.loses("bob"), bob.loses("ann")]);
  for (const wire of [ann, bob]) wire.cut();
});

test("the sample that is begun without its words says which they are", async () => {
  for (const words of [[], ["8081"], ["port", "http://127.0.0.1:1"]]) {
    const sample = spawn("python3", [SAMPLE, ...words], { stdio: ["ignore", "ignore", "pipe"], timeout: 20000 });
    const [said] = await once(sample.stderr, "data");
    assert.match(String(said), /^Usage: python3 backend\.py PORT API_URL /);
  }
});

test("the sample answers at once on a connection that is used again", async (t) => {
  const sample = spawn("python3", [SAMPLE, "0", "http://127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => sample.kill());
  const [line] = await once(sample.stdout, "data");
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const port = Number(/\d+/.exec(line)[0]);
  const took = [];
  for (let i = 0; i < 60; i++) {
    const from = performance.now();
    const [response] = await once(get({ agent, port, path: "/users/ann/friends" }), "response");
    for await (const _ of response);
    took.push(performance.now() - from);
  }
  took.sort((a, b) => a - b);
  assert.ok(took[30] < 25, `${took[30]} ms at the median`); /* 40 where a head waits for its body's leave */
});

test("a join within the while of the cache asks nobody, and a refresh forgets it", async (t) => {
  const back = await Backend.begin(t);
  back.befriend("ann", "bob");
  const kith = await ownKith(t, { settings: back.settings() });
  const rest = new Rest(kith);
  for (let i = 0; i < 3; i++) {
    const wire = await open(kith, "ann");
    await wire.join("friends");
    wire.cut();
  }
  assert.equal(back.count("ann"), 1);
  await rest.post("/v1/users/ann/refresh");
  const wire = await open(kith, "ann");
  await wire.join("friends");
  assert.equal(back.count("ann"), 2);
  wire.cut();
});

test("with cache_s = 0 each join asks", async (t) => {
  const back = await Backend.begin(t);
  const kith = await ownKith(t, { settings: back.settings({ "source.cache_s": 0 }) });
  for (let i = 0; i < 3; i++) {
    const wire = await open(kith, "ann");
    await wire.join("friends");
    wire.cut();
  }
  assert.equal(back.count("ann"), 3);
});

test("a sweep finds what nobody has told", async (t) => {
  const back = await Backend.begin(t);
  const kith = await ownKith(t, { settings: back.settings({ "source.sweep_s": 0.3 }) });
  const [ann, bob] = [await open(kith, "ann"), await open(kith, "bob")];
  await ann.join("friends");
  await bob.join("friends");
  back.befriend("ann", "bob");
  await Promise.all([ann.sees("bob"), bob.sees("ann")]);
  for (const wire of [ann, bob]) wire.cut();
});

test("while it is lost who joins is told the friends that were read last, and who never joined is refused", async (t) => {
  const back = await Backend.begin(t);
  back.befriend("ann", "bob");
  const kith = await ownKith(t, { settings: back.settings({ "source.cache_s": 0 }) });
  const bob = await open(kith, "bob");
  await bob.join("friends");
  const before = await open(kith, "ann");
  await before.join("friends");
  before.cut();
  await back.shut();
  const began = Date.now();
  const ann = await open(kith, "ann");
  assert.deepEqual(Object.keys(await ann.join("friends")), ["bob"]);
  assert.ok(Date.now() - began < 3000);
  const eve = await open(kith, "eve");
  const ref = eve.newRef();
  eve.send(ref, ref, "friends", "phx_join");
  assert.equal(eve.payloadOf(await eve.next()).status, "error");
  assert.match(kith.errors, /application's .* lost/);
  await back.listen(back.port);
  await eventually(() => /is back, after/.test(kith.errors), "that it is back");
  for (const wire of [ann, bob, eve]) wire.cut();
});

test("one that is not there at the start is said to be lost before anybody joins, and to be back", async (t) => {
  const back = await Backend.begin(t);
  await back.shut();
  const kith = await ownKith(t, { settings: back.settings() });
  assert.match(kith.errors, /cannot be reached/);
  const says = async (up) => {
    const text = await (await fetch(`${kith.api}/metrics`)).text();
    return text.includes(`\nkith_source_up ${up}\n`) && /^kith_source_lost_seconds 0(\.0+)?$/m.test(text) === (up === 1);
  };
  await eventually(() => says(0), "that it is lost");
  await back.listen(back.port);
  await eventually(() => says(1), "that it is back");
  assert.match(kith.errors, /is back, after/);
  back.befriend("ann", "bob");
  const ann = await open(kith, "ann");
  await ann.join("friends");
  ann.cut();
});

test("one that is slow holds up a join for its bound, and nobody else", async (t) => {
  const back = await Backend.begin(t);
  back.answer = (id, response) => {
    if (id === "slow") return;
    response.writeHead(200).end('{"friends":[]}');
  };
  const kith = await ownKith(t, { settings: back.settings({ "source.connections": 4 }) });
  const slow = await open(kith, "slow");
  const ref = slow.newRef();
  const began = Date.now();
  slow.send(ref, ref, "friends", "phx_join");
  const refused = slow.next().then((frame) => ({ frame, ms: Date.now() - began }));
  const ann = await open(kith, "ann");
  await ann.join("friends");
  const annTook = Date.now() - began;
  const { frame, ms } = await refused;
  assert.equal(slow.payloadOf(frame).status, "error");
  assert.ok(annTook < ms, `ann waited for ${annTook} ms, slow for ${ms}`);
  assert.ok(ms < 4000, `slow waited for ${ms} ms`);
  for (const wire of [slow, ann]) wire.cut();
});

test("what is no list, too long, or refused is said, and leaves the friends as they were", async (t) => {
  const back = await Backend.begin(t);
  back.befriend("ann", "bob");
  const kith = await ownKith(t, { settings: back.settings({ "source.cache_s": 0 }) });
  const bob = await open(kith, "bob");
  await bob.join("friends");
  const first = await open(kith, "ann");
  await first.join("friends");
  first.cut();
  const answers = [
    (response) => response.writeHead(401).end(),
    (response) => response.writeHead(403).end(),
    (response) => response.writeHead(200).end("[]"),
    (response) => response.writeHead(200).end('{"friends":"bob"}'),
    (response) => response.writeHead(200).end('{"friends":['),
    (response) => response.writeHead(302, { location: "/" }).end(),
  ];
  for (const answer of answers) {
    back.answer = (_, response) => answer(response);
    const ann = await open(kith, "ann");
    assert.deepEqual(Object.keys(await ann.join("friends")), ["bob"]);
    ann.cut();
  }
  assert.match(kith.errors, /friends of user "ann" cannot be read \(it answers 401: is source.key_file one that/);
  back.answer = (_, response) => response.writeHead(200).end(`{"friends":["${"x".repeat(5 << 20)}"]}`);
  const ann = await open(kith, "ann");
  assert.deepEqual(Object.keys(await ann.join("friends")), ["bob"]);
  for (const wire of [ann, bob]) wire.cut();
});

/* Of `bad` alone nothing can be said, in one way after the other. */
test("one of whom nothing can be said is refused alone, and others who never joined are not", async (t) => {
  const back = await Backend.begin(t);
  const kith = await ownKith(t, { settings: back.settings({ "source.cache_s": 0 }) });
  const ways = [
    (response) => response.writeHead(500).end(),
    (response) => response.destroy(),
    (response) => response.writeHead(200, { "content-length": 100 }).write("{", () => response.destroy()),
    (response) => response.writeHead(200).end(`{"friends":["${"x".repeat(5 << 20)}"]}`),
    () => {},
  ];
  for (const [i, way] of ways.entries()) {
    back.answer = (id, response) => (id === "bad" ? way(response) : response.writeHead(200).end('{"friends":[]}'));
    const bad = await open(kith, "bad");
    const ref = bad.newRef();
    bad.send(ref, ref, "friends", "phx_join");
    assert.equal(bad.payloadOf(await bad.next()).status, "error");
    const other = await open(kith, `other${i}`);
    await other.join("friends");
    for (const wire of [bad, other]) wire.cut();
  }
  assert.doesNotMatch(kith.errors, /lost/);
});

test("a check of the config asks of nobody, and says what to answer", async (t) => {
  const back = await Backend.begin(t);
  const folder = await mkdtemp(join(tmpdir(), "kith-friends-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const config = join(folder, "kith.conf");
  await writeFile(config, `[server]\nauth = none\nlisten = 127.0.0.1:0\ndata = ${folder}/data\n[source]\nurl = http://127.0.0.1:${back.port}/base\ntimeout_s = 0.5\n`);
  const check = () => promisify(execFile)(KITH, ["config", "check", config]).then(() => "", ({ code, stderr }) => [code, stderr]);
  assert.equal(await check(), "");
  assert.deepEqual(back.asked, ["kith"]);
  const answers = [
    [401, "", /it answers 401: .*key.* to GET .*\/users\/kith\/friends; .* \{"friends":\[\]\}, or 404/],
    [200, "[]", /its answer is no \{"friends":\[\.\.\]\} of ids to GET/],
  ];
  for (const [status, body, words] of answers) {
    back.answer = (_, response) => response.writeHead(status).end(body);
    const [code, said] = await check();
    assert.equal(code, 78, said);
    assert.match(said, words);
  }
});

test("where it fails whoever is asked about it is lost, and found again", async (t) => {
  const back = await Backend.begin(t);
  back.answer = (_, response) => response.writeHead(503).end();
  const kith = await ownKith(t, { settings: back.settings({ "source.cache_s": 0 }) });
  const ann = await open(kith, "ann");
  const ref = ann.newRef();
  ann.send(ref, ref, "friends", "phx_join");
  assert.equal(ann.payloadOf(await ann.next()).status, "error");
  await eventually(() => /lost \(it answers 503\)/.test(kith.errors), "that it is said");
  back.answer = null;
  await eventually(() => /is back, after/.test(kith.errors), "that it is back");
  ann.cut();
});

test("edges are not changed here, and it is shown its key", async (t) => {
  const back = await Backend.begin(t);
  const folder = await mkdtemp(join(tmpdir(), "kith-friends-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const key = join(folder, "key");
  await writeFile(key, "a-key-of-the-tests\n", { mode: 0o600 });
  const kith = await ownKith(t, { settings: back.settings({ "source.key_file": key }) });
  const rest = new Rest(kith);
  assert.deepEqual(await rest.refusal("PUT", pairPath("ann", "friends", "bob")), [405, "not_kept_here"]);
  await rest.put(pairPath("ann", "blocks", "bob"));
  const wire = await open(kith, "ann");
  await wire.join("friends");
  assert.equal(back.authorization, "Bearer a-key-of-the-tests");
  wire.cut();
});

test("without a source there is nothing to be read again", async (t) => {
  const kith = await ownKith(t, {});
  assert.deepEqual(await new Rest(kith).refusal("POST", "/v1/users/ann/refresh"), [404, "no_source"]);
});
