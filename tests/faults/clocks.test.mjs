// clocks.test.mjs -- a wall clock that jumps under a server, and a server that stands still: timers go on as they were,
// and tokens are judged by the wall.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Canary } from "../lib/canary.mjs";
import { sized } from "../lib/flood.mjs";
import { ownKith } from "../lib/kith.mjs";
import { jwt } from "../lib/token.mjs";
import { Wall } from "../lib/wall.mjs";
import { Wire, refused, sleep } from "../lib/wire.mjs";

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const [PING_S, IDLE_S, GRACE_S] = [1, 8, 1.5];
const SLACK_MS = sized(5000, 1500);
const pairs = (...names) => names.map(([a, b]) => `${a} ${b}\n${b} ${a}\n`).join("");
const graph = pairs(["ann", "ben"], ["singer", "hearer"]);
const settings = { "server.ping_s": PING_S, "server.idle_s": IDLE_S, "presence.grace_s": GRACE_S };
const token = (user) => jwt(user, DAY_S);
const canary = (kith) => Canary.begin(kith, { names: ["singer", "hearer"], befriend: () => {}, token });

async function here(t, kith, user, ttl_s = DAY_S) {
  const wire = await Wire.open(kith, { token: jwt(user, ttl_s) });
  t.after(() => wire.cut());
  wire.pings = 0;
  wire.socket.on("ping", () => wire.pings++);
  await wire.join("friends");
  return wire;
}

describe("time", { concurrency: true }, () => {
  const library = process.env.KITH_TEST_WALL_LIBRARY;
  const skip = !library && "the suite makes the clock";
  test("walls that jump by hours, and back by steps: no timer is early or late", { skip }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "kith-wall-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const wall = new Wall(join(folder, "wall"));
    const kith = await ownKith(t, { graph, settings, tokens: true, env: wall.env(library) });
    const bird = await canary(kith);
    t.after(() => bird.silence());
    const [ann, brief] = [await here(t, kith, "ann"), await here(t, kith, "brief", HOUR_S)];

    /* Whoever ends its connection lingers for as long as it does, whatever is done to the wall meanwhile. */
    const leaves = async (...offs) => {
      const ben = await here(t, kith, "ben");
      await ann.sees("ben");
      await ben.cut();
      const from = performance.now();
      for (const off_s of offs) {
        wall.set(off_s);
        await sleep((GRACE_S * 500) / offs.length);
      }
      await ann.loses("ben");
      const ms = performance.now() - from;
      assert.ok(ms >= GRACE_S * 1000 - 100 && ms < GRACE_S * 1000 + SLACK_MS, `left after ${ms} ms`);
      return ms;
    };
    const [from, pings] = [performance.now(), ann.pings];
    const ms = [await leaves(2 * HOUR_S)];
    assert.equal(await brief.closeCode(), 4001);
    assert.equal((await refused(kith, { token: jwt("brief", HOUR_S) })).status, 403);
    ms.push(await leaves(-2 * HOUR_S));
    await here(t, kith, "brief", HOUR_S);
    for (let step = 1; step <= sized(3, 30); step++) {
      wall.set(-2 * HOUR_S - 10 * step);
      await sleep(1000);
    }
    ms.push(await leaves(0, 2 * HOUR_S, -2 * HOUR_S, 0));
    const due = (performance.now() - from) / 1000 / PING_S;
    assert.ok(ann.pings - pings <= due + 2, `${ann.pings - pings} pings, not ${due}`);
    assert.ok(ann.pings - pings >= due / 3, `${ann.pings - pings} pings, not ${due}`);
    t.diagnostic(`left after ${ms.map((it) => it.toFixed(0))} ms, of ${GRACE_S * 1000}; ${ann.pings - pings} pings of ${due.toFixed(1)}`);
    t.diagnostic(await bird.end());
  });

  test("a server that stood still reads before it judges, and tells nobody of it", async (t) => {
    const kith = await ownKith(t, { graph, settings: { ...settings, "server.idle_s": 3 }, tokens: true });
    const ann = await here(t, kith, "ann");
    const ben = await here(t, kith, "ben");
    await ann.sees("ben");
    process.kill(kith.pid, "SIGSTOP");
    const beat = setInterval(() => [ann, ben].forEach((it) => it.send(null, "h", "phoenix", "heartbeat")), 1000);
    t.after(() => clearInterval(beat));
    await sleep(sized(4500, 60000));
    clearInterval(beat);
    process.kill(kith.pid, "SIGCONT");
    const [heard] = await Promise.all([ann.drain(), ben.drain()]);
    const others = heard.filter((frame) => ann.eventOf(frame) !== "phx_reply");
    assert.deepEqual(others, [], "a friend of theirs has neither gone nor come");
    await ann.quiet(2 * GRACE_S * 1000);
  });
});
