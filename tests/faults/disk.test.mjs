// disk.test.mjs -- a disk that fails under a server, call by call: what is not on it is not acknowledged, all else goes
// on, and once it is well nothing else is to be done.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { failing, unwatched } from "../lib/failing.mjs";
import { withCanary } from "../lib/flood.mjs";
import { ownKith } from "../lib/kith.mjs";
import { Rest, pairPath, userPath } from "../lib/rest.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

const SYNC = "fdatasync"; /* SQLite's, of what it commits */
const WRITE = "pwrite64";
const FULL = [507, "full"];
const BROKEN = [500, "store"];

/** Whom the hub watches, as the server has it. */
async function watched(rest) {
  const { text } = await rest.ask("GET", "/v1/graph/export");
  return [...text.matchAll(/^hub (\S+)$/gm)].map(([, other]) => other).sort();
}

/** Somebody new: its friends are read, and it is shown. */
async function here(kith, user) {
  const wire = await Wire.open(kith, { user });
  await wire.join("friends");
  await wire.cut();
}

const befriend = (rest, user) => rest.put(pairPath("hub", "friends", user));
const times = (text, what) => text.split(what).length - 1;

describe("a disk that fails", { concurrency: true, skip: unwatched() }, () => {
  test("nothing that it did not take is acknowledged, and all else goes on", async (t) => {
    const kith = await ownKith(t);
    const rest = new Rest(kith);
    const kept = [];
    await withCanary(t, kith, async () => {
      for (const [call, error, refusal] of [
        [SYNC, "EIO", BROKEN],
        [SYNC, "ENOSPC", FULL],
        [WRITE, "EIO", BROKEN],
        [WRITE, "ENOSPC", FULL],
      ]) {
        const rounds = kept.push(`after-${kept.length}`);
        await befriend(rest, kept.at(-1));
        const broken = await failing(t, kith.pid, call, error, { path: join(kith.data, "kith.db-wal") });
        for (const user of ["one", "two"]) {
          assert.deepEqual(await rest.refusal("PUT", pairPath("hub", "friends", user)), refusal, `${call} ${error}`);
          assert.deepEqual(await rest.refusal("PUT", userPath("hub", "visibility"), { mode: "nobody" }), refusal);
        }
        assert.ok(broken.count() >= 4, `${broken.count()} calls have failed`);
        assert.deepEqual(await watched(rest), kept);
        await here(kith, "hub");
        assert.equal(times(kith.errors, "the store cannot be written ("), rounds, kith.errors);
        await broken.end();
        await befriend(rest, kept.at(-1)); /* which is no change, and all the same the store's to say */
        const back = () => times(kith.errors, "the store can be written again, after") === rounds;
        await eventually(back, "that it is said");
      }
    });
    await kith.kill();
    await kith.launch();
    assert.deepEqual(await watched(rest), kept);
    assert.equal((await rest.get(userPath("hub", "visibility"))).mode, "friends");
  });

  test("what is committed and cannot be brought to its place stays where it is, and is moved later", async (t) => {
    const kith = await ownKith(t);
    const rest = new Rest(kith);
    await befriend(rest, "before");
    const broken = await failing(t, kith.pid, SYNC, "EIO", { path: join(kith.data, "kith.db") });
    const users = Array.from({ length: 8 }, (_, i) => `u${i}`);
    await rest.delete("/v1/users/nobody"); /* after which the log of the file is to be empty */
    for (const user of users) await befriend(rest, user);
    assert.ok(broken.count() > 0);
    await kith.kill();
    await broken.end();
    await kith.launch();
    assert.deepEqual(await watched(rest), ["before", ...users].sort());
  });
});
