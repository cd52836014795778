// from_phoenix.test.mjs -- the C of docs/from-phoenix.md, all of it as one server, does what the
// page says of it. KITH_PHOENIX_PAGE names the program.
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { after, before, describe, test } from "node:test";
import { Program } from "../lib/program.mjs";
import { Wire, eventually, refused } from "../lib/wire.mjs";

const ROOM = "room:one";

describe("the server of docs/from-phoenix.md", () => {
  const program = new Program(process.env.KITH_PHOENIX_PAGE);
  const sockets = {};
  const admins = {};
  before(async () => {
    const [, host] = await program.start([], /^ready (\S+)/m, tmpdir() + "/kith-none");
    sockets.websocket = `ws://${host}/socket/websocket`;
    admins.websocket = `ws://${host}/admin/websocket`;
    admins.longpoll = `http://${host}/admin/longpoll`;
    admins.headers = { headers: { origin: "https://admin.example" } };
  });
  after(() => program.stop());

  const open = async (t, kith, params) => {
    const wire = await Wire.open(kith, params);
    t.after(() => wire.cut());
    return wire;
  };
  /** Joins, and returns what comes up to the newcomer's own diff: [event, payload] of each. */
  const enter = async (wire, topic = ROOM, ref = "1") => {
    const seen = [];
    wire.send(ref, ref, topic, "phx_join");
    while (seen.at(-1)?.[0] !== "presence_diff") {
      const frame = await wire.next();
      seen.push([wire.eventOf(frame), wire.payloadOf(frame)]);
    }
    return seen;
  };

  test("a join is answered, then hello, the state, and the newcomer's own diff", async (t) => {
    const seen = await enter(await open(t, sockets, { user: "ann" }));
    const [reply, hello, state, diff] = seen;
    assert.equal(seen.length, 4);
    assert.deepEqual(reply, ["phx_reply", { status: "ok", response: {} }]);
    assert.deepEqual(hello, ["hello", {}]);
    assert.equal(state[0], "presence_state");
    assert.equal(state[1].ann.letters, 3); /* fetched */
    assert.equal(state[1].ann.metas[0].status, "here");
    assert.equal(diff[1].joins.ann.letters, 3);
  });

  test("a private room refuses", async (t) => {
    const wire = await open(t, sockets, { user: "ann" });
    wire.send("1", "1", "room:private", "phx_join");
    await wire.expect(wire.reply("1", "1", "room:private", "error", { reason: "unauthorized" }));
  });

  test("what is intercepted is changed, what is not passes as it was written", async (t) => {
    const wire = await open(t, sockets, { user: "ann" });
    await enter(wire, "room:two");
    wire.send("1", "2", "room:two", "say", { text: "hi" });
    const said = [await wire.next(), await wire.next()];
    if (wire.eventOf(said[0]) === "said") said.reverse(); /* the push and the reply: either first */
    assert.deepEqual(said[0], wire.reply("1", "2", "room:two", "ok", {}));
    const changed = { n: 1, said: { text: "hi" } };
    assert.deepEqual(said[1], wire.frame("1", null, "room:two", "said", changed));

    const texts = [];
    wire.socket.on("message", (data) => texts.push(String(data)));
    const payload = '{"b": 1e3, "a":1,"a":2}';
    wire.raw(`["1","3","room:two","echo",${payload}]`);
    const echoed = (text) => text.includes(`"response":${payload}`);
    await eventually(() => texts.some(echoed), "the echo");
  });

  test("a whisper reaches others, not oneself", async (t) => {
    const ann = await open(t, sockets, { user: "ann" });
    const ben = await open(t, sockets, { user: "ben" });
    await enter(ann, "room:three");
    await enter(ben, "room:three");
    await ann.sees("ben");
    ann.send("1", "2", "room:three", "whisper", { text: "psst" });
    await ben.expect(ben.frame(null, null, "room:three", "whispered", { text: "psst" }));
    ben.send("1", "2", "room:three", "whisper", { text: "yes?" });
    await ann.expect(ann.frame(null, null, "room:three", "whispered", { text: "yes?" }));
  });

  test("an error reply leaves a channel, stop closes it, an unknown event fails it", async (t) => {
    const wire = await open(t, sockets, { user: "ann" });
    await enter(wire, "room:four");
    wire.send("1", "2", "room:four", "no");
    await wire.expect(wire.reply("1", "2", "room:four", "error", { reason: "no" }));
    wire.send("1", "3", "room:four", "bye");
    await wire.expect(
      wire.reply("1", "3", "room:four", "ok", {}),
      wire.frame("1", "1", "room:four", "phx_close", {}),
    );
    await enter(wire, "room:four", "5");
    wire.send("5", "6", "room:four", "sing");
    await wire.expect(wire.frame("5", "5", "room:four", "phx_error", {}));
  });

  test("a second join is a leave and a join for the others", async (t) => {
    const ann = await open(t, sockets, { user: "ann" });
    const ben = await open(t, sockets, { user: "ben" });
    await enter(ben, "room:five");
    await enter(ann, "room:five");
    await ben.sees("ann");
    await enter(ann, "room:five", "7");
    const [left, came] = [await ben.next(), await ben.next()].map((frame) => ben.payloadOf(frame));
    assert.deepEqual([Object.keys(left.joins), Object.keys(left.leaves)], [[], ["ann"]]);
    assert.deepEqual([Object.keys(came.joins), Object.keys(came.leaves)], [["ann"], []]);
  });

  test("connect says who may come, and each socket has its own origins", async (t) => {
    const named = { ...admins.headers, query: { name: "root" } };
    await open(t, admins, named);
    const nameless = await refused(admins, admins.headers);
    assert.deepEqual(nameless, { status: 403, body: "" });
    const other = { origin: "https://other.example" };
    const stranger = await refused(admins, { ...named, headers: other });
    assert.deepEqual(stranger, { status: 403, body: "" });
    assert.equal((await fetch(`${admins.longpoll}?name=root&vsn=2.0.0`)).status, 404);
  });
});
