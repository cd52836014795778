// answers.test.mjs -- what is said to whoever asks for what is not, or wrongly: nothing of the machine, of the store, or
// of which version it is.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { attackedKith } from "../lib/attacked.mjs";
import { KITH } from "../lib/kith.mjs";
import { getHead } from "../lib/raw.mjs";
import { KEYS, Rest, bearer, pairPath } from "../lib/rest.mjs";
import { answersIn, each, exchange } from "../lib/rude.mjs";
import { jwt } from "../lib/token.mjs";

const befriend = (one, other) => new Rest(kith, "admin").put(pairPath(one, "friends", other));
const kith = attackedKith({ tokens: true, settings: KEYS }, { befriend, token: (user) => jwt(user, 600) });

const IDS = ["a", "a b", "%00", "%ff", "'", "a'--", "..", "%2e%2e", "x".repeat(129), "%F0%9F%98%80", "%", "", "/"];
const API = IDS.flatMap((id) => [
  `/v1/users/${id}/presence`,
  `/v1/users/${id}/presence?as=${id}`,
  `/v1/users/${id}/audience?viewer=${id}`,
  `/v1/users/${id}/visibility`,
  `/v1/users/${id}/friends/${id}`,
  `/v1/users/${id}/push`,
  `/v1/users/${id}`,
  `/v1/events?after=${id}`,
  `/v1/${id}`,
  `/console/${id}`,
]);
const PUBLIC = IDS.flatMap((id) => [
  `/${id}`,
  `/socket/${id}`,
  `/socket/websocket?vsn=${id}&token=${id}`,
  `/socket/longpoll?token=${id}`,
  `/demo/${id}`,
  `/echo?${id}`,
]);
const BODIES = ["", "{", '{"ids":[1]}', '{"event":1}', "null", '{"mode":"\\u0000"}', "\xff", '{"until":1e400}'];

/* Of answers to those who may do nothing, and to those who may do all. */
const HEADERS = { nobody: {}, wrong: { Authorization: "Bearer wrong" }, admin: bearer("admin") };
const TELLS =
  /sqlite|\bSQL\b|select |insert |constraint|\/src\/|\.[ch]:\d|0x[0-9a-f]{5,}|\berrno\b|no such file|openssl|epoll|segfault/i;

test("no answer tells of paths, of the store, of addresses in memory, or of the version", async () => {
  const version = /\d+\.\d+\.\d+\S*/.exec(execFileSync(KITH, ["--version"]).toString())[0];
  const asked = [];
  for (const [host, paths, methods] of [
    [new URL(kith.api).host, API, ["GET", "PUT", "POST", "DELETE", "PATCH"]],
    [kith.host, PUBLIC, ["GET", "POST", "OPTIONS"]],
  ])
    for (const path of paths)
      for (const method of methods)
        for (const headers of Object.values(HEADERS)) {
          const body = BODIES[asked.length % BODIES.length];
          asked.push({ host, path, method, headers, body: method === "GET" ? "" : body });
        }
  const statuses = new Map();
  await each(asked, async ({ host, path, method, headers, body }) => {
    const type = { "Content-Type": "application/json", "Content-Length": body.length };
    const all = { Host: host, ...headers, ...(body && type), Connection: "close" };
    const heard = await exchange(host, Buffer.from(getHead(path, all, method) + body, "latin1"), { waits: true });
    const [answer, ...more] = answersIn(heard);
    const text = heard.toString("latin1");
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    assert.deepEqual(more, [], `${method} ${path}`);
    assert.ok(answer.status < 500 || answer.status === 501, text);
    assert.ok(!("server" in answer.headers) && !("x-powered-by" in answer.headers), text);
    for (const word of [kith.folder, version]) assert.ok(!text.includes(word), `${word}: ${method} ${path}: ${text}`);
    assert.ok(!TELLS.test(text), `${method} ${path}: ${text}`);
  });
  for (const status of [400, 401, 403, 404, 405]) assert.ok(statuses.get(status) > 5, JSON.stringify([...statuses]));
});
