// room.test.mjs -- more connections than there is room for: in the server, in the system, and for one address.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { Caller, HEARTBEAT, many, sized, withCanary } from "../lib/flood.mjs";
import { ownKith } from "../lib/kith.mjs";
import { cpuSeconds, descriptors, wantedSeconds } from "../lib/process.mjs";
import { UPGRADE, getHead } from "../lib/raw.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

const run = promisify(execFile);
const CANARIES = 2;
const CPU_SHARE = 0.1;
const SPINNING = 0.8; /* so also where others leave no processor to spin on */
const PLENTY = sized(300, 3000);
const PATIENT = { "server.ping_s": 300, "server.idle_s": 600 }; /* with who is here all the time and says nothing */

/** Those who are open still are served, of all of them. */
async function served(callers) {
  const open = callers.filter((it) => !it.socket.destroyed);
  for (const it of open) it.send(HEARTBEAT);
  await eventually(() => open.every((it) => it.heard.includes("phx_reply")), "an answer for each");
  return open.length;
}

const limitDescriptors = (pid, limit) => run("prlimit", ["--pid", `${pid}`, `--nofile=${limit}:`]);

describe("room", { concurrency: true }, () => {
  test("above max_connections all are told when to come again, and no descriptor is kept", async (t) => {
    const room = 50;
    const kith = await ownKith(t, { settings: { ...PATIENT, "server.max_connections": room + CANARIES } });
    await withCanary(t, kith, async () => {
      const inside = await many(room, (i) => Caller.upgraded(kith, { user: `u${i}` }));
      const before = descriptors(kith.pid);
      const outside = await many(PLENTY, () => Caller.dial(kith));
      await Promise.all(outside.map((it) => it.ended));
      for (const it of outside) assert.match(it.heard.toString(), /^HTTP\/1\.1 503 [^]*\r\nretry-after: 5\r\n/);
      assert.ok(descriptors(kith.pid) <= before);
      assert.equal(await served(inside), room);
      inside.pop().cut();
      await eventually(async () => {
        const again = await Caller.dial(kith, { head: getHead("/nowhere", { Host: kith.host, Connection: "close" }) });
        await again.ended;
        return again.status === 404;
      }, "room for one again");
      for (const it of inside) it.cut();
    });
  });

  test("out of descriptors it serves those who are there, rests, and takes the others once it can", async (t) => {
    const kith = await ownKith(t, { settings: PATIENT });
    await withCanary(t, kith, async () => {
      const old = await many(20, (i) => Caller.upgraded(kith, { user: `old ${i}` }));
      const room = 10;
      await limitDescriptors(kith.pid, descriptors(kith.pid) + room);
      const path = "/socket/websocket?vsn=2.0.0&user_id=new";
      const head = getHead(path, { Host: kith.host, ...UPGRADE });
      const waiting = await many(PLENTY, () => Caller.dial(kith, { head }));
      await eventually(() => waiting.some((it) => it.status === 101), "those for whom there is room");
      const [from, busy, wanted] = [performance.now(), cpuSeconds(kith.pid), wantedSeconds(kith.pid)];
      await sleep(sized(1500, 5000));
      const seconds = (performance.now() - from) / 1000;
      const share = (cpuSeconds(kith.pid) - busy) / seconds;
      assert.ok(share < CPU_SHARE, `${share * 100} % of a core`);
      const want = Math.max(...wantedSeconds(kith.pid).map((it, i) => it - wanted[i])) / seconds;
      assert.ok(want < SPINNING, `a thread has something to do ${want * 100} % of the time`);
      const taken = waiting.filter((it) => it.status === 101).length;
      assert.ok(taken <= room + CANARIES, `${taken} were taken`); /* what operators had may be free by now */
      assert.equal(await served(old), old.length);
      await limitDescriptors(kith.pid, PLENTY + 1000);
      await eventually(() => waiting.every((it) => it.status === 101), "that all are taken");
      for (const it of [...old, ...waiting]) it.cut();
      return `out of descriptors: ${(share * 100).toFixed(1)} % of a core, ${(want * 100).toFixed(1)} % wanted`;
    });
  });

  test("above max_per_address one address is refused, and every other one comes in", async (t) => {
    const kith = await ownKith(t, { settings: { ...PATIENT, "server.max_per_address": 10 } });
    await withCanary(t, kith, async () => {
      const from = "127.0.0.2";
      const inside = await many(10, (i) => Caller.upgraded(kith, { user: `u${i}`, from }));
      const outside = await many(PLENTY, () => Caller.dial(kith, { from }));
      await Promise.all(outside.map((it) => it.ended));
      for (const it of outside) assert.equal(it.status, 503);
      const other = await Caller.upgraded(kith, { user: "other", from: "127.0.0.3" });
      assert.equal(await served([...inside, other]), 11);
      for (const it of [...inside, other]) it.cut();
    });
  });

  test("as many long-poll sessions and no more, by however few connections", async (t) => {
    const kith = await ownKith(t, { settings: { ...PATIENT, "server.max_per_address": 3 } });
    const url = `${kith.websocket.replace(/^ws(.*)websocket$/, "http$1longpoll")}?vsn=2.0.0&user_id=u`;
    const begin = () => fetch(url).then(({ status }) => status);
    const got = [];
    for (let i = 0; i < 5; i++) got.push(await begin());
    assert.deepEqual(got, [200, 200, 200, 503, 503]);
  });

  for (const [whose, trusted, statuses] of [
    ["a configured proxy names the client", "127.0.0.2", [101, 101, 101, 429]],
    ["nobody else does", "10.0.0.0/8", [101, 101, 503, 503]],
  ])
    test(`whose address counts: ${whose}`, async (t) => {
      const kith = await ownKith(t, {
        settings: { "server.max_per_address": 2, "server.trusted_proxies": trusted },
      });
      const got = [];
      for (const client of ["a::1", "b::1", "a::2", "a::3"]) {
        const headers = { Host: kith.host, ...UPGRADE, "X-Forwarded-For": client };
        const path = "/socket/websocket?vsn=2.0.0&user_id=x";
        const caller = await Caller.dial(kith, { from: "127.0.0.2", head: getHead(path, headers) });
        t.after(() => caller.cut());
        await eventually(() => caller.status, "an answer");
        got.push(caller.status);
      }
      assert.deepEqual(got, statuses);
    });
});
