// request_ids.test.mjs -- by which id a request is known: its own if it is sane, else a new one; in the answer and in the
// log, which tells how the request went, and of whom it was about nothing.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { Asking } from "../lib/asking.mjs";
import { ownKith } from "../lib/kith.mjs";
import { KEYS, Rest, bearer, pairPath, userPath } from "../lib/rest.mjs";
import { eventually } from "../lib/wire.mjs";

const PATIENCE_MS = 15000;
const MADE = /^[0-9a-f]{32}$/;
const JSON_LINES = { "log.format": "json" };

/** The lines of a log of JSON; every one is an object. */
const lines = (kith) =>
  kith.errors
    .split("\n")
    .slice(0, -1) /* the last one may not be whole yet */
    .filter((line) => !line.startsWith("kith serve: "))
    .map((line) => JSON.parse(line));

async function lineOf(kith, id) {
  const found = () => lines(kith).filter((line) => line.request_id === id);
  await eventually(() => found().length, `a line of ${id}`);
  assert.equal(found().length, 1);
  return found()[0];
}

test("an id that is sane is taken, and told in the answer and in the log", async (t) => {
  const kith = await ownKith(t, { settings: JSON_LINES });
  const rest = new Rest(kith);
  const longest = "x".repeat(64);
  for (const id of ["abc", "Root=1-67891233-abcdef012345678912345678", "a.b_c:d/e+f", longest]) {
    const { headers } = await rest.ask("PUT", pairPath("ann", "friends", "ben"), undefined, { "x-request-id": id });
    assert.equal(headers.get("x-request-id"), id);
    const { time, took_ms, ...rest_ } = await lineOf(kith, id);
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(Math.abs(new Date(time) - new Date()) < PATIENCE_MS);
    assert.ok(Number.isInteger(took_ms) && took_ms >= 0);
    assert.deepEqual(rest_, {
      level: "info",
      message: "API request",
      method: "PUT",
      path: "/v1/users/*/friends/*",
      status: 204,
      request_id: id,
    });
  }
});

test("any other, and none, gets one of the server's, and no two the same", async (t) => {
  const kith = await ownKith(t, { settings: JSON_LINES });
  const host = new URL(kith.api).host;
  const seen = new Set();
  const given = [[], ["x".repeat(65)], ["a b"], ['a"b'], ["a,b"], ["a;b"], ["one", "two"]];
  for (const ids of given) {
    const headers = ids.map((id, i) => [["x-request-id", "X-Request-Id"][i], id]);
    const asking = await Asking.send(host, { method: "GET", path: userPath("a", "presence"), headers });
    const answer = await asking.answer(PATIENCE_MS);
    assert.equal(answer.status, 200, JSON.stringify(ids));
    const id = answer.headers.get("x-request-id");
    assert.match(id, MADE, JSON.stringify(ids));
    await lineOf(kith, id);
    seen.add(id);
  }
  assert.equal(seen.size, given.length);
});

test("what is refused, and what goes piece by piece, has one too", async (t) => {
  const kith = await ownKith(t, { tokens: true, settings: { ...KEYS, ...JSON_LINES } });
  const ask = async (method, path, headers = {}, body = undefined) => {
    const answer = await fetch(`${kith.api}${path}`, { method, headers, body });
    await answer.text();
    return [answer.status, await lineOf(kith, answer.headers.get("x-request-id"))];
  };
  const admin = bearer("admin");
  const graph = { ...admin, "content-type": "text/plain" };
  for (const [status, path, asked] of [
    [401, "/v1/users/*/presence", ["GET", userPath("a", "presence")]],
    [404, "unknown", ["GET", "/v1/no/such/secret-id", admin]],
    [405, "unknown", ["POST", userPath("a", "presence"), admin]],
    [403, "/v1/users/*", ["DELETE", "/v1/users/a", bearer("read")]],
    [200, "/v1/graph/export", ["GET", "/v1/graph/export", admin]],
    [200, "/v1/graph/import", ["POST", "/v1/graph/import", graph, "1 2\n"]],
  ]) {
    const [got, line] = await ask(...asked);
    assert.equal(got, status);
    assert.equal(line.status, status);
    assert.equal(line.path, path);
  }
  assert.ok(!kith.errors.includes("secret"), kith.errors);
});

test("whoever has no key fills no log, and hides nothing in it", async (t) => {
  const kith = await ownKith(t, { tokens: true, settings: { ...KEYS, ...JSON_LINES } });
  const ask = async (headers = {}) => {
    const answer = await fetch(`${kith.api}${userPath("a", "presence")}`, { headers });
    await answer.text();
    return answer.headers.get("x-request-id");
  };
  for (let i = 0; i < 60; i++) await ask();
  await lineOf(kith, await ask(bearer("read")));
  assert.equal(kith.errors.split('"status":401').length - 1, 20);
});

test("one whose client has gone is told as that", async (t) => {
  const kith = await ownKith(t, { settings: JSON_LINES });
  const asking = await Asking.send(new URL(kith.api).host, {
    method: "POST",
    path: "/v1/graph/import",
    headers: [["x-request-id", "gone"], ["content-type", "text/plain"], ["content-length", "100"]],
  });
  await asking.cut();
  const line = await lineOf(kith, "gone");
  assert.equal(line.message, "API request, whose client has gone");
  assert.equal(line.status, undefined);
});

test("what the console asks each second is told to the most talkative log alone", async (t) => {
  for (const level of ["info", "debug"]) {
    const kith = await ownKith(t, { settings: { ...JSON_LINES, "log.level": level } });
    for (const path of ["/v1/live", "/v1/nodes"]) await (await fetch(`${kith.api}${path}`)).text();
    await fetch(`${kith.api}/v1/none`, { headers: { "x-request-id": "last" } });
    await lineOf(kith, "last");
    const polls = lines(kith).filter(({ path }) => path === "/v1/live" || path === "/v1/nodes");
    assert.equal(polls.length, level === "debug" ? 2 : 0);
  }
});

test("a quieter log leaves them out", async (t) => {
  const kith = await ownKith(t, { settings: { "log.level": "warning" } });
  const { status } = await new Rest(kith).ask("GET", userPath("a", "presence"));
  assert.equal(status, 200);
  await kith.stop();
  assert.ok(!kith.errors.includes("API request"), kith.errors);
});

test("a reload changes its level and its form", async (t) => {
  const kith = await ownKith(t, { settings: { "log.level": "warning" } });
  const rest = new Rest(kith);
  const ask = (id) => rest.ask("GET", userPath("a", "presence"), undefined, { "x-request-id": id });
  await ask("before");
  const text = await readFile(kith.config, "utf8");
  await writeFile(kith.config, text.replace("level = warning", "level = info\nformat = json"));
  process.kill(kith.pid, "SIGHUP");
  await eventually(() => kith.errors.includes('"message":"reloaded"'), "that it is reloaded");
  await ask("behind");
  await eventually(() => kith.errors.includes('"request_id":"behind"'), "the line of a request");
  assert.ok(!kith.errors.includes("before"), kith.errors);
});
