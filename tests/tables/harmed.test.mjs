// harmed.test.mjs -- what can become of a PostgreSQL server, with Kith's own store on it and with the application's
// tables: who is here notices nothing, no join waits longer than its bound, the log and the metrics say it, and once the
// server is well nothing else is to be done. It is the server that all other tests have: this file runs alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Canary } from "../lib/canary.mjs";
import { ownKith } from "../lib/kith.mjs";
import { metric } from "../lib/metrics.mjs";
import { Rest, pairPath } from "../lib/rest.mjs";
import { Tables, asOwner, down, inStore, newStore, on, people, still, up } from "../lib/tables.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

const BOUND_S = 1; /* of a question */
const JOIN_MS = 5000; /* of a join, */
const SLOW = "13"; /* whose friends are found only after a minute */
const FRIENDS = `SELECT friend_id FROM friendships, (SELECT pg_sleep(CASE WHEN $1 = ${SLOW} THEN 60 ELSE 0 END)) s WHERE user_id = $1`;

const cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'kith%'";
const alter = (what) => asOwner(`ALTER ROLE kith ${what}; ALTER ROLE kith_reader ${what}; ${cut}`);

const LONG = process.env.KITH_LONG === "1";
const SLACK_MS = LONG ? 500 : 5000; /* on a machine that does other things */
const HARMS = [
  { what: "stands still", begin: still, end: on },
  { what: "takes another password", begin: () => alter("PASSWORD 'new'"), end: () => alter("PASSWORD 'kith''s key'") },
  { what: "is killed while it is asked", begin: down, end: up },
  { what: "has no connection left", begin: () => alter("CONNECTION LIMIT 0"), end: () => alter("CONNECTION LIMIT -1") },
].slice(0, LONG ? undefined : 2);

/** The reply to a join, and who is in the state behind it. */
async function join(kith, user) {
  const wire = await Wire.open(kith, { user });
  const begun = performance.now();
  wire.send("1", "1", "friends", "phx_join");
  const { status } = wire.payloadOf(await wire.next(JOIN_MS + SLACK_MS));
  const ms = performance.now() - begun;
  const state = status === "ok" ? Object.keys(wire.payloadOf(await wire.next())) : undefined;
  await wire.cut();
  assert.ok(ms < JOIN_MS + SLACK_MS, `after ${ms} ms`);
  return state;
}

const count = (text, what) => text.split(what).length - 1;

/** A server with two friends, `known`; what it says of what it has lost is `words` and `gauge`. */
class Subject {
  #times = 0;
  #others = 0;

  constructor(t, { kith, canary, known, gauge, lost, back }) {
    Object.assign(this, { kith, canary, known, gauge, lost, back });
    t.after(() => canary.silence());
  }

  async begin(t) {
    for (const user of this.known) {
      const wire = await Wire.open(this.kith, { user });
      t.after(() => wire.cut());
      await wire.join("friends");
    }
  }

  /** Of whom nothing is known. */
  stranger() {
    return `${900000 + this.#others++}`;
  }

  async assertHarmed() {
    const [ann, ben] = this.known;
    const states = await Promise.all(Array.from({ length: 5 }, () => join(this.kith, ann)));
    for (const state of states) assert.ok(state?.includes(ben), "who is known is told the friends that were read last");
    assert.equal(await join(this.kith, this.stranger()), undefined, "and who is not is refused");
    this.#times++;
    await eventually(() => count(this.kith.errors, this.lost) === this.#times, `"${this.lost}" in the log`);
    await eventually(async () => (await metric(this.kith, this.gauge)) === 0, `${this.gauge} 0`);
  }

  async assertWell() {
    await eventually(() => count(this.kith.errors, this.back) === this.#times, `"${this.back}" in the log`);
    await eventually(async () => (await metric(this.kith, this.gauge)) === 1, `${this.gauge} 1`);
    await eventually(async () => await join(this.kith, this.stranger()), "that anybody may join");
  }
}

async function ownStore(t) {
  const kith = await ownKith(t, { settings: { "store.url": await newStore(), "store.timeout_s": BOUND_S } });
  await new Rest(kith).put(pairPath("ann", "friends", "ben"));
  const said = { gauge: "kith_store_up", lost: "the database is lost (", back: "the database is back, after" };
  return new Subject(t, { kith, canary: await Canary.begin(kith), known: ["ann", "ben"], ...said });
}

async function theirTables(t) {
  const tables = await Tables.make();
  const settings = { "source.friends": FRIENDS, "source.timeout_s": BOUND_S };
  const kith = await ownKith(t, { settings: tables.settings(settings) });
  const [ann, ben, ...names] = people(4);
  await tables.befriend(ann, ben);
  const canary = await Canary.begin(kith, { names, befriend: (...two) => tables.befriend(...two) });
  const [lost, back] = ["lost (", "back, after"].map((word) => `the application's source of friends is ${word}`);
  return new Subject(t, { kith, canary, known: [ann, ben], gauge: "kith_source_up", lost, back });
}

/** Changes without end, until `over`: those that were acknowledged. */
async function write(rest, over, kept) {
  for (let i = 0; !over(); i++) {
    const { status } = await rest.ask("PUT", pairPath(`w${i}`, "friends", "hub"));
    assert.ok(status === 204 || status >= 500, `${status}`);
    if (status === 204) kept.add(`w${i} hub`);
  }
}

test("whatever becomes of a database, those who are here go on, and it says so", async (t) => {
  const own = await ownStore(t);
  const all = [own, await theirTables(t)];
  const rest = new Rest(own.kith);
  const kept = new Set();
  for (const it of all) await it.begin(t);
  t.after(() => on().catch(() => {})); /* there may be nobody to wake */
  for (const { what, begin, end } of HARMS) {
    let over = false;
    const writing = write(rest, () => over, kept);
    const asked = join(all[1].kith, SLOW);
    await begin();
    assert.equal(await asked, undefined, what);
    assert.deepEqual(await rest.refusal("PUT", pairPath("new", "blocks", "hub")), [503, "store_lost"], what);
    over = true;
    await writing;
    await Promise.all(all.map((it) => it.assertHarmed()));
    await end();
    await Promise.all(all.map((it) => it.assertWell()));
  }
  const there = (await rest.ask("GET", "/v1/graph/export")).text.split("\n");
  for (const edge of kept) assert.ok(there.includes(edge), edge);
  for (const { canary } of all) t.diagnostic(await canary.end());
});

test("a store that may only be read takes no changes, and nothing else is otherwise", async (t) => {
  const { kith, canary, known } = await ownStore(t);
  const rest = new Rest(kith);
  const set = async (value) => {
    await asOwner(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
    await asOwner("SELECT pg_reload_conf()");
  };
  await set("on");
  t.after(() => set("off"));
  const change = pairPath("new", "friends", "ann");
  const refused = () => rest.refusal("PUT", change).catch(() => null); /* taken until it has heard */
  assert.deepEqual(await eventually(refused, "that it may only be read"), [500, "store"]);
  assert.match(kith.errors, /the store cannot be written \(cannot execute .* in a read-only transaction\)/);
  assert.notEqual(await join(kith, known[0]), undefined);
  assert.notEqual(await join(kith, "stranger"), undefined);
  assert.equal(await metric(kith, "kith_store_up"), 1);
  await set("off");
  await eventually(async () => (await rest.ask("PUT", change)).status === 204, "that it may be written");
  await eventually(() => /the store can be written again, after/.test(kith.errors), "that it is said");
  t.diagnostic(await canary.end());
});

test("a store whose tables are locked refuses changes and joins in time, and is not said to be one that is only not written", async (t) => {
  const url = await newStore();
  const kith = await ownKith(t, { settings: { "store.url": url, "store.timeout_s": BOUND_S } });
  const rest = new Rest(kith);
  const change = pairPath("new", "friends", "ann");
  const locked = inStore(url, "BEGIN; LOCK TABLE kith.watches; SELECT pg_sleep(600)").catch(() => "ended");
  const free = () => asOwner("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%kith.watches; %(600)'");
  t.after(free);
  const refused = () => rest.refusal("PUT", change).catch(() => null); /* taken until it is locked */
  assert.deepEqual(await eventually(refused, "that it is locked"), [500, "store"]);
  assert.match(kith.errors, /the store does not answer in time \(canceling statement due to statement timeout\): .* who joins waits/);
  assert.doesNotMatch(kith.errors, /cannot be written/);
  assert.equal(await join(kith, "stranger"), undefined);
  await free();
  await locked;
  await eventually(async () => (await rest.ask("PUT", change)).status === 204, "that it may be written");
  await eventually(() => /the store can be written again, after/.test(kith.errors), "that it is said");
  assert.deepEqual(await join(kith, "stranger"), []);
});
