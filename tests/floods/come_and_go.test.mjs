// come_and_go.test.mjs -- crowds that come and go at once: what each has taken is given back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Caller, OPERATORS, figure, grownBy, many, say, sized, withCanary } from "../lib/flood.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { residentKiB } from "../lib/process.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

const GRACE_MS = 300;
const kith = sharedKith({ settings: { "presence.grace_s": GRACE_MS / 1000 } });
const MOST_KIB_MIN = 1024; /* of a minute in which 100,000 come */
const CANARIES = 2;
const JOIN = say("1", "1", "friends", "phx_join", {});

async function come(user) {
  const caller = await Caller.upgraded(kith, { user });
  caller.send(JOIN);
  await eventually(() => caller.heard.includes("presence_state"), "the answer to a join");
  return caller;
}

/* Kibibytes a minute, by the least squares. */
function slope(samples) {
  const mean = (of) => samples.reduce((sum, it) => sum + of(it), 0) / samples.length;
  const [at, size] = [mean(([ms]) => ms), mean(([, KiB]) => KiB)];
  const over = mean(([ms, KiB]) => (ms - at) * (KiB - size)) / mean(([ms]) => (ms - at) ** 2);
  return over * 60000;
}

test("who comes, joins and goes leaves nothing behind, however many do", async (t) => {
  const [warm_ms, ms] = sized([1000, 2000], [20000, 60000]);
  await withCanary(t, kith, async () => {
    const samples = [];
    let users = 0;
    const churn = async (for_ms) => {
      for (const end = performance.now() + for_ms; performance.now() < end; ) {
        const all = await Promise.all(Array.from({ length: 50 }, () => come(`c${users++}`)));
        for (const it of all) it.cut();
        samples.push([performance.now(), residentKiB(kith.pid)]);
      }
    };
    await churn(warm_ms);
    samples.length = 0;
    const grown = await grownBy(kith, () => churn(ms));
    const rises = Math.round(slope(samples)); /* in a second or two it says nothing */
    if (process.env.KITH_LONG === "1") assert.ok(rises < MOST_KIB_MIN, `${rises} KiB a minute`);
    t.diagnostic(`${rises} KiB a minute`);
    for (const name of ["presences", "users", "connections"])
      await eventually(async () => (await figure(kith, name)) <= CANARIES + OPERATORS, `that ${name} are as before`);
    return `${users} came and went: ${grown}`;
  });
});

test("a storm of resets gives all back", async (t) => {
  await withCanary(t, kith, async () => {
    const storm = async () => {
      const all = await many(500, (i) => Caller.upgraded(kith, { user: `r${i}` }));
      for (const it of all) it.send(JOIN);
      await sleep(20); /* some are answered by then, some are not */
      for (const it of all) it.socket.resetAndDestroy();
      await sleep(GRACE_MS);
    };
    await storm();
    const grown = await grownBy(kith, async () => {
      for (let i = 0; i < 3; i++) await storm();
    });
    return `500 resets, three times: ${grown}`;
  });
});
