// damaged.test.mjs -- data folders that are no good: the server says why, in one line and with an exit code, and has
// changed nothing; or it serves. It never falls over, and never half-starts.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFile, chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { chance } from "../chaos/oracle.mjs";
import { assertRefused, attempt } from "../lib/attempt.mjs";
import { sized } from "../lib/flood.mjs";
import { KITH, Kith } from "../lib/kith.mjs";
import { Rest, pairPath } from "../lib/rest.mjs";

const run = promisify(execFile);
const NOBODY = 65534;
const USERS = 400;
const AT_ONCE = 3;
const ROUNDS = sized(18, 600);
const SEED = Number(process.env.KITH_SEED ?? 1);
const PAGE_BYTES = 4096;

let base;
before(async () => {
  base = await mkdtemp(join(tmpdir(), "kith-damaged-"));
  await chmod(base, 0o755); /* others may get as far as the folder itself */
  const edges = Array.from({ length: USERS }, (_, i) => `u${i} u${(i * 7) % USERS}\n`).join("");
  await writeFile(join(base, "edges"), edges);
  await run(KITH, ["graph", "import", join(base, "edges"), "--data", join(base, "good")]);
});
after(() => rm(base, { recursive: true, force: true }));

let made = 0;

/** A copy of a folder that is good. */
async function copy(from = join(base, "good")) {
  const data = join(base, `d${++made}`);
  await cp(from, data, { recursive: true });
  return data;
}

async function sql(data, text) {
  const script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2])";
  await run("python3", ["-c", script, join(data, "kith.db"), text]);
}

describe("a data folder that is refused", { concurrency: AT_ONCE }, () => {
  for (const [name, file] of [
    ["the store", "kith.db"],
    ["its log", "kith.db-wal"],
    ["its index", "kith.db-shm"],
    ["its lock", "kith.lock"],
  ])
    test(`${name} is a folder`, async () => {
      const data = await copy();
      await rm(join(data, file), { force: true });
      await mkdir(join(data, file));
      assertRefused(await attempt(data), /see that|move it away/);
    });

  for (const [name, target] of [
    ["itself", "kith.db"],
    ["a device without end", "/dev/zero"],
    ["a device that is full", "/dev/full"],
  ])
    test(`the store is a link to ${name}`, async () => {
      const data = await copy();
      await rm(join(data, "kith.db"));
      await symlink(target, join(data, "kith.db"));
      assertRefused(await attempt(data), /kith\.db/);
    });

  test("the store is a pipe, for which nobody waits", async () => {
    const data = await copy();
    await rm(join(data, "kith.db"));
    await run("mkfifo", [join(data, "kith.db")]);
    assertRefused(await attempt(data), /kith\.db is no file; move it away/);
  });

  test("a newer kith has written it", async () => {
    const data = await copy();
    await sql(data, "PRAGMA user_version = 999");
    assertRefused(await attempt(data), /newer kith \(schema 999/);
  });

  test("it is another user's", { skip: process.getuid() !== 0 && "that takes root" }, async () => {
    assertRefused(await attempt(await copy(), { uid: NOBODY }), /Permission denied/);
  });

  test("it may only be read", { skip: process.getuid() !== 0 && "that takes root" }, async () => {
    const data = await copy();
    await run("chown", ["-R", `${NOBODY}:${NOBODY}`, data]);
    await chmod(join(data, "kith.db"), 0o400);
    await chmod(data, 0o500);
    assertRefused(await attempt(data, { uid: NOBODY }), /may only read|may write/);
  });

  test("another server has it", async (t) => {
    const kith = new Kith();
    t.after(() => kith.end());
    await kith.start();
    assertRefused(await attempt(kith.data), new RegExp(`in use by process ${kith.pid}`));
    await new Rest(kith).put(pairPath("a", "friends", "b"));
  });
});

/* What becomes of bytes: a bit, some bytes, a page, the head of it, or its end. */
const DAMAGE = [
  (bytes, random) => (bytes[Math.floor(random() * bytes.length)] ^= 1 << Math.floor(random() * 8)),
  (bytes, random) => {
    for (let i = 0; i < 32; i++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  },
  (bytes, random) => {
    const at = Math.floor((random() * bytes.length) / PAGE_BYTES) * PAGE_BYTES;
    bytes.fill(random() < 0.5 ? 0 : 0xff, at, at + PAGE_BYTES);
  },
  (bytes, random) => (bytes[Math.floor(random() * 100)] = Math.floor(random() * 256)),
  (bytes, random) => bytes.subarray(0, Math.floor(random() * bytes.length)),
];

function damaged(bytes, round, random) {
  const left = Buffer.from(bytes);
  const cut = DAMAGE[round % DAMAGE.length](left, random);
  return Buffer.isBuffer(cut) ? cut : left;
}

/** Of a server that is up: each question gets an answer, and what it acknowledges it has. */
async function serves({ api }) {
  const ask = async (method, path) => {
    const answer = await fetch(api + path, { method, signal: AbortSignal.timeout(20000) });
    await answer.text().catch(() => {}); /* a list may break off where it cannot be read */
    assert.ok([200, 204, 500].includes(answer.status), `${method} ${path}: ${answer.status}`);
    return answer.status;
  };
  await ask("GET", "/v1/graph/export");
  await ask("DELETE", "/v1/users/u1");
  if ((await ask("PUT", pairPath("new", "friends", "other"))) === 204)
    assert.equal(await ask("GET", "/v1/users/new/audience?viewer=other"), 200);
}

async function trial(file, round, random, from) {
  const data = await copy(from);
  const bytes = damaged(await readFile(join(data, file)), round, random);
  await writeFile(join(data, file), bytes);
  const whole = await readFile(join(data, "kith.db"));
  let live = false;
  const end = await attempt(data, { look: (server) => ((live = true), serves(server)) });
  const what = `round ${round} of seed ${SEED}, ${file}: ${JSON.stringify(end)}`;
  if (live) assert.equal(end.code, 0, what);
  else {
    assertRefused(end, /kith\.db|secrets/);
    if (file === "kith.db") assert.ok(whole.equals(await readFile(join(data, "kith.db"))), `changed: ${what}`);
  }
  await rm(data, { recursive: true });
  return live;
}

async function trials(t, file, rounds, from) {
  const random = chance(SEED);
  const lived = [];
  let next = 0;
  const work = async () => {
    while (next < rounds) lived.push(await trial(file, next++, random, from));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  t.diagnostic(`${file}: ${rounds} kinds of damage, ${lived.filter(Boolean).length} of which it could live with`);
}

describe("damage by chance", () => {
  test("to the store", (t) => trials(t, "kith.db", ROUNDS));

  test("to what a kill has left in its log, and in its index", async (t) => {
    const kith = new Kith({ graph: "ann ben\n" });
    t.after(() => kith.end());
    await kith.start();
    for (let i = 0; i < 40; i++) await new Rest(kith).put(pairPath(`w${i}`, "friends", "hub"));
    await kith.kill();
    await trials(t, "kith.db-wal", ROUNDS / 3, kith.data);
    await trials(t, "kith.db-shm", ROUNDS / 6, kith.data);
    await appendFile(join(kith.data, "kith.db-wal"), Buffer.alloc(100, 7));
    await kith.launch();
    assert.match((await new Rest(kith).ask("GET", "/v1/graph/export")).text, /^w39 hub$/m);
  });
});
