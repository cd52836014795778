// session.test.mjs -- what clients, operators and a back end do with a server in a life, for who looks at its memory
// (tests/suites/valgrind.sh).
import assert from "node:assert/strict";
import { test } from "node:test";
import { ownKith } from "../lib/kith.mjs";
import { Polling } from "../lib/polling.mjs";
import { KEYS, pairPath, Rest, userPath } from "../lib/rest.mjs";
import { certificates, showsItself } from "../lib/tls.mjs";
import { jwt } from "../lib/token.mjs";
import { Wire, meet, refused, sleep } from "../lib/wire.mjs";

const GRAPH = "ann ben\nben ann\nann cy\ncy ann\nben cy\ncy ben\n";
const SETTINGS = { ...KEYS, "presence.grace_s": 0.2, "hooks.log": "on" };

const open = (kith, user, more) => Wire.open(kith, { user, token: jwt(user), ...more });
const names = (state) => Object.keys(state).sort();

/** They meet, change, go and come back. */
async function clients(kith) {
  const [ann, ben, cy] = [await open(kith, "ann"), await open(kith, "ben"), await open(kith, "cy", { vsn: "1.0.0" })];
  await meet(ann, ben, cy);
  assert.equal((await ann.push("friends", "status", { status: "away", mood: "so" })).status, "ok");
  await ben.metaOf("ann", "away", {});
  await cy.metaOf("ann", "away", {});
  assert.equal((await ann.push("friends", "watch", { ids: ["dot", "nobody"] })).status, "ok");
  assert.equal((await ann.push("friends", "last_seen", { ids: ["ben", "nobody"] })).status, "ok");
  assert.equal((await ann.push("friends", "token", { token: jwt("ann", 900) })).status, "ok");
  assert.equal((await ann.push("friends", "nonsense", {})).status, "error");
  assert.deepEqual(names(await ann.join("user:ann")), ["ben", "cy"]);
  await ann.leave("user:ann");
  return { ann, ben, cy };
}

/** A back end asks, and changes who may see whom. */
async function backEnd(rest, { ben }) {
  await rest.put(pairPath("ann", "blocks", "ben"));
  await ben.loses("ann");
  await rest.delete(pairPath("ann", "blocks", "ben"));
  await ben.sees("ann");
  await rest.put(userPath("ann", "visibility"), { mode: "only", ids: ["cy"] });
  await ben.loses("ann");
  await rest.put(userPath("ann", "visibility"), { mode: "friends" });
  await ben.sees("ann");
  await rest.get(userPath("ann", "presence"));
  await rest.get(userPath("ann", "audience"));
  await rest.post("/v1/presence/query", { ids: ["ann", "ben", "nobody"] });
  await rest.post(userPath("ben", "push"), { event: "letter", payload: { from: "ann" } });
  await ben.until((frame) => ben.eventOf(frame) === "letter");
  await rest.get("/v1/events");
  await rest.ask("GET", "/v1/graph/export");
  for (const path of ["/metrics", "/healthz", "/readyz", "/"]) await (await fetch(rest.kith.api + path)).text();
  assert.equal((await rest.refusal("PUT", userPath("ann", "visibility"), { mode: "all" }))[0], 400);
}

async function longpoll(kith) {
  const dot = await Polling.begin(kith.host, `token=${jwt("dot")}`);
  await dot.post(["1", "1", "friends", "phx_join", {}], [null, "2", "phoenix", "heartbeat", {}]);
  await dot.messages(3);
}

test("a life of a server, with all who come to it", async (t) => {
  const kith = await ownKith(t, { tokens: true, graph: GRAPH, settings: SETTINGS });
  const rest = new Rest(kith, "admin");
  const wires = await clients(kith);
  await backEnd(rest, wires);
  await longpoll(kith);
  await refused(kith, { token: "no.token.at-all" });
  wires.cy.raw("this is no frame of the wire");
  wires.ben.cut();
  await wires.ann.loses("ben");
  await rest.post(userPath("ann", "disconnect"), { until: Math.ceil(Date.now() / 1000) + 5 });
  await rest.delete("/v1/users/cy");
  await kith.stop();
  await kith.launch();
  const ben = await open(kith, "ben");
  await ben.join("friends");
});

test("the same over TLS", async (t) => {
  const folder = await certificates(t);
  const settings = { ...SETTINGS, ...(await showsItself(folder)) };
  const kith = await ownKith(t, { tokens: true, graph: GRAPH, settings });
  const [ann, ben] = [await open(kith, "ann"), await open(kith, "ben")];
  await meet(ann, ben);
  await ann.push("friends", "status", { status: "away" });
  await ben.metaOf("ann", "away", {});
  ann.cut();
  await ben.loses("ann");
  await sleep(100);
});
