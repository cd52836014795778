// log.test.mjs -- the log of a busy server, at its most talkative: no token, no key, no status, nothing that is pushed
// or asked for is in it, and no id begins a line of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ownKith } from "../lib/kith.mjs";
import { Polling } from "../lib/polling.mjs";
import { KEYS, Rest, bearer, pairPath, userPath } from "../lib/rest.mjs";
import { inSeconds, jwt } from "../lib/token.mjs";
import { Wire, refused, sleep } from "../lib/wire.mjs";

const HOSTILE = ["ann\nkith: error: all is lost", 'ben"\\\x1b[31m\u202e', "cem\r\n\r\n{}"];
const SECONDS_MS = 1200; /* a token that is over by then */

/* What nobody may find in a log. */
const CANARIES = {
  status: "canary-status",
  field: "canary-field",
  push: "canary-push",
  event: "canary-event",
  device: "canary-device",
  asked: "canary-asked-for",
  topic: "room:canary-topic",
  header: "canary-header",
  path: "canary-path",
  secret: "canary-secret-of-more-than-thirty-two-bytes",
};

/** Pushes it, and waits for whatever it is answered. */
async function ask(wire, topic, event, payload = {}) {
  const ref = wire.newRef();
  wire.send(event === "phx_join" ? ref : "1", ref, topic, event, payload);
  await wire.until((frame) => wire.eventOf(frame) === "phx_reply" && frame[1] === ref);
}

async function busy(kith) {
  const rest = new Rest(kith, "admin");
  const [ann, ben, cem] = HOSTILE;
  const tokens = [];
  const tokenOf = (user, ttl) => (tokens.push(jwt(user, ttl)), tokens.at(-1));
  await rest.put(pairPath(ann, "friends", ben));
  await rest.put(pairPath(ann, "blocks", cem));
  const wires = [];
  for (const [i, user] of HOSTILE.entries()) {
    const how = i === 0 ? { token: tokenOf(user) } : { token: tokenOf(user), device: CANARIES.device };
    wires.push(await Wire.open(kith, how));
    await wires[i].join("friends", { status: CANARIES.status, field: CANARIES.field });
    await ask(wires[i], "friends", "watch", { ids: [CANARIES.asked] });
    await ask(wires[i], "friends", "last_seen", { ids: [CANARIES.asked] });
    await ask(wires[i], "friends", "status", { status: `${CANARIES.status}-2` });
    await ask(wires[i], "friends", "token", { token: tokenOf(user) });
    await ask(wires[i], "friends", "token", { token: tokenOf("somebody else") });
    await ask(wires[i], "friends", CANARIES.event, { [CANARIES.field]: CANARIES.push });
    await ask(wires[i], CANARIES.topic, "phx_join");
    await ask(wires[i], `user:${CANARIES.asked}`, "phx_join");
  }
  const poll = await Polling.begin(kith.host, `token=${encodeURIComponent(tokenOf(ann))}`);
  await poll.post(["1", "1", "friends", "phx_join", { status: CANARIES.status }]);
  await rest.post(userPath(ann, "push"), { event: CANARIES.event, payload: { text: CANARIES.push } });
  await rest.post("/v1/broadcast", { event: CANARIES.event, payload: CANARIES.push });
  await rest.post("/v1/presence/query", { ids: [...HOSTILE, CANARIES.asked], as: ben });
  await rest.put(userPath(ann, "visibility"), { mode: "only", ids: [CANARIES.asked] });
  const odd = { authorization: `Bearer ${CANARIES.secret}`, "x-request-id": `${CANARIES.header} is odd` };
  for (const path of [userPath(CANARIES.asked, "presence"), `/v1/${CANARIES.path}?as=${CANARIES.asked}`, `/${CANARIES.path}`])
    for (const headers of [odd, bearer("admin")]) await (await fetch(`${kith.api}${path}`, { headers })).text();
  const bad = [jwt(ann, -60), jwt(ann, 60, { secret: CANARIES.secret }), "canary-no-token"];
  for (const token of bad) assert.equal((await refused(kith, { token })).status, 403);
  tokens.push(...bad);
  const short = await Wire.open(kith, { token: tokenOf(cem, 1) });
  wires[1].raw("no message"); /* 1011 */
  await wires[1].closed;
  await rest.post(userPath(ben, "disconnect"), { until: inSeconds(60) });
  assert.equal((await refused(kith, { token: tokenOf(ben) })).status, 403);
  await rest.delete(`/v1/users/${encodeURIComponent(cem)}`);
  await sleep(SECONDS_MS);
  await short.cut();
  await Promise.all(wires.map((wire) => wire.cut()));
  return tokens;
}

for (const format of ["text", "json"])
  test(`the log as ${format} holds nothing of what clients and back ends say`, async (t) => {
    const settings = { ...KEYS, "server.workers": 2, "log.level": "debug", "log.format": format };
    const kith = await ownKith(t, { tokens: true, settings });
    const tokens = await busy(kith);
    await kith.stop();
    const log = kith.errors;
    for (const [name, canary] of Object.entries(CANARIES)) assert.ok(!log.includes(canary), `${name}: ${log}`);
    for (const token of tokens)
      for (const part of token.split(".")) assert.ok(!log.includes(part) || part === tokens[0].split(".")[0], log);
    for (const { authorization } of ["read", "write", "admin"].map(bearer))
      assert.ok(!log.includes(authorization.split(" ")[1]), log);
    const lines = log.split("\n").slice(0, -1);
    const of = (words) => lines.filter((line) => line.includes(words)).length;
    for (const words of ["a session begins", "a session ends", "a join is answered", "a join is refused"])
      assert.ok(of(words) >= 3, `${words}: ${log}`);
    assert.ok(of("an upgrade is refused") >= 4, log);
    assert.ok(of("API request") >= 10, log);
    for (const line of lines)
      if (format === "text") assert.match(line, /^kith(: (debug|info|warning)| serve): [\x20-\x7e]*$/);
      else if (!line.startsWith("kith serve: ")) JSON.parse(line);
  });
