// accept.test.mjs -- a system that gives a server no connections, for whatever reason: those who are there are served,
// no processor is spun away, and who waits gets in once it can be.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { failing, unwatched } from "../lib/failing.mjs";
import { Caller, withCanary } from "../lib/flood.mjs";
import { ownKith } from "../lib/kith.mjs";
import { UPGRADE, getHead } from "../lib/raw.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

const WAITING = 8; /* who connect meanwhile */
const LOOK_MS = 600;
const PAUSE_MS = 100; /* a worker rests for twice as long: one that spins tries far more often */

function callers(kith) {
  const path = "/socket/websocket?vsn=2.0.0&user_id=waits";
  const head = getHead(path, { Host: kith.host, ...UPGRADE });
  return Promise.all(Array.from({ length: WAITING }, () => Caller.dial(kith, { head })));
}

async function letIn(all) {
  await eventually(() => all.every((it) => it.status === 101), "that all are taken");
  for (const it of all) it.cut();
}

describe("connections that cannot be accepted", { skip: unwatched() }, () => {
  test("as there is no room for them: until there is some, it rests", async (t) => {
    const kith = await ownKith(t, { settings: { "server.workers": 1 } });
    await withCanary(t, kith, async () => {
      for (const error of ["EMFILE", "ENFILE", "ENOMEM"]) {
        const none = await failing(t, kith.pid, "accept4", error);
        const all = await callers(kith);
        await eventually(() => none.count() > 0, "a connection that could not be accepted");
        const [from, before] = [performance.now(), none.count()];
        await sleep(LOOK_MS);
        const tries = none.count() - before;
        assert.ok(tries <= 2 + (performance.now() - from) / PAUSE_MS, `${error}: ${tries} tries`);
        for (const it of all) assert.equal(it.status, 0);
        await none.end();
        await letIn(all);
      }
    });
  });

  test("as they have gone, or by chance: the next one is well", async (t) => {
    const kith = await ownKith(t, { settings: { "server.workers": 1 } });
    await withCanary(t, kith, async () => {
      for (const error of ["ECONNABORTED", "EINTR", "EPROTO"]) {
        const some = await failing(t, kith.pid, "accept4", error, { when: "1..5" });
        await letIn(await callers(kith));
        assert.ok(some.count() > 0, error);
        await some.end();
      }
    });
  });
});
