// scripted.test.mjs -- what today's server does seldom or not at all, from one that does as it is
// told: it ends connections cleanly, resumes them, pushes, hides and watches.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PHOENIXES, client, moduleOn } from "../lib/module.mjs";
import { Scripted } from "../lib/scripted.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

const meta = (status, phx_ref = status) => ({ online_at: "1795487065", status, phx_ref });
const here = (people) =>
  Object.fromEntries(Object.entries(people).map(([id, status]) => [id, { metas: [meta(status)] }]));

/* Waiting is most of what they do, so they do it together. */
const TOGETHER = { concurrency: true };

describe("clients/js", TOGETHER, () => {
  for (const version of PHOENIXES)
    describe(`on phoenix 1.${version[1]}`, TOGETHER, async () => {
      const module = await moduleOn(version);

      async function met(t, answers, state = {}) {
        const server = new Scripted(answers);
        server.state = state;
        await server.start(t);
        const one = client(t, module, server, { userId: "me" });
        await one.kith.online();
        return { server, ...one };
      }

      async function reconnected({ server, states }, code) {
        const before = states.length;
        server.last.socket.close(code);
        await eventually(() => states.slice(before).includes("online"), "the return");
      }

      for (const code of [1000, 1001, 1002, 1011])
        test(`a connection that the server closes with ${code} comes back`, async (t) => {
          const it = await met(t);
          await reconnected(it, code);
          assert.deepEqual(it.states, ["online", "reconnecting", "online"]);
          assert.equal(it.errors[0].closeCode, code);
          assert.equal(it.server.sessions.length, 2);
        });

      test("a connection on which heartbeats find no answer is given up, and comes back", async (t) => {
        const sockets = []; /* of other tests, too */
        const { connect } = module.Socket.prototype;
        module.Socket.prototype.connect = function () {
          sockets.push(this);
          connect.call(this);
        };
        t.after(() => (module.Socket.prototype.connect = connect));
        const it = await met(t);
        const mine = sockets.find((socket) => socket.endPointURL().includes(it.server.host));
        let lost_at;
        it.kith.on("state", () => (lost_at ??= Date.now()));
        it.server.silent = true;
        mine.heartbeatIntervalMs = 200;
        mine.resetHeartbeat();
        await eventually(() => it.kith.state === "reconnecting", "the loss");
        mine.heartbeatIntervalMs = 60000; /* nobody is too slow for that */
        it.server.silent = false;
        await it.kith.online();
        await sleep(2500);
        assert.deepEqual(it.states, ["online", "reconnecting", "online"]);
        assert.equal(it.server.sessions.length, 2);
        const waited_ms = it.server.last.at - lost_at;
        assert.ok(waited_ms > 400, `${waited_ms} ms`); /* phoenix.js has no plans of its own */
      });

      test("without a resume token none is sent", async (t) => {
        const { server } = await met(t);
        assert.deepEqual(await server.heard(1, "phx_join"), { status: "online" });
      });

      test("a resume token goes back at the next join, with the status", async (t) => {
        const resume = "a token that is opaque";
        const it = await met(t, { phx_join: () => ({ resume }) }, here({ ann: "online" }));
        await reconnected(it, 1012);
        assert.deepEqual(await it.server.heard(2, "phx_join"), { status: "online", resume });
        assert.deepEqual(it.news, [["added", "ann", "online"]]); /* a full state came: no news */
      });

      test("a join that says resumed brings no state, and the view stands", async (t) => {
        const phx_join = ({ resume }) =>
          resume ? { resume: "2", resumed: true } : { resume: "1" };
        const it = await met(t, { phx_join }, here({ ann: "online" }));
        it.server.state = {}; /* would be a removal */
        await reconnected(it, 1012);
        assert.equal(it.friends.get("ann").status, "online");
        it.server.say("presence_diff", { joins: here({ ben: "busy" }), leaves: {} });
        await eventually(() => it.friends.has("ben"), "ben");
        assert.deepEqual(it.news, [
          ["added", "ann", "online"],
          ["added", "ben", "busy"],
        ]);
        await reconnected(it, 1012);
        assert.equal((await it.server.heard(3, "phx_join")).resume, "2");
      });

      test("a push reaches its handler, until that is taken away; over reconnects too", async (t) => {
        const it = await met(t);
        const got = [];
        const stop = it.kith.onPush("notification", (payload) => got.push(payload));
        it.server.say("notification", { text: "hello" });
        await eventually(() => got.length === 1, "the first");
        await reconnected(it, 1012);
        it.server.say("notification", ["any", "JSON"]);
        await eventually(() => got.length === 2, "the second");
        stop();
        it.server.say("notification", {});
        it.server.say("presence_diff", { joins: here({ ann: "x" }), leaves: {} });
        await eventually(() => it.friends.has("ann"), "what came after it");
        assert.deepEqual(got, [{ text: "hello" }, ["any", "JSON"]]);
        assert.throws(() => it.kith.onPush("presence_diff", () => {}), /Kith's own/);
      });

      test("what is unknown is an error of its own kind", async (t) => {
        const { kith } = await met(t);
        const asked = {
          visibility: () => kith.setVisibility("only", ["a"]),
          watch: () => kith.watch(["a"]),
          unwatch: () => kith.unwatch(["a"]),
          last_seen: () => kith.lastSeen(["a"]),
        };
        for (const [event, ask] of Object.entries(asked)) {
          const error = await ask().catch((error) => error);
          assert.ok(error instanceof module.KithUnsupportedError, `${event}: ${error}`);
          assert.equal(error.event, event);
          assert.match(error.message, /newer Kith, or do without/);
        }
      });

      test("visibility and last seen ask as the wire has it", async (t) => {
        const answers = {
          visibility: () => ({}),
          last_seen: () => ({ last_seen: { a: { at: 5 }, b: null } }),
        };
        const { kith, server } = await met(t, answers);
        await kith.setVisibility("only", new Set(["a"]));
        await kith.setHidden(true);
        assert.deepEqual(
          [...(await kith.lastSeen(["a", "b"]))],
          [
            ["a", { at: 5 }],
            ["b", null],
          ],
        );
        assert.deepEqual(server.last.heard.slice(1), [
          ["visibility", { mode: "only", ids: ["a"] }],
          ["visibility", { session: "hidden" }],
          ["last_seen", { ids: ["a", "b"] }],
        ]);
      });

      test("a hidden session says so again after a reconnect; a shown one does not", async (t) => {
        const it = await met(t, { visibility: () => ({}) });
        await it.kith.setHidden(true);
        await reconnected(it, 1012);
        assert.deepEqual(await it.server.heard(2, "visibility"), { session: "hidden" });
        assert.equal(it.server.last.query.get("session"), "hidden"); /* from its first moment */
        await it.kith.setHidden(false);
        await reconnected(it, 1012);
        await it.kith.setStatus("x").catch(() => {}); /* whatever came first has come */
        const events = it.server.last.heard.map(([event]) => event);
        assert.deepEqual(events, ["phx_join", "status"]);
        assert.equal(it.server.last.query.get("session"), null);
      });

      /* Friends and a server on which bea and dan can be watched while they are online. */
      async function watching(t) {
        const online = { bea: "here", dan: "here" };
        const watch = ({ ids }, { socket }) => {
          const seen = Object.entries(online).filter(([id]) => ids.includes(id));
          const diff = { joins: here(Object.fromEntries(seen)), leaves: {} };
          const frame = JSON.stringify([null, null, "friends", "presence_diff", diff]);
          queueMicrotask(() => socket.send(frame)); /* behind the reply */
          return {};
        };
        const it = await met(t, { watch }, here({ ann: "friend" }));
        await it.kith.watch(["bea", "dan"]);
        await eventually(() => it.friends.size === 3, "who is watched");
        it.news.splice(0);
        return { ...it, online };
      }

      test("who is watched is asked for again, and does not flicker", async (t) => {
        const it = await watching(t);
        delete it.online.dan;
        await reconnected(it, 1012);
        assert.deepEqual(await it.server.heard(2, "watch"), { ids: ["bea", "dan"] });
        await eventually(() => it.news.length > 0, "news of dan");
        assert.deepEqual(it.news, [["removed", "dan", "here"]]);
        assert.deepEqual([...it.friends.keys()], ["ann", "bea"]);
      });

      test("who can't be watched any more is gone, and an error says why", async (t) => {
        const it = await watching(t);
        delete it.server.answers.watch;
        await reconnected(it, 1012);
        await eventually(() => it.news.length === 2, "news of both");
        assert.deepEqual([...it.friends.keys()], ["ann"]);
        await eventually(() => it.errors.length === 2, "the error");
        assert.ok(it.errors[1] instanceof module.KithUnsupportedError);
      });

      test("a request whose connection is lost fails; it is not known whether it was done", async (t) => {
        const last_seen = (_, { socket }) => socket.terminate() ?? {};
        const { kith } = await met(t, { last_seen });
        await assert.rejects(kith.lastSeen(["a"]), module.KithConnectionError);
        await kith.online();
      });

      test("a status whose connection is lost is told by the next join", async (t) => {
        const status = (_, { socket }) => socket.terminate() ?? {};
        const { kith, server } = await met(t, { status });
        await kith.setStatus("away");
        assert.deepEqual(await server.heard(2, "phx_join"), { status: "away" });
      });
    });
});
