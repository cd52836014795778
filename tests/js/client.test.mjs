// client.test.mjs -- clients/js against a real server, on each version of phoenix: one event for
// each change, and none for what is no change.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { PHOENIXES, client, moduleOn } from "../lib/module.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

const GRACE_MS = 6000; /* a first retry within 2 s, on a busy machine */
const LATER_MS = GRACE_MS * 1.3;

/* Waiting is most of what they do, so they do it together. */
const TOGETHER = { concurrency: true };

describe("friends, by clients/js", TOGETHER, () => {
  for (const version of PHOENIXES)
    describe(`on phoenix 1.${version[1]}`, TOGETHER, async () => {
      const settings = { "presence.grace_s": GRACE_MS / 1000 };
      const server = sharedKith({ graph: circlesGraph(CIRCLES), settings });
      const module = await moduleOn(version);

      async function as(t, userId, options) {
        const one = client(t, module, server, { userId, ...options });
        await one.kith.online();
        return one;
      }

      /* Two friends who see each other. */
      async function both(t, options) {
        const who = circle();
        const ben = await as(t, who.ben);
        const ann = await as(t, who.ann, options);
        await eventually(() => ben.friends.has(who.ann), "ann");
        await eventually(() => ann.friends.has(who.ben), "ben");
        return { who, ann, ben };
      }

      /* A friend's next word is the first that is heard since `heard`. */
      async function nothingBut({ who, ann, ben }, heard) {
        await sleep(LATER_MS);
        await ann.kith.setStatus("the end");
        await eventually(() => ben.friends.get(who.ann)?.status === "the end", "the end");
        assert.deepEqual(ben.news.slice(heard), [["changed", who.ann, "the end"]]);
      }

      test("a friend comes, changes, goes: one event each", async (t) => {
        const { who, ann, ben } = await both(t, { status: "busy" });
        await ann.kith.setStatus("away", { note: "lunch" });
        await eventually(() => ben.news.length === 2, "two events");
        const { meta, since } = ben.friends.get(who.ann);
        assert.equal(meta.note, "lunch");
        assert.ok(Math.abs(since - Date.now()) < 60000, since);
        ann.kith.close();
        await eventually(() => ben.news.length === 3, "three events");
        assert.deepEqual(ben.news, [
          ["added", who.ann, "busy"],
          ["changed", who.ann, "away"],
          ["removed", who.ann, "away"],
        ]);
        assert.deepEqual(ann.news, [["added", who.ben, "online"]]);
        assert.deepEqual([ben.states, ann.states], [["online"], ["online", "closed"]]);
        assert.deepEqual([...ben.friends], []);
      });

      test("a second window is a change, and so is its end; the newest speaks", async (t) => {
        const { who, ann, ben } = await both(t, { status: "at the desk" });
        const phone = await as(t, who.ann, { status: "on the way", device: "phone" });
        await eventually(() => ben.news.length === 2, "the second window");
        await ann.kith.setStatus("asleep");
        await eventually(() => ben.news.length === 3, "the first one's change");
        const statuses = ben.friends.get(who.ann).metas.map(({ status }) => status);
        assert.deepEqual(statuses, ["asleep", "on the way"]);
        phone.kith.close();
        await eventually(() => ben.news.length === 4, "its end");
        assert.deepEqual(ben.news.slice(1), [
          ["changed", who.ann, "on the way"],
          ["changed", who.ann, "on the way"],
          ["changed", who.ann, "asleep"],
        ]);
      });

      test("a cut connection comes back, and is no news to either side", async (t) => {
        const { who, ann, ben } = await both(t, { status: "busy", fields: { note: "hm" } });
        ann.cut();
        await eventually(() => ann.states.length === 3, "the return");
        assert.deepEqual(ann.states, ["online", "reconnecting", "online"]);
        assert.match(ann.errors[0].message, /comes back by itself/);
        assert.equal(ann.errors[0].name, "KithConnectionError");
        assert.deepEqual(ann.news, [["added", who.ben, "online"]]);
        await nothingBut({ who, ann, ben }, 1);
      });

      test("a new state tells only the differences", async (t) => {
        const { who, ann, ben } = await both(t);
        const cleo = await as(t, who.cleo);
        await eventually(() => ben.friends.has(who.cleo), "cleo");
        const heard = ben.news.length;
        ben.cut();
        await eventually(() => ben.kith.state === "reconnecting", "the loss");
        cleo.kith.close();
        await ann.kith.setStatus("away");
        assert.equal(ben.friends.size, 2); /* who was here, till it is known who is */
        await ben.kith.online();
        await eventually(() => ben.news.length >= heard + 2, "both");
        const differences = ben.news.slice(heard).sort();
        assert.deepEqual(differences, [
          ["changed", who.ann, "away"],
          ["removed", who.cleo, "online"],
        ]);
      });

      test("a status that is set while there is no connection goes with the join", async (t) => {
        const { who, ann, ben } = await both(t);
        ann.cut();
        await eventually(() => ann.kith.state === "reconnecting", "the loss");
        const told = ann.kith.setStatus("away", { note: "tunnel" });
        assert.deepEqual(ann.kith.status, { status: "away", note: "tunnel" });
        await told;
        await eventually(() => ben.friends.get(who.ann).meta.note === "tunnel", "the status");
        await nothingBut({ who, ann, ben }, 2);
      });

      test("of statuses that are set at once only the last is told", async (t) => {
        const { who, ann, ben } = await both(t);
        await Promise.all(["a", "b", "c"].map((status) => ann.kith.setStatus(status)));
        await eventually(() => ben.news.length === 2, "the last");
        await nothingBut({ who, ann, ben }, 2);
        assert.deepEqual(ben.news[1], ["changed", who.ann, "c"]);
      });

      test("a status that no server would take is refused at once, and the old one kept", async (t) => {
        const { ann } = await both(t);
        await assert.rejects(ann.kith.setStatus("x", { text: "é".repeat(600) }), /1024 bytes/);
        await assert.rejects(ann.kith.setStatus("x", { phx_ref: "1" }), /phx_ref/);
        assert.deepEqual(ann.kith.status, { status: "online" });
        assert.equal(ann.kith.state, "online");
      });

      test("what the server lacks is refused by name, and nothing else ends", async (t) => {
        const { who, ann } = await both(t);
        const asked = {
          visibility: () => ann.kith.setVisibility("friends"),
        };
        for (const [event, ask] of Object.entries(asked))
          await ask().catch((error) => {
            assert.ok(error instanceof module.KithUnsupportedError, `${event}: ${error}`);
            assert.equal(error.event, event);
          });
        await ann.kith.setStatus("still here");
        assert.deepEqual(ann.states, ["online"]);
      });

      test("who is watched is a friend for a while, and over a lost connection", async (t) => {
        const who = circle();
        const stranger = await as(t, who.stranger);
        const ann = await as(t, who.ann);
        await stranger.kith.watch([who.ann, "nobody"]);
        assert.equal(stranger.friends.has(who.ann), false); /* ann is not public */
        await ann.kith.setVisibility("public");
        await eventually(() => stranger.friends.has(who.ann), "ann");
        stranger.cut();
        await eventually(() => stranger.states.at(-1) !== "online", "the loss");
        await stranger.kith.online();
        await ann.kith.setStatus("away");
        await eventually(() => stranger.friends.get(who.ann)?.status === "away", "ann away");
        await stranger.kith.unwatch([who.ann]);
        assert.equal(stranger.friends.has(who.ann), false);
        assert.deepEqual(stranger.news, [
          ["added", who.ann, "online"],
          ["changed", who.ann, "away"],
          ["removed", who.ann, "away"],
        ]);
      });

      test("a connection that is lost in silence is taken over: no events, for nobody", async (t) => {
        const it = await both(t);
        const [{ ann, ben }, heard, seen] = [it, it.ben.news.length, it.ann.news.length];
        const [old] = ann.sockets;
        const code = new Promise((done) => old.on("close", done));
        old.close = () => {};
        old.onclose({ code: 1006 }); /* its client gives it up; the server knows nothing of it */
        await eventually(() => ann.states.at(-1) !== "online", "the loss");
        await ann.kith.online();
        assert.equal(await code, 4002);
        assert.equal(ann.news.length, seen);
        await nothingBut(it, heard);
        assert.ok(ben.friends.has(it.who.ann));
      });

      test("when friends were last seen is told as far as they let it", async (t) => {
        const { who, ann, ben } = await both(t);
        assert.deepEqual([...(await ben.kith.lastSeen([who.ann]))], [[who.ann, null]]);
        await ann.kith.setLastSeen("coarse");
        const told = await ben.kith.lastSeen([who.stranger, who.ann]);
        assert.deepEqual(
          [...told],
          [
            [who.stranger, null],
            [who.ann, { ago: "minutes" }],
          ],
        );
        await ann.kith.setLastSeen("exact");
        ann.kith.close();
        await eventually(() => !ben.friends.has(who.ann), "the leave");
        const { at } = (await ben.kith.lastSeen([who.ann])).get(who.ann);
        assert.ok(Math.abs(at - Date.now() / 1000) < 10);
      });

      test("a hidden session is gone for friends, comes back, and sees them all the while", async (t) => {
        const { who, ann, ben } = await both(t);
        const heard = ben.news.length;
        await ann.kith.setHidden(true);
        await eventually(() => !ben.friends.has(who.ann), "the leave");
        await ben.kith.setStatus("busy");
        await eventually(() => ann.friends.get(who.ben).status === "busy", "what it sees");
        ann.cut();
        await eventually(() => ann.kith.state === "reconnecting", "the loss");
        await ann.kith.online();
        await sleep(300);
        assert.ok(!ben.friends.has(who.ann));
        await ann.kith.setHidden(false);
        await eventually(() => ben.friends.has(who.ann), "the join");
        assert.deepEqual(ben.news.slice(heard), [
          ["removed", who.ann, "online"],
          ["added", who.ann, "online"],
        ]);
      });

      test("after close() all that is asked fails, and says what to do", async (t) => {
        const { ann } = await both(t);
        ann.kith.close();
        ann.kith.close();
        for (const ask of [
          () => ann.kith.online(),
          () => ann.kith.setStatus("away"),
          () => ann.kith.watch(["x"]),
        ])
          await assert.rejects(ask, module.KithClosedError);
        await assert.rejects(() => ann.kith.lastSeen(["x"]), /connect\(\) makes a new one/);
      });
    });
});
