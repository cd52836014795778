// resume.test.mjs -- a client that comes back takes over its presence, and what it has been shown.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { Wire, known, meet } from "../lib/wire.mjs";

const TAKEN_OVER = 4002;
const RESUMED = { status: "ok", response: { resumed: true } };
const OK = { status: "ok", response: {} };

for (const workers of [1, 4])
  describe(`${workers} workers`, () => {
    const settings = { "server.workers": workers };
    const kith = sharedKith({ graph: circlesGraph(CIRCLES), settings });

    /* ann and her friend ben are there. */
    async function scene(t) {
      const who = circle();
      const open = async (user, device) => {
        const wire = await Wire.open(kith, { user, device });
        t.after(() => wire.cut());
        return wire;
      };
      const ben = await open(who.ben);
      const ann = await open(who.ann, "tab");
      await meet(ben, ann);
      return { who, ann, ben, open };
    }

    async function back(wire, payload, topic = "friends") {
      wire.send("1", "1", topic, "phx_join", payload);
      const reply = await wire.next();
      const { status, response } = wire.payloadOf(reply);
      const events = (await wire.drain()).map((frame) => wire.eventOf(frame));
      return [{ status, response }, events];
    }

    /* The next that is heard of ann is what she says now. */
    async function hearsNothingBut(ben, user, ann) {
      ann.send("1", "now", "friends", "status", { status: "now" });
      await ann.expect(ann.reply("1", "now", "friends", "ok", {}));
      const { joins, leaves } = ben.payloadOf(await ben.next());
      assert.deepEqual([Object.keys(joins), Object.keys(leaves)], [[user], [user]]);
      assert.equal(joins[user].metas[0].status, "now");
      assert.deepEqual(await ben.drain(), []);
    }

    test("while the old socket looks alive: it is closed, and nobody hears of it", async (t) => {
      const { who, ann, ben, open } = await scene(t);
      const anew = await open(who.ann, "another device");
      const { resume } = ann;
      assert.deepEqual(await back(anew, { resume }), [RESUMED, []]);
      assert.equal((await ann.closed).code, TAKEN_OVER);
      await hearsNothingBut(ben, who.ann, anew);
      assert.notEqual(anew.resume, resume);
    });

    test("after a loss, with a status that is news", async (t) => {
      const { who, ann, ben, open } = await scene(t);
      await ann.cut();
      const anew = await open(who.ann, "tab");
      const payload = { status: "back", resume: ann.resume };
      assert.deepEqual(await back(anew, payload), [RESUMED, []]);
      const [meta] = ben.payloadOf(await ben.next()).joins[who.ann].metas;
      assert.deepEqual(Object.keys(meta).sort(), ["online_at", "phx_ref", "phx_ref_prev", "status"]);
      assert.equal(meta.status, "back");
      await hearsNothingBut(ben, who.ann, anew);
    });

    test("what has changed in between brings a state", async (t) => {
      const { who, ann, ben, open } = await scene(t);
      await ann.cut();
      await ben.push("friends", "status", { status: "away" });
      await known(kith, who.ben, ({ metas }) => metas[0].status === "away");
      const anew = await open(who.ann, "tab");
      assert.deepEqual(await back(anew, { resume: ann.resume }), [OK, ["presence_state"]]);
      await hearsNothingBut(ben, who.ann, anew);
    });

    test("so does what the old socket was told, and may not have taken", async (t) => {
      const { who, ann, ben, open } = await scene(t);
      const cleo = await open(who.cleo);
      await cleo.join("friends");
      await cleo.leave("friends");
      for (const wire of [ann, ben]) await wire.loses(who.cleo);
      await ann.cut();
      const anew = await open(who.ann, "tab");
      assert.deepEqual(await back(anew, { resume: ann.resume }), [OK, ["presence_state"]]);
      await hearsNothingBut(ben, who.ann, anew);
    });

    test("forged, of another user, of the other topic, or no text: a join like any", async (t) => {
      const { who, ann, ben, open } = await scene(t);
      const forged = (ann.resume[0] === "A" ? "B" : "A") + ann.resume.slice(1);
      for (const resume of [forged, ben.resume, "", "x".repeat(10000), null, 7, { a: [1] }]) {
        const anew = await open(who.ann);
        assert.deepEqual(await back(anew, { resume }), [OK, ["presence_state"]]);
        await anew.cut();
      }
      const anew = await open(who.ann);
      const [reply] = await back(anew, { resume: ann.resume }, `user:${who.ann}`);
      assert.deepEqual(reply, OK);
      assert.deepEqual(await ann.drain(), []); /* it is alive */
    });

    test("a status has no resume", async (t) => {
      const { ann } = await scene(t);
      assert.deepEqual(await ann.push("friends", "status", { resume: ann.resume }), {
        status: "error",
        response: { reason: "resume is for joins, and no part of a status" },
      });
    });

    test("the old client that comes back is another session: no war", async (t) => {
      const { who, ann, open } = await scene(t);
      const anew = await open(who.ann, "tab");
      await back(anew, { resume: ann.resume });
      await ann.closed;
      const old = await open(who.ann, "tab");
      assert.deepEqual((await back(old, { resume: ann.resume }))[0].status, "ok");
      assert.deepEqual(await anew.drain(), []);
    });
  });
