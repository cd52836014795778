// sight.test.mjs -- back ends change who sees whom while people are there: who gains or loses sight
// is told so, before the change is acknowledged, and nobody else hears a thing.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { Person } from "../lib/example.mjs";
import { ownKith, sharedKith } from "../lib/kith.mjs";
import { Names, diff, meta, metas } from "../lib/presence.mjs";
import { Rest, pairPath, userPath } from "../lib/rest.mjs";
import { Wire } from "../lib/wire.mjs";

const ROUNDS = process.env.KITH_LONG === "1" ? 100 : 5;

for (const workers of [1, 4])
  describe(`${workers} workers`, () => {
    const kith = sharedKith({
      graph: circlesGraph(CIRCLES),
      settings: { "server.workers": workers },
    });
    const rest = new Rest(kith);

    /* ann, ben and cleo are friends, and there; a stranger, too. `told` is what each has heard since
     * the last look, when all is said that was to be said; who heard nothing is left out. */
    async function scene(t) {
      const who = circle();
      const names = new Names();
      const wires = {};
      for (const name of ["stranger", "ann", "ben", "cleo"]) {
        const wire = await Wire.open(kith, { user: who[name] });
        t.after(() => wire.cut());
        names.of(await wire.join("friends"));
        const { stranger, ...friends } = wires;
        for (const friend of Object.values(friends)) names.of(await friend.sees(who[name]));
        wires[name] = wire;
      }
      const state = names.of(await wires.cleo.join("friends"));
      const refOf = (name) => state[who[name]].metas[0].phx_ref;
      const told = async () => {
        const all = {};
        for (const [name, wire] of Object.entries(wires)) {
          const frames = await wire.drain();
          if (frames.length) all[name] = frames.map((frame) => names.of(frame));
        }
        return all;
      };
      const one = (name) => metas(who[name], meta(refOf(name)));
      const leaves = (to, of) => diff(wires[to], "friends", { leaves: one(of) });
      const joins = (to, of) => diff(wires[to], "friends", { joins: one(of) });
      const pair = (a, what, b) => pairPath(who[a], what, who[b]);
      assert.deepEqual(await told(), {});
      return { who, names, wires, told, leaves, joins, pair };
    }

    test("friends no more: both lose sight; friends again: both gain it", async (t) => {
      const { told, leaves, joins, pair } = await scene(t);
      await rest.delete(pair("ann", "friends", "ben"));
      assert.deepEqual(await told(), { ann: [leaves("ann", "ben")], ben: [leaves("ben", "ann")] });
      await rest.put(pair("ben", "friends", "ann"));
      assert.deepEqual(await told(), { ann: [joins("ann", "ben")], ben: [joins("ben", "ann")] });
    });

    test("a watch is one way", async (t) => {
      const { told, leaves, joins, pair } = await scene(t);
      await rest.delete(pair("ben", "watches", "ann"));
      assert.deepEqual(await told(), { ben: [leaves("ben", "ann")] });
      await rest.put(pair("ben", "watches", "ann"));
      assert.deepEqual(await told(), { ben: [joins("ben", "ann")] });
      await rest.put(pair("stranger", "watches", "ann"));
      assert.deepEqual(await told(), { stranger: [joins("stranger", "ann")] });
      await rest.delete(pair("stranger", "watches", "ann"));
      assert.deepEqual(await told(), { stranger: [leaves("stranger", "ann")] });
    });

    test("a block hides both from each other, and its end shows them again", async (t) => {
      const { told, leaves, joins, pair } = await scene(t);
      await rest.put(pair("ann", "blocks", "ben"));
      assert.deepEqual(await told(), { ann: [leaves("ann", "ben")], ben: [leaves("ben", "ann")] });
      await rest.put(pair("ben", "blocks", "ann"));
      await rest.delete(pair("ann", "blocks", "ben")); /* the other one stands */
      assert.deepEqual(await told(), {});
      await rest.delete(pair("ben", "blocks", "ann"));
      assert.deepEqual(await told(), { ann: [joins("ann", "ben")], ben: [joins("ben", "ann")] });
    });

    test("a visibility concerns those whom it names", async (t) => {
      const { who, told, leaves, joins } = await scene(t);
      const say = (body) => rest.put(userPath(who.ann, "visibility"), body);
      await say({ mode: "except", ids: [who.ben, who.stranger, "nobody"] });
      assert.deepEqual(await told(), { ben: [leaves("ben", "ann")] });
      await say({ mode: "only", ids: [who.ben] });
      assert.deepEqual(await told(), { ben: [joins("ben", "ann")], cleo: [leaves("cleo", "ann")] });
      await say({ mode: "nobody" });
      assert.deepEqual(await told(), { ben: [leaves("ben", "ann")] });
      await say({ mode: "public" }); /* who was visible to nobody has just come: another ref */
      const { ben, cleo, ...others } = await told();
      assert.deepEqual(others, {});
      assert.deepEqual(ben, cleo);
      const [[, , , , { joins: come, leaves: go }], ...more] = ben;
      assert.deepEqual([Object.keys(come), go, more], [[who.ann], {}, []]);
    });

    test("to lose sight is, to the byte, what a real leave is", async (t) => {
      const { who, names, wires, told, pair } = await scene(t);
      await rest.delete(pair("ben", "watches", "ann"));
      const denied = JSON.stringify((await told()).ben);
      await wires.ann.leave("friends");
      const gone = JSON.stringify(names.of(await wires.cleo.loses(who.ann)));
      assert.equal(denied, gone);
      assert.ok(denied.includes(who.ann));
    });

    test("a change is told on the topic that a client has joined", async (t) => {
      const { who, wires, told, pair } = await scene(t);
      await wires.ben.join(`user:${who.ben}`);
      await told();
      await rest.delete(pair("ben", "watches", "ann"));
      const { ben } = await told();
      const topics = ben.map(([, , topic, event, { leaves }]) => [topic, event, Object.keys(leaves)]);
      assert.deepEqual(topics.sort(), [
        ["friends", "presence_diff", [who.ann]],
        [`user_presence:${who.ann}`, "presence_diff", [who.ann]],
      ]);
    });

    test("after the 204 nothing about the user follows, whatever it does", async (t) => {
      const { who, wires, pair } = await scene(t);
      const shown = ([, , , , { joins }]) => joins?.[who.ann]?.metas[0].status;
      for (let i = 0; i < 10; i++) {
        for (let n = 0; n < 5; n++)
          wires.ann.send("1", `s${n}`, "friends", "status", { status: `round ${i} ${n}` });
        await rest.delete(pair("ben", "watches", "ann"));
        await wires.ben.drain();
        for (let n = 0; n < 5; n++)
          wires.ann.send("1", `s${n}`, "friends", "status", { status: `secret ${i} ${n}` });
        await wires.cleo.until((frame) => shown(frame) === `secret ${i} 4`);
        assert.deepEqual(await wires.ben.drain(), []);
        await rest.put(pair("ben", "watches", "ann"));
        assert.deepEqual((await wires.ben.drain()).map(shown), [`secret ${i} 4`]);
      }
    });

    test("to say a thing twice changes nothing", async (t) => {
      const { who, told, pair } = await scene(t);
      for (let i = 0; i < 3; i++) {
        await rest.put(pair("ann", "friends", "ben"));
        await rest.put(pair("ann", "watches", "ben"));
        await rest.delete(pair("ann", "blocks", "ben"));
        await rest.delete(pair("ann", "friends", "stranger"));
        await rest.put(userPath(who.ann, "visibility"), { mode: "friends" });
      }
      assert.deepEqual(await told(), {});
      await rest.put(pair("ann", "blocks", "ben"));
      await told();
      await rest.put(pair("ann", "blocks", "ben"));
      await rest.put(pair("ann", "friends", "ben"));
      assert.deepEqual(await told(), {});
    });

    test("users whom nobody knows are users", async (t) => {
      const { who, told } = await scene(t);
      const [a, b] = [`${who.ann} unknown`, `${who.ben} unknown`];
      await rest.delete(pairPath(a, "friends", b));
      await rest.delete(pairPath(a, "blocks", b));
      await rest.put(pairPath(a, "friends", b));
      await rest.put(userPath(`${a}!`, "visibility"), { mode: "nobody" });
      assert.deepEqual(await told(), {});
      const wire = await Wire.open(kith, { user: a });
      t.after(() => wire.cut());
      await wire.join("friends");
      const other = await Wire.open(kith, { user: b });
      t.after(() => other.cut());
      assert.deepEqual(Object.keys(await other.join("friends")), [a]);
    });

    /* What stands in the store, in the views of clients that were there, and of one that comes. */
    async function assertOneState(people, who, t) {
      const sees = async (viewer, user) => {
        const query = `viewer=${encodeURIComponent(who[viewer])}`;
        return (await rest.get(`${userPath(who[user], "audience")}?${query}`)).sees;
      };
      for (const [viewer, user] of [
        ["ann", "ben"],
        ["ben", "ann"],
      ]) {
        const stands = await sees(viewer, user);
        await people[viewer].settled();
        assert.equal(who[user] in people[viewer].friends, stands, "the view");
        const asked = await rest.get(
          `${userPath(who[user], "presence")}?as=${encodeURIComponent(who[viewer])}`,
        );
        assert.equal(asked.online, stands, "as the viewer");
        const late = new Person(t, kith, who[viewer]);
        await late.social();
        await late.settled();
        assert.equal(who[user] in late.friends, stands, "a view that begins now");
        late.socket.disconnect();
      }
    }

    test("twenty changes at once that contradict each other end in one state", async (t) => {
      const who = circle();
      const people = { ann: new Person(t, kith, who.ann), ben: new Person(t, kith, who.ben) };
      for (const person of Object.values(people)) assert.equal((await person.social()).status, "ok");
      const paths = ["friends", "blocks", "watches"].flatMap((what) => [
        pairPath(who.ann, what, who.ben),
        pairPath(who.ben, what, who.ann),
      ]);
      for (let round = 0; round < ROUNDS; round++) {
        const changes = Array.from({ length: 20 }, (_, i) => {
          const method = (i * 7 + round) % 3 ? "put" : "delete";
          return rest[method](paths[(i * 5 + round) % paths.length]);
        });
        await Promise.all(changes);
        await assertOneState(people, who, t);
      }
      await Promise.all(paths.slice(2, 4).map((path) => rest.delete(path)));
      await rest.put(paths[0]);
      await assertOneState(people, who, t);
      assert.ok(who.ben in people.ann.friends && who.ann in people.ben.friends);
    });
  });

test("with reciprocity an edge that goes takes both sights with it", async (t) => {
  const kith = await ownKith(t, {
    graph: "ann ben\nben ann\n",
    settings: { "presence.reciprocity": "on" },
  });
  const rest = new Rest(kith);
  const open = (user) => Wire.open(kith, { user });
  const [ann, ben] = [await open("ann"), await open("ben")];
  for (const wire of [ann, ben]) await wire.join("friends");
  await ann.sees("ben");
  await rest.delete(pairPath("ann", "watches", "ben"));
  for (const [wire, other] of [
    [ann, "ben"],
    [ben, "ann"],
  ]) {
    const [[, , , , { leaves }], ...more] = await wire.drain();
    assert.deepEqual([Object.keys(leaves), more], [[other], []]);
  }
  const { rule } = await rest.get(`${userPath("ann", "audience")}?viewer=ben`);
  assert.equal(rule, "one way");
  for (const wire of [ann, ben]) wire.cut();
});

test("of more edges than a session reads those behind them are seen by who asks", async (t) => {
  const READ_MAX = 5000;
  const ids = Array.from({ length: READ_MAX + 1 }, (_, i) => `u${String(i).padStart(5, "0")}`);
  const kith = await ownKith(t, { graph: ids.map((id) => `ann ${id}\n`).join("") });
  const rest = new Rest(kith);
  const [first, last] = [ids[0], ids.at(-1)];
  for (const user of [first, last]) {
    const wire = await Wire.open(kith, { user });
    t.after(() => wire.cut());
    await wire.join("friends");
  }
  const ann = await Wire.open(kith, { user: "ann" });
  t.after(() => ann.cut());
  assert.deepEqual(Object.keys(await ann.join("friends")), [first]);
  const verdict = (id) => rest.get(`${userPath(id, "audience")}?viewer=ann`);
  assert.equal((await verdict(ids[READ_MAX - 1])).rule, "sees");
  const { sees, rule, if_asked } = await verdict(last);
  assert.deepEqual([sees, rule, if_asked.sees], [false, "beyond the limit", true]);
  ann.send("1", "w", "friends", "watch", { ids: [last] });
  await ann.sees(last);
  const { presence } = await rest.post("/v1/presence/query", { ids: [first, last], as: "ann" });
  assert.deepEqual(Object.keys(presence), [first, last]);
});
