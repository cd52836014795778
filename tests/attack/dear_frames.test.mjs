// dear_frames.test.mjs -- the frames that cost most of all that a client may send: how much of a processor each takes.
// With KITH_LONG=1 in milliseconds; else by how much longer it takes than to read as much once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { attackedKith } from "../lib/attacked.mjs";
import { Caller, HEARTBEAT, TEXT, frame, say, sized } from "../lib/flood.mjs";
import { ranSeconds } from "../lib/process.mjs";
import { eventually } from "../lib/wire.mjs";

const BOUND = 1 << 20; /* of a message, if not said otherwise */
const MOST_MS = 10;
const MOST_READINGS = 4;
const ROUNDS = sized(3, 9);
const FRIENDS = 5000;
const TOO_LONG_MS = 60000;

const graph = Array.from({ length: FRIENDS }, (_, i) => `popular friend-${i}\n`).join("");
const kith = attackedKith({ graph, settings: { "server.workers": 1, "server.max_messages_s": 0 } });

/* As many of them as a message holds. */
const filled = (head, unit, tail, part = "") => {
  const times = Math.floor((BOUND - head.length - tail.length) / (unit.length + part.length));
  return frame(TEXT, head + Array(times).fill(unit).join(part) + tail);
};

/* What a payload may be full of: how it begins, what comes again and again, how it ends. */
const FULL_OF = {
  numbers: ['{"mode":"only","ids":[', "0", "]}", ","],
  texts: ['{"mode":"only","ids":[', '"a"', "]}", ","],
  lists: ['{"mode":"only","ids":[', "[".repeat(28) + "]".repeat(28), "]}", ","],
  escapes: ['{"mode":"only","ids":["', "\\n", '"]}'],
  "escapes of code points": ['{"mode":"only","ids":["', "\\u0041", '"]}'],
  keys: ["{", '"":0', "}", ","],
  "members to resume by": ["{", '"resume":"x"', "}", ","],
};
const EVENTS = sized(
  ["watch", "visibility", "phx_join"],
  ["status", "watch", "unwatch", "last_seen", "visibility", "phx_join", "no event"],
);

const pushed = (event, [head, unit, tail, part]) =>
  filled(`["1","2","friends","${event}",${head}`, unit, `${tail}]`, part);
const some = (count, make) => Array.from({ length: count }, (_, i) => make(i));
const long = (i) => String(i).padStart(128, "w");
const inEscapes = (event, payload) =>
  frame(TEXT, `["1","2","friends","${event}",${JSON.stringify(payload).replace(/w/g, "\\u0077")}]`);

/* Those that are taken, as large as they may be; and the form of old. */
const OTHERS = {
  "200 users to watch": say("1", "2", "friends", "watch", { ids: some(200, long) }),
  "200 users in escapes": inEscapes("watch", { ids: some(200, long) }),
  "5,000 users to be seen by": say("1", "2", "friends", "visibility", { mode: "only", ids: some(5000, long) }),
  "1,380 users in escapes": inEscapes("visibility", { mode: "only", ids: some(1380, long) }),
  "100 users' last days": say("1", "2", "friends", "last_seen", { ids: some(100, (i) => `friend-${i}`) }),
};
const OF_OLD = {
  keys: filled('{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1",', '"":0', "}", ","),
  "keys like others": filled(
    '{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1",',
    '"\\u0074opi":0',
    "}",
    ",",
  ),
};

/* In ms, the least of some, as what others do beside it only adds; each on a socket of its own: what is dear is refused
 * when it comes too often. */
async function cost(bytes, { vsn, joins = true } = {}) {
  const all = [];
  for (let i = 0; i < ROUNDS; i++) {
    const caller = await Caller.upgraded(kith, { user: "dear", vsn });
    const answer = async (to, ready) => {
      caller.forget();
      caller.send(to);
      await eventually(ready, "an answer", TOO_LONG_MS);
    };
    if (joins) await answer(say("1", "1", "friends", "phx_join", {}), () => caller.heard.includes("presence_state"));
    const before = ranSeconds(kith.pid);
    await answer(bytes, () => caller.bytes > 0 || caller.socket.destroyed);
    if (!vsn) await answer(HEARTBEAT, () => caller.heard.includes('"phoenix"'));
    all.push((ranSeconds(kith.pid) - before) * 1000);
    caller.cut();
  }
  return Math.min(...all);
}

const said = (ms) => `${ms.toFixed(1)} ms`;
const isLong = sized(false, true);
const assertCheap = (costs, once) => {
  for (const [name, ms] of Object.entries(costs))
    assert.ok(
      ms < (isLong ? MOST_MS : MOST_READINGS * once),
      `${name}: ${said(ms)}, and to read it once ${said(once)}`,
    );
};

for (const [what, full] of Object.entries(FULL_OF))
  test(`a payload full of ${what} costs little more than to read it, whatever it is sent for`, async (t) => {
    const [head, unit, tail, part] = full;
    const once = await cost(filled(`[null,"1","phoenix","heartbeat",${head}`, unit, `${tail}]`, part));
    const costs = {};
    for (const event of EVENTS) costs[event] = await cost(pushed(event, full));
    const all = Object.entries(costs).map(([event, ms]) => `${event} ${said(ms)}`);
    t.diagnostic(`once: ${said(once)}; ${all.join(", ")}`);
    assertCheap(costs, once);
  });

test("the largest that are taken, and the form of old, cost no more", async (t) => {
  const once = await cost(filled('[null,"1","phoenix","heartbeat",[', "0", "]]", ","));
  const costs = {};
  for (const [name, bytes] of Object.entries(OTHERS)) costs[name] = await cost(bytes);
  for (const [name, bytes] of Object.entries(OF_OLD)) costs[name] = await cost(bytes, { vsn: "1.0.0", joins: false });
  t.diagnostic(
    Object.entries(costs)
      .map(([name, ms]) => `${name}: ${said(ms)}`)
      .join(", "),
  );
  assertCheap(costs, once);
});

test("and a join of who has 5,000 friends is none of the dear ones", async (t) => {
  const once = await cost(filled('[null,"1","phoenix","heartbeat",[', "0", "]]", ","));
  const all = [];
  for (let i = 0; i < ROUNDS; i++) {
    const caller = await Caller.upgraded(kith, { user: "popular" });
    const before = ranSeconds(kith.pid);
    caller.send(say("1", "1", "friends", "phx_join", {}));
    await eventually(() => caller.heard.includes("presence_state"), "a state", TOO_LONG_MS);
    all.push((ranSeconds(kith.pid) - before) * 1000);
    caller.cut();
  }
  const ms = all.sort((a, b) => a - b)[ROUNDS >> 1];
  t.diagnostic(said(ms));
  assertCheap({ join: ms }, once);
});
