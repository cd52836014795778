// full.test.mjs -- a small disk that is full, under a server: it refuses what would be written, and goes on with all else.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, open, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { assertRefused, attempt } from "../lib/attempt.mjs";
import { failingFrom, unwatched } from "../lib/failing.mjs";
import { sized, withCanary } from "../lib/flood.mjs";
import { Kith } from "../lib/kith.mjs";
import { Rest, pairPath, userPath } from "../lib/rest.mjs";
import { Wire } from "../lib/wire.mjs";

const run = promisify(execFile);
const OLD = join(dirname(fileURLToPath(import.meta.url)), "../vectors/store/schema-8.sql");
const skip = !process.env.KITH_TEST_MOUNTS && "no disk may be mounted here: that takes root, and the suite's namespace";

/** A server whose data folder is a disk of its own. */
class OnDisk extends Kith {
  #mounted = false;

  constructor({ size }) {
    super();
    this.size = size;
  }

  async launch(...args) {
    if (!this.#mounted) await mount(this.data, this.size);
    this.#mounted = true;
    return super.launch(...args);
  }

  async end() {
    await this.stop();
    await run("umount", [this.data]);
    return super.end();
  }
}

async function mount(folder, size) {
  await mkdir(folder, { recursive: true });
  await run("mount", ["-t", "tmpfs", "-o", `size=${size}`, "kith", folder]);
  await chmod(folder, 0o700);
}

const LOG_BYTES_MAX = 4.5 * 1024 * 1024; /* a thousand pages, and one change that is the last */

const CHANGES_MAX = 300; /* beside one that is full */

const filler = (folder) => join(folder, "filler");

/** Somebody else's file takes all that is there, but for so many bytes. */
async function fill(folder, left = 0) {
  const file = await open(filler(folder), "w");
  const full = async () => {
    for (;;) await file.write(Buffer.alloc(4096, 1));
  };
  await assert.rejects(full(), { code: "ENOSPC" });
  await file.truncate((await file.stat()).size - left);
  await file.close();
}

const free = (folder) => rm(filler(folder));

async function edges(rest) {
  const { text } = await rest.ask("GET", "/v1/graph/export");
  return new Set(text.split("\n").filter(Boolean));
}

/** Friends until one is refused; those that were acknowledged. */
async function untilFull(rest, prefix) {
  for (let i = 0; ; i++) {
    assert.ok(i < CHANGES_MAX, "a disk that is full takes all");
    const { status, json } = await rest.ask("PUT", pairPath(`${prefix}${i}`, "friends", "hub"));
    if (status === 204) continue;
    assert.deepEqual([status, json.code], [507, "full"]);
    return Array.from({ length: i }, (_, k) => `${prefix}${k} hub`);
  }
}

describe("a disk that is full", { concurrency: true, skip }, () => {
  test("writes are refused, all else goes on, and once there is room nothing else is to be done", async (t) => {
    const kith = new OnDisk({ size: "4m" });
    t.after(() => kith.end());
    await kith.start();
    const rest = new Rest(kith);
    const kept = [];
    await withCanary(t, kith, async () => {
      for (let round = 0; round < 3; round++) {
        await rest.put(pairPath(`before${round}`, "friends", "hub"));
        await fill(kith.data);
        kept.push(`before${round} hub`, ...(await untilFull(rest, `r${round}-`)));
        assert.deepEqual(await rest.refusal("PUT", userPath("hub", "visibility"), { mode: "nobody" }), [507, "full"]);
        const there = await edges(rest);
        for (const edge of kept) assert.ok(there.has(edge), edge);
        const wire = await Wire.open(kith, { user: "hub" });
        await wire.join("friends");
        await wire.cut();
        await free(kith.data);
        await rest.put(pairPath(`after${round}`, "friends", "hub"));
        kept.push(`after${round} hub`);
      }
    });
    t.diagnostic(`${kept.length} changes acknowledged beside a disk that was full three times`);
    await fill(kith.data);
    await kith.kill();
    const refused = await attempt(kith.data);
    if (refused.code !== 0) assertRefused(refused, /room|disk/);
    await free(kith.data);
    await kith.launch();
    const there = await edges(rest);
    for (const edge of kept) assert.ok(there.has(edge), edge);
  });

  test("what is written again and again takes no more than its bound", async (t) => {
    const kith = new OnDisk({ size: "16m" });
    t.after(() => kith.end());
    await kith.start();
    const rest = new Rest(kith);
    for (let round = 0; round < sized(100, 1000); round++) {
      const ids = Array.from({ length: 150 }, (_, i) => `${round % 2 ? "x" : "y"}${i}`.padEnd(100, "."));
      await rest.put(userPath("ann", "visibility"), { mode: "only", ids });
    }
    const { size } = await stat(join(kith.data, "kith.db-wal"));
    assert.ok(size <= LOG_BYTES_MAX, `the log takes ${size} bytes`);
    t.diagnostic(`the log of the file takes ${size} bytes`);
  });
});

/* A store of an older kith, and nothing else. */
async function old(folder) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA journal_mode = WAL'); c.executescript(open(sys.argv[2]).read())";
  await run("python3", ["-c", script, join(folder, "kith.db"), OLD]);
  return readFile(join(folder, "kith.db"));
}

/** It has changed nothing, and left nothing of a copy; and once all is well it is brought to this version. */
async function assertUntouched(folder, before) {
  assert.ok(before.equals(await readFile(join(folder, "kith.db"))));
  assert.deepEqual((await readdir(folder)).filter((it) => /schema/.test(it)), []);
}

async function assertBrought(folder) {
  const { code, err } = await attempt(folder);
  assert.equal(code, 0, err);
  assert.ok((await readdir(folder)).includes("kith.db.schema-8"));
}

describe("a store of an older version, of which a copy is made first", () => {
  test("on a disk without room for it", { skip }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "kith-old-"));
    t.after(async () => {
      await run("umount", [folder]);
      await rm(folder, { recursive: true });
    });
    await mount(folder, "400k");
    const before = await old(folder);
    await fill(folder, 80 * 1024); /* of which a new log and its index take most */
    assertRefused(await attempt(folder), /no copy of it can be made .* see that the disk has room/);
    await assertUntouched(folder, before);
    await free(folder);
    await assertBrought(folder);
  });

  test("on a disk that fails", { skip: unwatched() }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "kith-old-"));
    t.after(() => rm(folder, { recursive: true }));
    const before = await old(folder);
    const wrap = (command) => failingFrom("fsync", "EIO", command);
    assertRefused(await attempt(folder, { wrap }), /no copy of it can be made .*Input\/output error/);
    await assertUntouched(folder, before);
    await assertBrought(folder);
  });
});
