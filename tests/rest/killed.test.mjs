// killed.test.mjs -- a server that is killed while back ends write: what was acknowledged is there
// when it comes again, and the database is whole.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { ownKith } from "../lib/kith.mjs";
import { Rest, pairPath, userPath } from "../lib/rest.mjs";
import { sleep } from "../lib/wire.mjs";

const ROUNDS = process.env.KITH_LONG === "1" ? 20 : 3;
const WRITERS = 16;
const START_MS = process.env.KITH_BUILD ? 10000 : 2000; /* a sanitized build takes its time */

const run = promisify(execFile);

/* What one writer has been told to be kept: of a key the latest answer; null: asked, and never
 * answered, so that it may stand either way. */
class Writer {
  kept = new Map();
  #n = 0;

  constructor(rest, name) {
    this.rest = rest;
    this.name = name;
  }

  async #change(key, value, ask) {
    this.kept.set(key, null);
    await ask();
    this.kept.set(key, value);
  }

  /* Edges, blocks and visibilities, some of which are taken back. */
  async #next() {
    const user = `${this.name}-${this.#n++}`;
    const edge = pairPath(user, "friends", "hub");
    const block = pairPath(user, "blocks", "hub");
    const visibility = userPath(user, "visibility");
    await this.#change(`edge ${user}`, true, () => this.rest.put(edge));
    if (this.#n % 3 === 0) await this.#change(`edge ${user}`, false, () => this.rest.delete(edge));
    if (this.#n % 4 === 0) await this.#change(`block ${user}`, true, () => this.rest.put(block));
    const body = { mode: "only", ids: [user] };
    if (this.#n % 5 === 0)
      await this.#change(`mode ${user}`, true, () => this.rest.put(visibility, body));
  }

  async write() {
    for (;;)
      try {
        await this.#next();
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        return; /* the server is gone */
      }
  }
}

async function edges(rest) {
  const accept = { accept: "application/x-ndjson" };
  const { text } = await rest.ask("GET", "/v1/graph/export", undefined, accept);
  const all = text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return new Set(all.map(({ watcher, watched }) => `${watcher} ${watched}`));
}

async function assertKept(rest, writers) {
  const there = await edges(rest);
  let count = 0;
  for (const { kept } of writers)
    for (const [key, value] of kept) {
      if (value === null) continue;
      const [what, user] = key.split(" ");
      count++;
      if (what === "edge")
        for (const edge of [`${user} hub`, `hub ${user}`])
          assert.equal(there.has(edge), value, `${edge} was said to be ${value}`);
      else if (what === "mode")
        assert.deepEqual((await rest.get(userPath(user, "visibility"))).ids, [user]);
      else
        assert.equal((await rest.get(`${userPath(user, "audience")}?viewer=hub`)).rule, "blocked");
    }
  return count;
}

test(`killed ${ROUNDS} times, it has lost nothing that it acknowledged`, async (t) => {
  const kith = await ownKith(t);
  const rest = new Rest(kith);
  const everybody = [];
  let [count, slowest_ms] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const writers = Array.from({ length: WRITERS }, (_, i) => new Writer(rest, `r${round}w${i}`));
    everybody.push(...writers);
    const writing = writers.map((writer) => writer.write());
    while (writers.some(({ kept }) => kept.size < 2)) await sleep(5);
    await sleep((round * 137) % 400);
    await kith.kill();
    await Promise.all(writing);
    const begun = Date.now();
    await kith.launch();
    slowest_ms = Math.max(slowest_ms, Date.now() - begun);
    assert.ok(slowest_ms < START_MS, `it came again after ${slowest_ms} ms`);
    count = await assertKept(rest, everybody);
    assert.ok(count >= (round + 1) * WRITERS, `only ${count} writes`);
  }
  t.diagnostic(`${count} changes were acknowledged; it came again within ${slowest_ms} ms`);
  await kith.stop();
  const check = "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check').fetchall())";
  const { stdout } = await run("python3", ["-c", check, join(kith.data, "kith.db")]);
  assert.equal(stdout, "[('ok',)]\n");
});
