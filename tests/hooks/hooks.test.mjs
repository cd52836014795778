// hooks.test.mjs -- a back end hears who comes, changes and goes: the samples of examples/hooks, and
// what a request is.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ownKith } from "../lib/kith.mjs";
import { metric } from "../lib/metrics.mjs";
import { getHead, request } from "../lib/raw.mjs";
import { Listener, NODE, PYTHON, Sample, logged } from "../lib/receiver.mjs";
import { Rest, userPath } from "../lib/rest.mjs";
import { Wire, eventually, sleep } from "../lib/wire.mjs";

const QUICK = { "presence.grace_s": 0.2, "presence.restart_grace_s": 1 };

for (const [name, command] of Object.entries({ Python: PYTHON, Node: NODE }))
  test(`the sample in ${name} hears a user come, change and go`, async (t) => {
    const back = await Sample.begin(t, command);
    const kith = await ownKith(t, { settings: back.settings(QUICK) });
    const wire = await Wire.open(kith, { user: "ann" });
    await wire.join("friends", { status: "here" });
    await back.hears(1);
    await wire.push("friends", "status", { status: "away", note: "\u2615 \"lunch\"" });
    await back.hears(2);
    wire.cut();
    await back.hears(3);
    assert.deepEqual(back.of("ann"), ["online", "status", "offline"]);
    const [online, status, offline] = back.events;
    assert.equal(online.old, null);
    assert.equal(online.now.status, "here");
    assert.equal(status.old.phx_ref, online.now.phx_ref);
    assert.equal(status.now.phx_ref_prev, online.now.phx_ref);
    assert.equal(status.now.note, "\u2615 \"lunch\"");
    assert.deepEqual(offline.old, status.now);
    assert.equal(offline.now, null);
    assert.equal(offline.hidden, false);
    assert.ok(Math.abs(Date.now() - offline.at_ms) < 10000);
    back.assertWhole(await logged(new Rest(kith)));
  });

/** What a sample says that is begun so, and ends. */
async function ends([program, ...args], ...more) {
  const child = spawn(program, [...args, ...more], { stdio: ["ignore", "ignore", "pipe"], timeout: 20000 });
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  const [code] = await once(child, "close");
  return `${code}: ${said}`;
}

for (const [name, command] of Object.entries({ Python: PYTHON, Node: NODE }))
  test(`the sample in ${name} says in one line why it does not begin, and never does without a secret`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "kith-hooks-"));
    const taken = createServer().listen(0, "127.0.0.1");
    t.after(() => taken.close() && rm(folder, { recursive: true }));
    await once(taken, "listening");
    const [empty, good] = ["empty", "good"].map((file) => join(folder, file));
    await writeFile(empty, "\n");
    await writeFile(good, "x".repeat(32));
    assert.match(await ends(command), /^1: Usage: \S+ receiver\.\w+ SECRET_FILE PORT\n$/);
    assert.match(await ends(command, good, "http"), /^1: Usage: .*\n$/);
    assert.match(await ends(command, join(folder, "none"), "0"), /^1: receiver\.\w+: .*no such file.*\n$/i);
    assert.match(await ends(command, empty, "0"), /^1: .* holds no secret; make one: openssl rand -base64 48\n$/);
    assert.match(await ends(command, good, String(taken.address().port)), /^1: receiver\.\w+: .*in use.*\n$/);
  });

for (const [name, command] of Object.entries({ Python: PYTHON, Node: NODE }))
  test(`the sample in ${name} takes nothing that is signed with another secret`, async (t) => {
    const back = await Sample.begin(t, command, "another secret than the server's, as long as that");
    const other = await Listener.begin(t);
    const kith = await ownKith(t, {
      settings: { ...back.settings(), "hooks.secret_file": other.secret },
    });
    const wire = await Wire.open(kith, { user: "ann" });
    await wire.join("friends");
    await eventually(() => /it answers 401: has it the secret that hooks.secret_file/.test(kith.errors), "that it is refused");
    assert.deepEqual(back.events, []);
    await eventually(async () => (await metric(kith, "kith_hook_up")) === 0, "that it is not up");
    wire.cut();
  });

for (const [name, command] of Object.entries({ Python: PYTHON, Node: NODE }))
  test(`the sample in ${name} answers whatever a stranger sends, at once`, async (t) => {
    const back = await Sample.begin(t, command);
    const signed = { host: "x", "webhook-id": "1-1", "webhook-timestamp": "1", "webhook-signature": "v1,\u00e4" };
    const post = async (headers) => {
      const { text, socket } = await request({ host: `127.0.0.1:${back.port}` }, `${getHead("/", headers, "POST")}{}`);
      socket.destroy();
      return Number(text.split(" ")[1]);
    };
    for (const length of ["-1", "+2", "2x", "9".repeat(30)])
      assert.match(String(await post({ ...signed, "content-length": length })), /^4/, length);
    for (const key of Object.keys(signed))
      assert.equal(await post({ ...signed, [key]: key === "host" ? "x" : "", "content-length": "2" }), 401, key);
    assert.equal(await post({ ...signed, "content-length": "2" }), 401);
    assert.deepEqual(back.events, []);
  });

test("of those whom nobody sees the back end hears, marked", async (t) => {
  const back = await Listener.begin(t);
  const kith = await ownKith(t, { settings: back.settings(QUICK) });
  const rest = new Rest(kith);
  await rest.put(userPath("ann", "visibility"), { mode: "nobody" });
  const ann = await Wire.open(kith, { user: "ann" });
  await ann.join("friends");
  const bob = await Wire.open(kith, { user: "bob", query: { session: "hidden" } });
  await bob.join("friends");
  const eve = await Wire.open(kith, { user: "eve" });
  await eve.join("friends");
  await back.hears(3);
  assert.deepEqual(
    back.events.map(({ user, event, hidden }) => [user, event, hidden]).sort(),
    [["ann", "online", true], ["bob", "online", true], ["eve", "online", false]],
  );
  for (const wire of [ann, bob, eve]) wire.cut();
});

test("what it does not take is sent again, as it was, and nothing behind it before", async (t) => {
  const back = await Listener.begin(t);
  back.answer = () => (back.requests.length < 4 ? 500 : 204);
  const kith = await ownKith(t, { settings: back.settings({ ...QUICK, "hooks.batch": 1 }) });
  const wire = await Wire.open(kith, { user: "ann" });
  await wire.join("friends");
  for (const status of ["a", "b", "c"]) await wire.push("friends", "status", { status });
  await back.hears(4);
  const ids = back.requests.map(({ id }) => id);
  assert.equal(new Set(ids.slice(0, 4)).size, 1);
  assert.deepEqual(back.events.slice(1).map(({ now }) => now.status), ["a", "b", "c"]);
  assert.ok(back.requests.every(({ count }) => count === 1));
  await eventually(async () => (await metric(kith, "kith_hook_up")) === 1, "that it is up");
  await eventually(async () => (await metric(kith, "kith_hook_failures_total")) === 3, "3 failures");
  assert.equal(await metric(kith, "kith_hook_retries_total"), 3);
  assert.match(kith.errors, /takes events again/);
  assert.equal(kith.errors.split("does not take events").length - 1, 1, "one reason is said once");
  assert.ok(!/"status"|phx_ref|"ann"/.test(kith.errors), "the log has no contents");
  wire.cut();
});

test("one that is slow, or answers by a redirect, has not taken it", async (t) => {
  const back = await Listener.begin(t);
  const slow = async () => {
    await sleep(1000);
    return 204;
  };
  back.answer = () => [slow, () => 302, () => 204][Math.min(back.requests.length - 1, 2)]();
  const kith = await ownKith(t, { settings: back.settings({ ...QUICK, "hooks.timeout_s": 0.3 }) });
  const wire = await Wire.open(kith, { user: "ann" });
  await wire.join("friends");
  await eventually(() => back.requests.length >= 3, "three requests");
  await eventually(async () => (await metric(kith, "kith_hook_up")) === 1, "that it is up");
  assert.match(kith.errors, /no answer in time.*\n.*it answers 302/, "each reason is said");
  wire.cut();
});

test("many events go together, in order", async (t) => {
  const back = await Listener.begin(t);
  let open;
  const opened = new Promise((done) => (open = done));
  back.answer = () => opened.then(() => 204);
  const kith = await ownKith(t, { settings: back.settings({ ...QUICK, "hooks.batch": 20 }) });
  const wires = [];
  for (let i = 0; i < 60; i++) {
    const wire = await Wire.open(kith, { user: `u${i}` });
    await wire.join("friends");
    wires.push(wire);
  }
  const rest = new Rest(kith);
  await eventually(async () => (await logged(rest)).length === 60, "that all are in the log");
  open();
  await back.hears(60);
  back.assertWhole(await logged(rest));
  assert.ok(back.requests.some(({ count }) => count === 20), JSON.stringify(back.requests));
  for (const wire of wires) wire.cut();
});

test("a user who is forgotten is in no event that is still to be sent", async (t) => {
  const back = await Listener.begin(t);
  back.answer = () => 503;
  const kith = await ownKith(t, { settings: back.settings(QUICK) });
  const rest = new Rest(kith);
  for (const user of ["ann", "bob"]) {
    const wire = await Wire.open(kith, { user });
    await wire.join("friends");
  }
  await eventually(async () => (await logged(rest)).length === 2, "that both are in the log");
  await rest.delete("/v1/users/ann");
  const kept = await logged(rest);
  assert.ok(kept.every(({ user }) => user === "bob"));
  back.answer = () => 204;
  await eventually(() => back.of("bob").length > 0, "bob");
  await eventually(async () => (await metric(kith, "kith_hook_queue")) === 0, "all");
  assert.deepEqual(back.of("ann"), []);
});
