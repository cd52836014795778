// figures.test.mjs -- what operators of the lesser kind are shown: figures that name nobody, a log
// that names only who asks for too many, and refusals that say nothing of whom they are about.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CLASSES, meet } from "../lib/denied.mjs";
import { ownKith } from "../lib/kith.mjs";
import { KEYS, Rest, bearer, pairPath, userPath } from "../lib/rest.mjs";
import { jwt } from "../lib/token.mjs";
import { known, sleep } from "../lib/wire.mjs";
import { Witness } from "../lib/witness.mjs";

const SECOND_MS = 1100; /* what other threads count is a second old */

async function scene(t) {
  const kith = await ownKith(t, { tokens: true, settings: { "server.workers": 2, ...KEYS } });
  const rest = new Rest(kith, "admin");
  const people = [];
  for (const it of Object.values(CLASSES)) {
    const { me, id } = await meet(rest, it);
    people.push(me, id);
    for (const [user, session] of [
      [me, undefined],
      [id, it.query?.session],
    ]) {
      const wire = await Witness.open(kith, { token: jwt(user), session });
      t.after(() => wire.cut());
      await wire.join("friends", { status: `status of ${user}` });
      await wire.ask("friends", "watch", { ids: [id] });
      await wire.ask(`user:${id}x`, "phx_join");
    }
  }
  return { kith, people };
}

test("the figures name no user, and no topic", async (t) => {
  const { kith, people } = await scene(t);
  await sleep(SECOND_MS);
  const text = await (await fetch(`${kith.api}/metrics`, { headers: bearer("read") })).text();
  for (const line of text.split("\n").filter((it) => it && !it.startsWith("#")))
    assert.match(line, /^(kith|process)_[a-z_]+(\{(le|version)="[^"]*"\})? \d+(\.\d+)?$/, "a figure says whose it is");
  for (const id of people) assert.ok(!text.includes(id), id);
});

/* Not those of time, of how much a turn had to do, and that of bytes, which counts the figures. */
const COUNTS = /^kith_(?!.*_seconds|sendmsg_calls|socket_writes|sent_bytes)[a-z_]+ \d+$/;

test("and they move alike, whoever is asked for", async (t) => {
  const settings = { "server.workers": 1, "presence.grace_s": 0 };
  const kith = await ownKith(t, { settings });
  const rest = new Rest(kith);
  const counts = async () => {
    const text = await (await fetch(`${kith.api}/metrics`)).text();
    const lines = text.split("\n").filter((it) => COUNTS.test(it));
    return new Map(lines.map((it) => it.split(" ")).map(([name, value]) => [name, Number(value)]));
  };
  const moves = {};
  for (const [name, it] of Object.entries(CLASSES)) {
    if (name === "public, not asked for") continue; /* for it is then */
    const { me, id } = await meet(rest, it);
    const other = it.here && (await Witness.open(kith, { user: id, session: it.query?.session }));
    if (other) await other.join("friends", { status: "here" });
    const before = await counts();
    const viewer = await Witness.open(kith, { user: me, session: "hidden" }); /* nobody is told of it */
    await viewer.join("friends");
    for (const event of ["watch", "last_seen", "unwatch"]) await viewer.granted("friends", event, { ids: [id] });
    await viewer.ask(`user:${id}`, "phx_join");
    await viewer.drain();
    const after = await counts();
    moves[name] = JSON.stringify([...after].map(([key, value]) => [key, value - before.get(key)]).filter(([, by]) => by));
    await viewer.granted("friends", "phx_leave");
    for (const wire of [viewer, other]) if (wire) await wire.cut();
    await known(kith, me, ({ metas, hidden }) => metas.length + hidden.length === 0);
  }
  const { offline, ...others } = moves;
  assert.match(offline, /kith_joins_total",1/);
  for (const [name, move] of Object.entries(others)) assert.equal(move, offline, name);
});

test("and the log names nobody for what is usual, or refused", async (t) => {
  const { kith, people } = await scene(t);
  await kith.stop();
  for (const id of people) assert.ok(!kith.errors.includes(id), kith.errors);
});

test("without a key all users are refused alike, known or not, here or not", async (t) => {
  const { kith, people } = await scene(t);
  const answers = new Set();
  const ways = (id) => [
    ["GET", userPath(id, "presence")],
    ["GET", `${userPath(id, "presence")}?as=${people[0]}`],
    ["GET", userPath(id, "audience")],
    ["GET", userPath(id, "visibility")],
    ["PUT", pairPath(id, "blocks", people[0])],
    ["DELETE", `/v1/users/${id}`],
  ];
  for (const id of [...people, "unknown"])
    for (const [method, path] of ways(id)) {
      const answer = await fetch(`${kith.api}${path}`, { method });
      answers.add(JSON.stringify([answer.status, await answer.text()]));
    }
  assert.equal(answers.size, 1, JSON.stringify([...answers]));
});

test("a key that may read changes nothing, and one that may write ends nobody", async (t) => {
  const { kith, people } = await scene(t);
  const [me, id] = people;
  const writes = [
    ["PUT", pairPath(me, "friends", id)],
    ["DELETE", pairPath(me, "watches", id)],
    ["PUT", pairPath(me, "blocks", id)],
    ["PUT", userPath(id, "visibility"), { mode: "public" }],
    ["POST", userPath(id, "push"), { event: "notice", payload: {} }],
  ];
  const ends = [
    ["POST", userPath(id, "disconnect"), {}],
    ["DELETE", `/v1/users/${id}`],
  ];
  const asked = [];
  for (const [role, ways] of [
    ["read", [...writes, ...ends]],
    ["write", ends],
  ])
    for (const [method, path, body] of ways) {
      const rest = new Rest(kith, role);
      asked.push([role, method, ...(await rest.refusal(method, path, body))]);
    }
  for (const [role, method, status] of asked) assert.equal(status, 403, `${role} ${method}`);
});
