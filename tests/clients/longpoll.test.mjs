// longpoll.test.mjs -- npm phoenix 1.6, 1.7 and 1.8 where they have no WebSocket, and sessions by
// hand whose requests come to any of several workers.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { before, describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { cutAndSeen } from "../lib/ends.mjs";
import { ownKith, sharedKith } from "../lib/kith.mjs";
import { Polling } from "../lib/polling.mjs";
import { jwt } from "../lib/token.mjs";
import { Wire, eventually, known, sleep } from "../lib/wire.mjs";
import { Xhr } from "../lib/xhr.mjs";

globalThis.self ??= globalThis; /* 1.6 and 1.7 look for their globals there */

const GRACE_MS = 1500;
const settings = (workers) => ({
  "presence.grace_s": GRACE_MS / 1000,
  "server.workers": workers,
});

const answerOf = (push) =>
  new Promise((done, fail) =>
    push
      .receive("ok", (response) => done({ status: "ok", response }))
      .receive("error", (response) => done({ status: "error", response }))
      .receive("timeout", () => fail(new Error("timeout"))),
  );

/* What each version makes its requests with. */
function withTools(version) {
  if (version === "18") delete globalThis.XMLHttpRequest; /* fetch, then */
  else globalThis.XMLHttpRequest = Xhr;
}

/* As a web app would: a Presence on the topic friends. */
function watching(t, { LongPoll, Presence, Socket }, kith, options) {
  const socket = new Socket(`ws://${kith.host}/socket`, { transport: LongPoll, ...options });
  t.after(async () => {
    socket.disconnect();
    await sleep(1); /* a poll that was begun asks once more, with the tools of its version */
  });
  socket.connect();
  const channel = socket.channel("friends");
  const presence = new Presence(channel);
  const leaves = [];
  presence.onLeave((id, { metas }) => metas.length === 0 && leaves.push(id));
  channel.join();
  const status = (id) =>
    presence.list((key, { metas }) => key === id && metas[0].status).find(Boolean);
  return { socket, channel, presence, leaves, status };
}

for (const version of ["16", "17", "18"])
  describe(`phoenix 1.${version[1]}`, async () => {
    const phoenix = await import(`phoenix${version}`);
    before(() => withTools(version));

    for (const workers of [1, 4])
      describe(`with ${workers} workers`, () => {
        const kith = sharedKith({ graph: circlesGraph(CIRCLES), settings: settings(workers) });
        const as = (t, user) => watching(t, phoenix, kith, { params: { user_id: user } });

        test("a friend comes, changes, goes", async (t) => {
          const who = circle();
          const ben = as(t, who.ben);
          await eventually(() => ben.channel.state === "joined", "ben's join");
          const ann = as(t, who.ann);
          await eventually(() => ben.status(who.ann) === "online", "ann online");
          assert.equal(await eventually(() => ann.status(who.ben), "ben in ann's state"), "online");
          const push = ann.channel.push("status", { status: "away", text: "lunch" });
          assert.deepEqual(await answerOf(push), { status: "ok", response: {} });
          await eventually(() => ben.status(who.ann) === "away", "ann away");
          assert.equal(ben.presence.state[who.ann].metas.length, 1);
          assert.equal((await answerOf(ann.channel.leave())).status, "ok");
          await eventually(() => ben.leaves.length === 1, "ann gone");
        });

        test("friends on a WebSocket and on long-polls see each other at once", async (t) => {
          const who = circle();
          const ann = await Wire.open(kith, { user: who.ann });
          t.after(() => ann.cut());
          await ann.join("friends");
          const ben = as(t, who.ben);
          await eventually(() => ben.status(who.ann) === "online", "ann online");
          assert.equal(ann.eventOf(await ann.next()), "presence_diff");
          for (const status of ["away", "busy", "online", "gone fishing"]) {
            const began = Date.now();
            await ann.push("friends", "status", { status });
            await eventually(() => ben.status(who.ann) === status, status);
            assert.ok(Date.now() - began < 5000, "long before the poll would have ended");
          }
        });

        test("pushes of a storm are all answered", async (t) => {
          const ann = as(t, circle().ann);
          await eventually(() => ann.channel.state === "joined", "the join");
          const storm = Array.from({ length: 150 }, (_, n) =>
            answerOf(ann.channel.push("status", { status: `${n}`, text: "x".repeat(500) })),
          );
          for (const { status } of await Promise.all(storm)) assert.equal(status, "ok");
        });
      });

    test("over a restart it comes back, and no friend was gone", async (t) => {
      const kith = await ownKith(t, { graph: circlesGraph(1), settings: settings(4) });
      const as = (user) => watching(t, phoenix, kith, { params: { user_id: user } });
      const [ann, ben] = [as("ann0"), as("ben0")];
      await eventually(() => ben.status("ann0") && ann.status("ben0"), "both");
      let errors = 0;
      ben.channel.onError(() => errors++);
      await kith.stop();
      await kith.launch();
      await eventually(() => errors > 0 && ben.channel.state === "joined", "the rejoin");
      await eventually(() => ann.channel.state === "joined", "ann's rejoin");
      await answerOf(ann.channel.push("status", { status: "back" }));
      await eventually(() => ben.status("ann0") === "back", "news after the restart");
      assert.deepEqual(ben.leaves, []);
    });
  });

describe("with tokens", async () => {
  const kith = sharedKith({
    graph: circlesGraph(CIRCLES),
    tokens: true,
    settings: { "server.workers": 4 },
  });
  for (const [version, name, options] of [
    ["17", "among the params", (user) => ({ params: { token: jwt(user) } })],
    ["18", "among the params", (user) => ({ params: { token: jwt(user) } })],
    ["18", "as authToken", (user) => ({ authToken: () => jwt(user) })],
  ])
    test(`phoenix 1.${version[1]} gets in with one ${name}`, async (t) => {
      withTools(version);
      const phoenix = await import(`phoenix${version}`);
      const who = circle();
      const [ann, ben] = [who.ann, who.ben].map((it) => watching(t, phoenix, kith, options(it)));
      await eventually(() => ben.status(who.ann) && ann.status(who.ben), "both");
    });

  test("a bad one is refused, and the client told so", async (t) => {
    const phoenix = await import("phoenix18");
    const errors = [];
    const { socket } = watching(t, phoenix, kith, { params: { token: "bad" } });
    socket.onError((error) => errors.push(error));
    await eventually(() => errors.includes(403), "403");
  });
});

describe("by hand, over four workers", () => {
  const kith = sharedKith({ graph: circlesGraph(CIRCLES), settings: settings(4) });
  const JOIN = ["1", "1", "friends", "phx_join", {}];

  async function polled(user) {
    const session = await Polling.begin(kith.host, `user_id=${user}`);
    assert.deepEqual(await session.post(JOIN), { status: 200 });
    const [reply, state] = (await session.messages(2)).map((text) => JSON.parse(text));
    assert.deepEqual([reply[3], state[3]], ["phx_reply", "presence_state"]);
    return session;
  }

  const statusOf = (diff, user) => JSON.parse(diff)[4].joins[user].metas[0].status;

  test("polls that are cut off at any moment lose nothing, and nothing comes twice", async (t) => {
    const who = circle();
    const ben = await polled(who.ben);
    const ann = await Wire.open(kith, { user: who.ann });
    t.after(() => ann.cut());
    await ann.join("friends");
    await ben.messages(1);
    for (let round = 0; round < 25; round++) {
      const cut = await ben.polling();
      await sleep(round % 5 === 0 ? 0 : 30);
      await cutAndSeen(cut.socket);
      await ann.push("friends", "status", { status: `${round}` });
      assert.equal(statusOf((await ben.messages(1))[0], who.ann), `${round}`);
    }
  });

  test("what comes while nobody polls waits, in its order", async (t) => {
    const who = circle();
    const ben = await polled(who.ben);
    const ann = await Wire.open(kith, { user: who.ann });
    t.after(() => ann.cut());
    await ann.join("friends");
    await ben.messages(1);
    for (let n = 0; n < 60; n++) await ann.push("friends", "status", { status: `${n}` });
    const heard = (await ben.messages(60)).map((diff) => statusOf(diff, who.ann));
    assert.deepEqual(heard, Array.from({ length: 60 }, (_, n) => `${n}`));
  });

  test("a session that fell far behind gets one full state", async (t) => {
    const who = circle();
    const ben = await polled(who.ben);
    const ann = await Wire.open(kith, { user: who.ann });
    t.after(() => ann.cut());
    await ann.join("friends");
    await ben.messages(1);
    const text = "x".repeat(900);
    for (let n = 0; n < 100; n++) await ann.push("friends", "status", { status: `${n}`, text });
    await known(kith, who.ann, ({ metas }) => metas[0].status === "99");
    let event, payload;
    do {
      for (const message of (await ben.poll()).messages) [, , , event, payload] = JSON.parse(message);
    } while (event !== "presence_state");
    assert.equal(payload[who.ann].metas[0].status, "99");
  });

  test("forged and foreign tokens reach no session", async () => {
    const session = await polled(circle().ben);
    const { token } = session;
    for (let at = 0; at < token.length; at += 7) {
      const other = token[at] === "A" ? "B" : "A";
      session.token = token.slice(0, at) + other + token.slice(at + 1);
      assert.deepEqual(await session.post(JOIN), { status: 410 });
    }
    session.token = token;
    assert.deepEqual(await session.post([null, "h", "phoenix", "heartbeat", {}]), { status: 200 });
  });
});

describe("on one connection", () => {
  const kith = sharedKith({ settings: settings(4) });
  const BEAT = '[null,"h","phoenix","heartbeat",{}]';
  const PATIENCE_MS = 15000;

  /* All that comes on a connection, as text. */
  function connected(t) {
    const [address, port] = kith.host.split(":");
    const socket = net.connect(Number(port), address);
    const line = { socket, text: "", closed: false };
    socket.on("data", (more) => (line.text += more));
    socket.on("error", () => {}).on("close", () => (line.closed = true));
    t.after(() => socket.destroy());
    return line;
  }

  const head = (method, path, rest = "") => `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${rest}\r\n`;

  test("requests behind a poll wait for its answer, and are answered in their order", async (t) => {
    const session = await Polling.begin(kith.host, "user_id=me");
    const path = `/socket/longpoll?token=${session.token}`;
    const line = connected(t);
    line.socket.write(head("GET", path) + head("GET", "/nowhere") + head("GET", path));
    await sleep(200);
    assert.equal(line.text, "");
    await session.post(BEAT);
    await eventually(() => line.text.includes("404"), "both");
    assert.ok(line.text.indexOf("heartbeat") < 0 && line.text.indexOf("phx_reply") > 0);
    assert.ok(line.text.indexOf("phx_reply") < line.text.indexOf("404"));
    line.text = "";
    await session.post(BEAT);
    await eventually(() => line.text.includes("phx_reply"), "the second poll's");
  });

  for (const [name, rest, chunk] of [
    ["in chunks", "Transfer-Encoding: chunked", `10000\r\n${"\n".repeat(0x10000)}\r\n`],
    ["of a length that is announced", `Content-Length: ${6 << 20}`, "\n".repeat(0x10000)],
  ])
    test(`newlines without end are refused at the bound: ${name}`, async (t) => {
      const session = await Polling.begin(kith.host, "user_id=me");
      const line = connected(t);
      const type = "Content-Type: application/x-ndjson";
      line.socket.write(head("POST", `/socket/longpoll?token=${session.token}`, `${type}\r\n${rest}\r\n`));
      let sent = 0;
      while (!line.text && sent < 6 << 20) {
        sent += chunk.length;
        const more = line.socket.write(chunk) || once(line.socket, "drain");
        await Promise.race([more, sleep(PATIENCE_MS)]);
        await sleep(1);
      }
      await eventually(() => line.closed, "the end");
      assert.match(line.text, /^HTTP\/1\.1 413 /);
      assert.ok(sent < 3 << 20, `${sent} bytes`); /* what the kernel holds is among them */
      assert.deepEqual(await session.post(BEAT), { status: 200 });
    });
});

describe("who does not come back", () => {
  const POLL_MS = 500;
  const kith = sharedKith({
    graph: circlesGraph(CIRCLES),
    settings: { ...settings(4), "server.longpoll_s": POLL_MS / 1000 },
  });

  test("is gone for friends after twice a poll's time and grace", async (t) => {
    const who = circle();
    const ben = await Wire.open(kith, { user: who.ben });
    t.after(() => ben.cut());
    await ben.join("friends");
    const ann = await Polling.begin(kith.host, `user_id=${who.ann}`);
    const began = Date.now(); /* it is heard of for the last time later */
    await ann.post(["1", "1", "friends", "phx_join", {}]);
    assert.ok(ben.payloadOf(await ben.next()).joins[who.ann]);
    assert.ok(ben.payloadOf(await ben.next()).leaves[who.ann]);
    assert.ok(Date.now() - began > POLL_MS + GRACE_MS, `${Date.now() - began} ms`);
    assert.deepEqual(await ann.post([null, "h", "phoenix", "heartbeat", {}]), { status: 410 });
  });
});
