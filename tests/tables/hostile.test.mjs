// hostile.test.mjs -- ids, rows and queries that are not as they should be.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ownKith } from "../lib/kith.mjs";
import { metric } from "../lib/metrics.mjs";
import { Tables, people } from "../lib/tables.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

async function server(t, more = {}) {
  const tables = await Tables.make();
  const kith = await ownKith(t, { settings: tables.settings(more) });
  const here = async (user) => {
    const wire = await Wire.open(kith, { user });
    t.after(() => wire.cut());
    wire.state = await wire.join("friends");
    return wire;
  };
  return { tables, kith, here };
}

/** The reply to a join, whatever it is. */
async function tryJoin(t, kith, user) {
  const wire = await Wire.open(kith, { user });
  t.after(() => wire.cut());
  wire.send("1", "1", "friends", "phx_join");
  return wire.payloadOf((await wire.next()));
}

describe("what comes from clients", () => {
  test("an id that the table's type does not have is nobody's", async (t) => {
    const { tables, here } = await server(t);
    const [ann, ben] = people(2);
    await tables.befriend(ann, ben);
    await here(ann);
    const strange = [
      `${ben} OR 1=1`, `${ben}); DROP TABLE friendships; --`, "'", "$1", "NaN", "é", "99999999999999999999",
      "\\", '"', "%", "\u{1f600}", `x`.repeat(128),
    ];
    for (const user of strange) assert.deepEqual((await here(user)).state, {}, user);
    assert.deepEqual(Object.keys((await here(ben)).state), [ann]);
  });

  test("an id that the database writes otherwise is another user's", async (t) => {
    const { tables, here } = await server(t);
    const [ann, ben] = people(2);
    await tables.befriend(ann, ben);
    await here(ann);
    for (const user of [`0${ben}`, ` ${ben}`, `${ben} `, `+${ben}`]) assert.deepEqual((await here(user)).state, {}, user);
  });

  test("ids of text are taken as they are", async (t) => {
    const names = ["'; DROP TABLE people; --", "a,b", "[1]", "é \u{1f600}", "%s%n", "*", "a b"];
    const tables = await Tables.make();
    await tables.sql(`CREATE TABLE people (one text, other text); GRANT SELECT ON people TO kith_reader;
      INSERT INTO people SELECT a, b FROM unnest(ARRAY[${names.map((n) => `$$${n}$$`)}]) a, unnest(ARRAY[${names.map((n) => `$$${n}$$`)}]) b`);
    const kith = await ownKith(t, {
      settings: tables.settings({ "source.friends": "SELECT other FROM people WHERE one = $1" }),
    });
    const before = [];
    for (const user of names) {
      const wire = await Wire.open(kith, { user });
      t.after(() => wire.cut());
      const state = await wire.join("friends");
      for (const other of before) if (!(other in state)) await wire.sees(other);
      before.push(user);
    }
  });
});

describe("what comes from the tables", () => {
  test("nobody's id is passed over, and one that stands twice is one", async (t) => {
    const rows = "SELECT unnest(ARRAY[NULL, '', repeat('x', 200), 'ben', 'ben', 'eve']) WHERE $1::text = 'ann'";
    const { here } = await server(t, { "source.friends": rows });
    await here("ben");
    await here("eve");
    const { state } = await here("ann");
    assert.deepEqual(Object.keys(state).sort(), ["ben", "eve"]);
  });

  test("of a million rows some are taken, and the log says so", async (t) => {
    const rows = "SELECT generate_series(1, 1000000) + 0 * $1::int";
    const { kith, here } = await server(t, { "source.friends": rows });
    await here("1");
    const { state } = await here("7");
    assert.deepEqual(Object.keys(state), ["1"]);
    await eventually(() => /watches more than 5000 users/.test(kith.errors), "that the log says so");
  });

  test("a slow query holds up nobody else", async (t) => {
    const slow = "SELECT friend_id FROM friendships, (SELECT pg_sleep(CASE WHEN $1 = 13 THEN 60 ELSE 0 END)) s WHERE user_id = $1";
    const { tables, kith, here } = await server(t, { "source.friends": slow, "source.timeout_s": 2, "source.connections": 2 });
    const [ann, ben] = people(2);
    await tables.befriend(ann, ben);
    const begun = Date.now();
    const refused = tryJoin(t, kith, "13").then((said) => ({ said, took: Date.now() - begun }));
    await here(ann);
    for (let i = 0; i < 20; i++) {
      const wire = await here(ben);
      assert.deepEqual(Object.keys(wire.state), [ann]);
    }
    const took = Date.now() - begun;
    const { said, took: of13 } = await refused;
    assert.equal(said.status, "error");
    assert.ok(of13 >= 1900 && of13 < 4900, `refused after ${of13} ms`);
    assert.ok(took < of13, `the others took ${took} ms`);
    assert.match(kith.errors, /friends of user "13" cannot be read \(canceling statement/);
  });

  test("a table that cannot be read any more leaves the friends that were read last", async (t) => {
    const { tables, kith, here } = await server(t, { "source.sweep_s": 0.5 });
    const [ann, ben, eve] = people(3);
    await tables.befriend(ann, ben);
    await here(ann);
    await here(ben);
    await tables.sql("ALTER TABLE friendships RENAME TO friends");
    await eventually(() => /cannot be read/.test(kith.errors), "that the log says so");
    assert.deepEqual(Object.keys((await here(ben)).state).sort(), [ann]);
    assert.equal((await tryJoin(t, kith, eve)).status, "error");
    assert.match(kith.errors, /who has never been read is refused/);
    // Each of them is counted by the thread of its user, which says its figures when it comes to it.
    for (const what of ["failed", "known"])
      await eventually(async () => (await metric(kith, `kith_lists_${what}_total`)) === 1, `that ${what} is 1`);
    await tables.sql("ALTER TABLE friends RENAME TO friendships");
    await eventually(async () => (await tryJoin(t, kith, eve)).status === "ok", "that it is read again");
  });
});

describe("what notifies", () => {
  test("a payload that says nothing is about anybody, and junk does no harm", async (t) => {
    const { tables, kith, here } = await server(t);
    const [ann, ben] = people(2);
    const [a, b] = [await here(ann), await here(ben)];
    for (const payload of ["[", "[1, {}]", "[[[[", "\\", "x".repeat(7999), `["${"y".repeat(500)}"]`, "[null]"])
      await tables.sql(`SELECT pg_notify('kith_edges', $$${payload}$$)`);
    await tables.silently(Tables.befriending(ann, ben));
    await tables.sql("NOTIFY kith_edges");
    await Promise.all([a.sees(ben), b.sees(ann)]);
    for (const [payload, change, seen] of [
      [`["${ann}", ${ben}]`, "unfriending", "loses"],
      [ann, "befriending", "sees"],
    ]) {
      await tables.silently(Tables[change](ann, ben));
      await tables.sql(`SELECT pg_notify('kith_edges', $$${payload}$$)`);
      await a[seen](ben);
    }
    assert.doesNotMatch(kith.errors, /Sanitizer/);
  });

  test("ten thousand of them at once are heard", async (t) => {
    const { tables, here } = await server(t);
    const [ann, ben] = people(2);
    const [a, b] = [await here(ann), await here(ben)];
    await tables.sql(`INSERT INTO friendships SELECT 1e9 + n, 2e9 + n FROM generate_series(1, 10000) n; ${Tables.befriending(ann, ben)}`);
    await Promise.all([a.sees(ben), b.sees(ann)]);
  });
});
