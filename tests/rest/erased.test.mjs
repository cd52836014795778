// erased.test.mjs -- a user about whom the server keeps all that it can is erased: its sessions end, and
// its id stands in no file, no row and no line afterwards, save where docs/privacy.md says so.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { ownKith } from "../lib/kith.mjs";
import { Rest, pairPath, userPath } from "../lib/rest.mjs";
import { Wire, eventually, known } from "../lib/wire.mjs";

const GONE = "gone-7c1fe09b";
const run = promisify(execFile);

/* Where it is named: files of the folder, or rows of the database. */
async function filesOf(kith) {
  const found = [];
  for (const name of await readdir(kith.data, { recursive: true })) {
    const bytes = await readFile(join(kith.data, name)).catch(() => Buffer.alloc(0));
    if (bytes.includes(GONE)) found.push(name);
  }
  return found;
}

async function rowsOf(kith) {
  const ask = async (sql) => (await run("psql", ["-X", "-A", "-t", "-c", sql, kith.store])).stdout.trim().split("\n");
  const tables = await ask("SELECT tablename FROM pg_tables WHERE schemaname = 'kith'");
  const rows = await ask(tables.map((it) => `SELECT '${it}', t::text FROM kith.${it} t`).join(" UNION ALL "));
  const named = rows.filter((it) => it.includes(GONE) || it.includes(Buffer.from(GONE).toString("hex")));
  return [...new Set(named.map((it) => it.split("|")[0]))].sort();
}

/* Everything that is kept about one is. Returns its wire. */
async function live(kith, rest) {
  await rest.put(pairPath(GONE, "friends", "ann"));
  await rest.put(pairPath(GONE, "watches", "ben"));
  await rest.put(pairPath("cleo", "watches", GONE));
  await rest.put(pairPath(GONE, "blocks", "dan"));
  await rest.put(pairPath("eve", "blocks", GONE));
  await rest.put(userPath(GONE, "visibility"), { mode: "except", ids: ["fay"] });
  await rest.put(userPath("gil", "visibility"), { mode: "only", ids: [GONE, "ann"] });
  await rest.put(userPath(GONE, "visibility"), { last_seen: "exact" });
  const wire = await Wire.open(kith, { user: GONE, device: "d" });
  await wire.join("friends", { status: `the status of ${GONE}` });
  await wire.push("friends", "watch", { ids: ["hal"] });
  return wire;
}

/* How many events behind that one are about it. */
async function eventsOf(rest, begun) {
  const { events } = await rest.get(`/v1/events?after=${begun}`);
  return events.filter((it) => JSON.stringify(it).includes(GONE)).length;
}

async function end(kith, wires) {
  for (const wire of wires) await wire.cut();
  await kith.stop();
}

test("who is erased stands nowhere", async (t) => {
  const settings = { "hooks.log": "on", "presence.grace_s": 30, "presence.restart_grace_s": 30 };
  const kith = await ownKith(t, { settings });
  const rest = new Rest(kith);
  const whereOf = kith.store ? rowsOf : filesOf;
  const { next: begun } = await rest.get("/v1/events?after=now");
  const first = await live(kith, rest);
  await known(kith, GONE);
  await eventually(() => eventsOf(rest, begun), "its events");
  await end(kith, [first]); /* what it had is saved, and taken up */
  await kith.launch();
  await known(kith, GONE);
  const second = await Wire.open(kith, { user: GONE, device: "e" });
  await second.join("friends");
  const ann = await Wire.open(kith, { user: "ann" });
  assert.ok(GONE in (await ann.join("friends")));
  assert.notDeepEqual(await whereOf(kith), []);

  await rest.delete(`/v1/users/${GONE}`);
  await second.closed;
  await ann.loses(GONE);
  /* By the numbered changes other nodes hear of it, for an hour. */
  assert.deepEqual((await whereOf(kith)).filter((it) => it !== "changes"), []);
  assert.equal(await eventsOf(rest, begun), 0);
  assert.ok(!(await (await fetch(`${kith.api}/v1/graph/export`)).text()).includes(GONE));
  assert.deepEqual(await rest.get(`${userPath(GONE, "presence")}`), { user: GONE, online: false, metas: [], hidden: [] });
  await end(kith, [ann]);
  assert.deepEqual((await whereOf(kith)).filter((it) => it !== "changes"), []);
  assert.ok(!kith.errors.includes(GONE), kith.errors);
});
