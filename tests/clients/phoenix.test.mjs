// phoenix.test.mjs -- npm phoenix 1.6, 1.7 and 1.8 as they come, with their Presence class.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import WebSocket from "ws";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { Rest, userPath } from "../lib/rest.mjs";
import { jwt } from "../lib/token.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

globalThis.self ??= globalThis; /* 1.6 and 1.7 look for their globals there */
globalThis.WebSocket = WebSocket;

const GRACE_MS = 10000; /* a busy machine is back within */

const answerOf = (push) =>
  new Promise((done, fail) =>
    push
      .receive("ok", (response) => done({ status: "ok", response }))
      .receive("error", (response) => done({ status: "error", response }))
      .receive("timeout", () => fail(new Error("timeout"))),
  );

for (const version of ["16", "17", "18"])
  describe(`phoenix 1.${version[1]}`, async () => {
    const kith = sharedKith({
      graph: circlesGraph(CIRCLES),
      /* With one worker the end of a connection is seen before the next one begins. */
      settings: { "presence.grace_s": GRACE_MS / 1000, "server.workers": 1 },
    });
    const { Presence, Socket } = await import(`phoenix${version}`);

    function socketOf(t, user, device) {
      const params = device ? { user_id: user, device } : { user_id: user };
      const socket = new Socket(`ws://${kith.host}/socket`, { params });
      t.after(() => socket.disconnect());
      socket.connect();
      return socket;
    }

    /* As a web app would: a Presence on the topic friends. */
    function watching(t, user, device) {
      const socket = socketOf(t, user, device);
      const channel = socket.channel("friends");
      const presence = new Presence(channel);
      const news = [];
      presence.onJoin((id, before, { metas }) =>
        news.push(["join", id, Boolean(before), metas[0].status]),
      );
      presence.onLeave((id, { metas }) => news.push(["leave", id, metas.length]));
      channel.join();
      const status = (id) =>
        presence.list((key, { metas }) => key === id && metas[0].status).find(Boolean);
      return { socket, channel, presence, news, status };
    }

    test("Presence on friends: a friend comes, changes, goes", async (t) => {
      const who = circle();
      const ben = watching(t, who.ben);
      await eventually(() => ben.channel.state === "joined", "ben's join");
      const ann = watching(t, who.ann);
      await eventually(() => ben.status(who.ann) === "online", "ann online");
      assert.equal(await eventually(() => ann.status(who.ben), "ben in ann's state"), "online");
      const answer = await answerOf(ann.channel.push("status", { status: "away", text: "lunch" }));
      assert.deepEqual(answer, { status: "ok", response: {} });
      await eventually(() => ben.status(who.ann) === "away", "ann away");
      assert.equal(ben.presence.state[who.ann].metas.length, 1);
      assert.equal((await answerOf(ann.channel.leave())).status, "ok");
      await eventually(() => ben.status(who.ann) === undefined, "ann gone");
      assert.deepEqual(ben.news, [
        ["join", who.ann, false, "online"],
        ["join", who.ann, true, "away"],
        ["leave", who.ann, 1],
        ["leave", who.ann, 0],
      ]);
    });

    test("the article's way: state on user:<id>, diffs by a hook on the socket", async (t) => {
      const who = circle();
      const socket = socketOf(t, who.ben);
      const channel = socket.channel(`user:${who.ben}`);
      let friends = {};
      channel.on("presence_state", (state) => (friends = Presence.syncState(friends, state)));
      socket.onMessage((message) => {
        const { topic, event, payload } = message;
        if (event === "presence_diff" && /^user_presence:.+$/.test(topic))
          friends = Presence.syncDiff(friends, payload);
        return message;
      });
      assert.equal((await answerOf(channel.join())).status, "ok");
      const ann = watching(t, who.ann);
      await eventually(() => friends[who.ann], "ann");
      await answerOf(ann.channel.push("status", { status: "busy" }));
      await eventually(() => friends[who.ann].metas[0].status === "busy", "ann busy");
      assert.equal(friends[who.ann].metas.length, 1);
      ann.channel.leave();
      await eventually(() => !friends[who.ann], "ann gone");
    });

    test("another's user topic and user_presence:* are refused with a reason", async (t) => {
      const who = circle();
      const socket = socketOf(t, who.ben);
      for (const topic of [`user:${who.ann}`, `user_presence:${who.ann}`]) {
        const channel = socket.channel(topic);
        const answer = await answerOf(channel.join());
        assert.deepEqual(answer, { status: "error", response: { reason: "unauthorized" } });
        channel.leave();
      }
    });

    test("an unknown event gets an error reply; the channel stays joined", async (t) => {
      const ben = watching(t, circle().ben);
      const { status, response } = await answerOf(ben.channel.push("no_such_event", {}));
      assert.equal(status, "error");
      assert.match(response.reason, /\S/);
      assert.equal(ben.channel.state, "joined");
    });

    test("a lost connection comes back by itself, and no friend notices", async (t) => {
      const who = circle();
      const ben = watching(t, who.ben);
      await eventually(() => ben.channel.state === "joined", "ben's join");
      const ann = watching(t, who.ann, "tab");
      await eventually(() => ben.status(who.ann), "ann");
      const ref = ben.presence.state[who.ann].metas[0].phx_ref;
      let opened = 0;
      ann.socket.onOpen(() => opened++);
      ann.socket.conn.terminate();
      await eventually(() => opened === 1 && ann.channel.state === "joined", "the rejoin");
      await answerOf(ann.channel.push("status", { status: "back" }));
      await eventually(() => ben.status(who.ann) === "back", "the status");
      assert.deepEqual(ben.news, [
        ["join", who.ann, false, "online"],
        ["join", who.ann, true, "back"],
        ["leave", who.ann, 1],
      ]);
      assert.deepEqual(
        ben.presence.state[who.ann].metas.map(({ phx_ref_prev }) => phx_ref_prev),
        [ref],
      );
    });

    test("heartbeats keep the connection", async (t) => {
      const { ben } = circle();
      const params = { user_id: ben };
      const socket = new Socket(`ws://${kith.host}/socket`, { params, heartbeatIntervalMs: 150 });
      t.after(() => socket.disconnect());
      let closes = 0;
      socket.onClose(() => closes++);
      socket.connect();
      await sleep(1000);
      assert.equal(socket.isConnected(), true);
      assert.equal(closes, 0);
    });

    const returns = version === "18"; /* to older ones code 1000 is a farewell */
    test(`whom the back end disconnects ${returns ? "comes back" : "stays away"}`, async (t) => {
      const { ann } = circle();
      const { socket, channel } = watching(t, ann);
      const opens = [];
      const closes = [];
      socket.onOpen(() => opens.push(true));
      socket.onClose(({ code }) => closes.push(code));
      await eventually(() => channel.state === "joined", "ann's join");
      const ended = await new Rest(kith).post(userPath(ann, "disconnect"), {});
      assert.deepEqual(ended, { sessions: 1 });
      await eventually(() => closes.length === 1, "the close");
      if (returns) await eventually(() => channel.state === "joined", "ann again");
      else await sleep(500); /* a first retry comes within 10 ms */
      assert.deepEqual([closes, opens.length], [[1000], returns ? 2 : 1]);
    });

    test("two windows of one friend are two metas; the last to go takes the friend along", async (t) => {
      const who = circle();
      const ben = watching(t, who.ben);
      await eventually(() => ben.channel.state === "joined", "ben's join");
      const desk = watching(t, who.ann, "desk");
      await eventually(() => ben.status(who.ann), "ann");
      const phone = watching(t, who.ann, "phone");
      await eventually(() => ben.presence.state[who.ann].metas.length === 2, "two metas");
      desk.channel.leave();
      await eventually(() => ben.presence.state[who.ann].metas.length === 1, "one meta");
      phone.channel.leave();
      await eventually(() => !ben.presence.state[who.ann], "nobody");
    });
  });

describe("phoenix 1.8 with tokens", async () => {
  const kith = sharedKith({ graph: circlesGraph(CIRCLES), tokens: true });
  const { Socket } = await import("phoenix18");

  const joined = async (t, options, topic) => {
    const socket = new Socket(`ws://${kith.host}/socket`, options);
    t.after(() => socket.disconnect());
    socket.connect();
    return answerOf(socket.channel(topic).join());
  };

  test("authToken gets in", async (t) => {
    const { ann } = circle();
    const answer = await joined(t, { authToken: () => jwt(ann) }, `user:${ann}`);
    assert.equal(answer.status, "ok");
  });

  test("a token among the params gets in", async (t) => {
    const { ann } = circle();
    const answer = await joined(t, { params: { token: jwt(ann) } }, `user:${ann}`);
    assert.equal(answer.status, "ok");
  });
});
