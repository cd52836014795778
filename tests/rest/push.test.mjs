// push.test.mjs -- what back ends say to their users' clients, and how they end their connections.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { Person, answerOf } from "../lib/example.mjs";
import { ownKith, sharedKith } from "../lib/kith.mjs";
import { Polling } from "../lib/polling.mjs";
import { Rest, userPath } from "../lib/rest.mjs";
import { Wire, eventually, refused, sleep } from "../lib/wire.mjs";

const GRACE_MS = 60000; /* what ends at once does not wait for it */
const SEVERAL = 6; /* connections, of which some come to each worker */

for (const workers of [1, 2])
  describe(`${workers} workers`, () => {
    const kith = sharedKith({
      graph: circlesGraph(CIRCLES),
      settings: { "server.workers": workers, "presence.grace_s": GRACE_MS / 1000 },
    });
    const rest = new Rest(kith);
    const push = async (user, event, payload) =>
      (await rest.post(userPath(user, "push"), { event, payload })).sessions;
    const disconnect = async (user) =>
      (await rest.post(userPath(user, "disconnect"), {})).sessions;

    async function open(t, user) {
      const wire = await Wire.open(kith, { user });
      t.after(() => wire.cut());
      return wire;
    }

    test("sessions are those that have joined, and for a disconnect all connections", async (t) => {
      const who = circle();
      await open(t, who.ann);
      assert.equal(await push(who.ann, "notice", {}), 0);
      assert.equal(await disconnect(who.ann), 1);
      const wire = await open(t, who.ann);
      await wire.join("friends");
      assert.equal(await push(who.ann, "notice", {}), 1);
      wire.cut();
      await eventually(async () => (await push(who.ann, "notice", {})) === 0, "that it is lost");
      const path = userPath(who.ann, "presence");
      assert.equal((await rest.get(path)).online, true);
      assert.equal(await disconnect(who.ann), 0);
      assert.equal((await rest.get(path)).online, false);
    });

    test("what only the server says cannot be pushed", async (t) => {
      const who = circle();
      const ann = await open(t, who.ann);
      await ann.join("friends");
      for (const event of ["presence_state", "presence_diff", "phx_close", "phx_reply"])
        for (const path of [userPath(who.ann, "push"), "/v1/broadcast"])
          assert.deepEqual(await rest.refusal("POST", path, { event }), [400, "bad_push"], event);
      assert.deepEqual(await ann.drain(), []);
    });

    test("a push comes to each session of the user, and to no one else", async (t) => {
      const who = circle();
      const wires = [];
      for (let i = 0; i < SEVERAL; i++) {
        const wire = await open(t, who.ann);
        await wire.join(i % 2 ? "friends" : `user:${who.ann}`);
        wires.push(wire);
      }
      const ben = await open(t, who.ben);
      await ben.join("friends");
      for (const wire of wires) await wire.next(); /* that ben has come */
      await ben.drain();
      const payload = { text: "\u0000\u2028 é", n: 1.5 };
      assert.equal(await push(who.ann, "notice", payload), SEVERAL);
      for (const [i, wire] of wires.entries()) {
        const topic = i % 2 ? "friends" : `user:${who.ann}`;
        assert.deepEqual(await wire.drain(), [["1", null, topic, "notice", payload]]);
      }
      assert.deepEqual(await ben.drain(), []);
    });

    test("phoenix.js hears it as an event of its channel, on user:<id> if it has both", async (t) => {
      const who = circle();
      const ann = new Person(t, kith, who.ann);
      const heard = [];
      for (const topic of ["friends", `user:${who.ann}`]) {
        const { channel } = await ann.join(topic);
        channel.on("notice", (payload) => heard.push([topic, payload]));
      }
      assert.equal(await push(who.ann, "notice", { a: [1] }), 1);
      await ann.settled();
      assert.deepEqual(heard, [[`user:${who.ann}`, { a: [1] }]]);
      await answerOf(ann.socket.channels.find(({ topic }) => topic !== "friends").leave());
      await ann.settled(); /* phoenix.js says ok before the server has heard of it */
      assert.equal(await push(who.ann, "notice", "text"), 1);
      await ann.settled();
      assert.deepEqual(heard.at(-1), ["friends", "text"]);
    });

    test("a client that reads gets however many of the largest come at once", async (t) => {
      const who = circle();
      const wire = await open(t, who.ann);
      await wire.join(`user:${who.ann}`);
      const text = "x".repeat(32 * 1024 - 30);
      for (let round = 0; round < 5; round++) {
        const numbers = [0, 1, 2, 3, 4, 5];
        const told = await Promise.all(numbers.map((n) => push(who.ann, "large", { n, text })));
        assert.deepEqual(told, [1, 1, 1, 1, 1, 1]);
        const got = (await wire.drain()).map(([, , , event, payload]) => [event, payload.n]);
        assert.deepEqual(
          got.sort(),
          numbers.map((n) => ["large", n]),
        );
      }
    });

    test("one during a join follows its reply", async (t) => {
      const who = circle();
      const wire = await open(t, who.ann);
      for (let i = 0; i < 30; i++) {
        wire.send("j", "j", "friends", "phx_join");
        const sent = Array.from({ length: 4 }, (_, n) => push(who.ann, "early", { n }));
        const sessions = (await Promise.all(sent)).filter(Boolean).length;
        const frames = [];
        while (!frames.some(([, ref]) => ref === "j")) frames.push(await wire.next());
        frames.push(...(await wire.drain()));
        const events = frames.map(([, , , event, { status }]) => status ?? event);
        const first = frames.findIndex(([, ref]) => ref === "j");
        assert.equal(events[first], "ok");
        assert.ok(!events.slice(0, first).includes("early"), `${events}`);
        assert.equal(events.filter((it) => it === "early").length, sessions);
        wire.send("j", "l", "friends", "phx_leave");
        await wire.drain();
      }
    });

    test("who is invisible hears it, too, and a long-poll", async (t) => {
      const who = circle();
      await rest.put(userPath(who.ann, "visibility"), { mode: "nobody" });
      const wire = await open(t, who.ann);
      await wire.join("friends");
      const poll = await Polling.begin(kith.host, `user_id=${who.ann}`);
      await poll.post(["1", "1", "friends", "phx_join", {}]);
      await poll.messages(2);
      await wire.drain();
      assert.equal(await push(who.ann, "notice", {}), 2);
      assert.deepEqual(await wire.drain(), [["1", null, "friends", "notice", {}]]);
      const [message] = await poll.messages(1);
      assert.deepEqual(JSON.parse(message), ["1", null, "friends", "notice", {}]);
    });

    test("V1 clients hear it in their form", async (t) => {
      const who = circle();
      const wire = await Wire.open(kith, { user: who.ann, vsn: "1.0.0" });
      t.after(() => wire.cut());
      await wire.join("friends");
      assert.equal(await push(who.ann, "notice", [1, null]), 1);
      const frame = { topic: "friends", event: "notice", payload: [1, null], ref: null };
      assert.deepEqual(await wire.drain(), [frame]);
    });

    test("who has joined nothing hears nothing", async (t) => {
      const who = circle();
      const wire = await open(t, who.ann);
      assert.equal(await push(who.ann, "notice", {}), 0);
      assert.deepEqual(await wire.drain(), []);
    });

    test("a broadcast comes to all", async (t) => {
      const who = circle();
      const users = [who.ann, who.ben, who.cleo, who.ann];
      const wires = await Promise.all(users.map((id) => open(t, id)));
      for (const [i, wire] of wires.entries()) {
        await wire.join("friends");
        for (const [k, other] of wires.slice(0, i).entries())
          if (users[k] !== users[i]) await other.sees(users[i]);
      }
      const { sessions } = await rest.post("/v1/broadcast", { event: "all", payload: { x: 1 } });
      assert.ok(sessions >= wires.length);
      for (const wire of wires)
        assert.deepEqual(await wire.drain(), [["1", null, "friends", "all", { x: 1 }]]);
    });

    test("a large one comes whole, and one that is too large to nobody", async (t) => {
      const who = circle();
      const wire = await open(t, who.ann);
      await wire.join("friends");
      const text = "x".repeat(32766);
      assert.equal(await push(who.ann, "big", text), 1);
      assert.deepEqual(await wire.drain(), [["1", null, "friends", "big", text]]);
      const body = { event: "big", payload: `${text}x` };
      const refusal = await rest.refusal("POST", userPath(who.ann, "push"), body);
      assert.deepEqual(refusal, [413, "too_large"]);
      assert.deepEqual(await wire.drain(), []);
    });

    test("disconnected users are gone at once for their friends", async (t) => {
      const who = circle();
      const ben = await open(t, who.ben);
      await ben.join("friends");
      const wires = [];
      for (let i = 0; i < SEVERAL; i++) wires.push(await open(t, who.ann));
      for (const wire of wires.slice(1)) await wire.join("friends"); /* one has joined nothing */
      const poll = await Polling.begin(kith.host, `user_id=${who.ann}`);
      await poll.post(["1", "1", "friends", "phx_join", {}]);
      await poll.messages(2);
      await ben.drain();
      const polling = await poll.polling();
      await sleep(50);
      assert.equal(await disconnect(who.ann), SEVERAL + 1);
      for (const wire of wires) assert.equal(await wire.closeCode(), 1000);
      const gone = JSON.parse((await polling.answer(15000)).body);
      assert.notEqual(gone.status, 200, JSON.stringify(gone));
      const left = async () => {
        for (const frame of await ben.drain())
          for (const { phx_ref } of frame[4].leaves[who.ann]?.metas ?? []) refs.add(phx_ref);
        return refs.size === SEVERAL;
      };
      const refs = new Set();
      const end = Date.now() + GRACE_MS / 4;
      while (!(await left())) assert.ok(Date.now() < end, "no leave before the grace is over");
      assert.equal((await rest.get(userPath(who.ann, "presence"))).online, false);
    });

    test("and may come back; nobody else is cut off", async (t) => {
      const who = circle();
      const [ann, ben] = [await open(t, who.ann), await open(t, who.ben)];
      await ben.join("friends");
      assert.equal(await disconnect(who.ann), 1);
      assert.equal(await ann.closeCode(), 1000);
      assert.equal(await disconnect(who.ann), 0);
      const again = await open(t, who.ann);
      await again.join("friends");
      await ben.sees(who.ann);
      assert.equal((await rest.get(userPath(who.ann, "presence"))).online, true);
    });
  });

test("who is barred until a time stays out, over a restart too, until it is over", async (t) => {
  const kith = await ownKith(t, { graph: "ann ben\n" });
  const rest = new Rest(kith);
  const bar = (until) => rest.post(userPath("ann", "disconnect"), { until });
  const in_s = (s) => Math.floor(Date.now() / 1000) + s;
  const comesIn = () =>
    eventually(async () => {
      const wire = await Wire.open(kith, { user: "ann" }).catch((error) => {
        assert.match(error.message, /403/);
      });
      wire?.cut();
      return wire;
    }, "ann, when the time is over");
  const ann = await Wire.open(kith, { user: "ann" });
  assert.deepEqual(await bar(in_s(3600)), { sessions: 1 });
  assert.equal(await ann.closeCode(), 1000);
  const { status } = await refused(kith, { user: "ann" });
  assert.equal(status, 403);
  await assert.rejects(Polling.begin(kith.host, "user_id=ann"));
  const ben = await Wire.open(kith, { user: "ben" });
  await kith.stop();
  await ben.closed;
  await kith.launch();
  assert.equal((await refused(kith, { user: "ann" })).status, 403);
  assert.deepEqual(await bar(in_s(-1)), { sessions: 0 });
  (await Wire.open(kith, { user: "ann" })).cut();
  const until = in_s(3);
  await bar(until);
  await comesIn();
  assert.ok(Date.now() >= until * 1000, "let in before the time");
  for (const until of [-1, 1.5, 253402300800, "1", null, true, {}])
    assert.deepEqual(await rest.refusal("POST", userPath("ann", "disconnect"), { until }), [
      400,
      "bad_until",
    ]);
});

test("who is erased may be barred with it, and nothing else of it is left", async (t) => {
  const kith = await ownKith(t, { graph: "ann ben\nben ann\n" });
  const rest = new Rest(kith);
  const ann = await Wire.open(kith, { user: "ann" });
  await rest.delete("/v1/users/ann?until=4102444800");
  assert.equal(await ann.closeCode(), 1000);
  assert.equal((await refused(kith, { user: "ann" })).status, 403);
  assert.deepEqual((await rest.get(userPath("ben", "audience"))).watchers, []);
  await kith.stop();
  await kith.launch();
  assert.equal((await refused(kith, { user: "ann" })).status, 403);
  assert.deepEqual(await rest.refusal("DELETE", "/v1/users/ann?until=soon"), [400, "bad_until"]);
  await rest.delete("/v1/users/ann");
  (await Wire.open(kith, { user: "ann" })).cut();
});
