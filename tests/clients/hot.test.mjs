// hot.test.mjs -- a user whom more than a thousand watch: announced at intervals with what is newest,
// gone at once, and no hindrance to anybody else.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { circle, circlesGraph } from "../lib/circles.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { Wire, sleep } from "../lib/wire.mjs";

const FANS = 1200; /* two workers have 600 of them each, and take it for more than a thousand */
const AT_ONCE = 50; /* who join */
const FLIPS = 100;
const FLIP_MS = 3;
const INTERVAL_MS = 10; /* at least: 100,000 deliveries a second, and 1000 at a time */

const fans = Array.from({ length: FANS }, (_, i) => `fan${i}`);
const graph = circlesGraph(1) + fans.map((fan) => `${fan} star\n`).join("");

describe("a user with 1200 watchers", () => {
  const kith = sharedKith({ graph, settings: { "server.workers": 2 } });

  async function join(t, user) {
    const wire = await Wire.open(kith, { user });
    t.after(() => wire.cut());
    await wire.join("friends");
    return wire;
  }

  async function joinAll(t, users) {
    const wires = [];
    for (let i = 0; i < users.length; i += AT_ONCE)
      wires.push(...(await Promise.all(users.slice(i, i + AT_ONCE).map((user) => join(t, user)))));
    return wires;
  }

  /* Reads on until the star is seen so; of how many frames that took. */
  async function readTo(wire, status) {
    for (let frames = 1; ; frames++) {
      const [, , , , { joins = {} }] = await wire.next();
      if ((joins.star?.metas[0].status ?? "offline") === status) return frames;
    }
  }

  /* ben hears of each status of ann's before the next one. */
  async function talk(ann, ben, until) {
    const waits = [];
    for (let n = 0; n < until.over; n++) {
      const begin = performance.now();
      ann.send("1", `t${n}`, "friends", "status", { status: `t${n}` });
      for (;;) {
        const [, , , , { joins }] = await ben.next();
        if (Object.values(joins ?? {})[0]?.metas[0].status === `t${n}`) break;
      }
      waits.push(performance.now() - begin);
      await ann.next();
    }
    return waits.sort((a, b) => a - b);
  }

  test("all see its newest state, and that it goes; two friends talk on", async (t) => {
    const who = circle();
    const wires = await joinAll(t, fans);
    const ann = await join(t, who.ann);
    const ben = await join(t, who.ben);
    await ann.sees(who.ben);
    const star = await join(t, "star");
    const median = (sorted) => sorted[sorted.length >> 1];
    const alone = median(await talk(ann, ben, { over: 20 }));
    const until = { over: Infinity };
    const talked = talk(ann, ben, until);
    const began = performance.now();
    for (let n = 1; n <= FLIPS; n++) {
      star.send("1", `s${n}`, "friends", "status", { status: `s${n}` });
      await sleep(FLIP_MS);
    }
    for (const wire of wires) {
      const frames = await readTo(wire, `s${FLIPS}`);
      const most = 3 + (performance.now() - began) / INTERVAL_MS;
      assert.ok(frames < most, `${frames} diffs, not ${most}, of ${FLIPS} changes`);
    }
    await star.drain();
    until.over = 0;
    const busy = median(await talked);
    assert.ok(busy < 20 * (alone + 10), `half of them waited ${busy} ms, alone ${alone} ms`);
    await star.leave("friends");
    for (const wire of wires) await readTo(wire, "offline");
    for (const wire of wires) assert.deepEqual(await wire.drain(), []);
  });
});
