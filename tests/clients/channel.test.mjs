// channel.test.mjs -- joining, leaving and what can go wrong between, in both forms of the wire.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { Wire } from "../lib/wire.mjs";

const kith = sharedKith({ graph: circlesGraph(CIRCLES) });

const unmatched = { reason: "unmatched topic" };
const unauthorized = { reason: "unauthorized" };
const topicsOf = (user) => [`user:${user}`, "friends"];

async function as(t, vsn, user) {
  const wire = await Wire.open(kith, { user, vsn });
  t.after(() => wire.cut());
  return wire;
}

for (const vsn of ["2.0.0", "1.0.0"])
  describe(`vsn ${vsn}`, () => {
    describe("heartbeat", () => {
      const answers = (name, ref) =>
        test(`with ${name} as ref is answered with it`, async (t) => {
          const wire = await as(t, vsn, circle().ann);
          wire.send(null, ref, "phoenix", "heartbeat");
          await wire.expect(wire.reply(null, ref, "phoenix", "ok", {}));
        });
      answers("a string", "1");
      answers("a number", 5);
      answers("null", null);
      answers("an object", { a: 1 });

      test("with a join_ref and a payload is answered without", async (t) => {
        const wire = await as(t, vsn, circle().ann);
        wire.send("7", "2", "phoenix", "heartbeat", { x: 1 });
        await wire.expect(wire.reply(null, "2", "phoenix", "ok", {}));
      });

      test("another event on phoenix is an unmatched topic, a leave is ok", async (t) => {
        const wire = await as(t, vsn, circle().ann);
        wire.send(null, "3", "phoenix", "other");
        wire.send(null, "4", "phoenix", "phx_join");
        wire.send(null, "6", "phoenix", "phx_leave");
        await wire.expect(
          wire.reply(null, "3", "phoenix", "error", unmatched),
          wire.reply(null, "4", "phoenix", "error", unmatched),
          wire.reply(null, "6", "phoenix", "ok", {}),
        );
      });
    });

    describe("join", () => {
      test("user:<id> is answered ok, then comes the state", async (t) => {
        const { ann } = circle();
        const wire = await as(t, vsn, ann);
        wire.send("1", "1", `user:${ann}`, "phx_join");
        await wire.expect(
          wire.reply("1", "1", `user:${ann}`, "ok", {}),
          wire.frame("1", null, `user:${ann}`, "presence_state", {}),
        );
        await wire.quiet();
      });

      test("friends is answered ok, then comes the state", async (t) => {
        const wire = await as(t, vsn, circle().ann);
        wire.send("4", "9", "friends", "phx_join");
        await wire.expect(
          wire.reply("4", "9", "friends", "ok", {}),
          wire.frame("4", null, "friends", "presence_state", {}),
        );
      });

      test("somebody else's user topic is unauthorized", async (t) => {
        const { ann, ben } = circle();
        const wire = await as(t, vsn, ann);
        for (const topic of [`user:${ben}`, "user:nobody-there", "user:", `user:${ann} `]) {
          wire.send("2", "2", topic, "phx_join");
          await wire.expect(wire.reply("2", "2", topic, "error", unauthorized));
        }
      });

      test("user_presence:* is unauthorized, one's own and a friend's too", async (t) => {
        const { ann, ben } = circle();
        const wire = await as(t, vsn, ann);
        for (const topic of [`user_presence:${ann}`, `user_presence:${ben}`, "user_presence:"]) {
          wire.send("3", "3", topic, "phx_join");
          await wire.expect(wire.reply("3", "3", topic, "error", unauthorized));
        }
      });

      test("an unknown topic is unmatched, without a join_ref", async (t) => {
        const wire = await as(t, vsn, circle().ann);
        for (const topic of ["nope:1", "user", "friends:1", ""]) {
          wire.send("4", "4", topic, "phx_join");
          await wire.expect(wire.reply(null, "4", topic, "error", unmatched));
        }
      });

      test("a refused join leaves the topic not joined", async (t) => {
        const { ann, ben } = circle();
        const wire = await as(t, vsn, ann);
        wire.send("1", "1", `user:${ben}`, "phx_join");
        await wire.next();
        wire.send("1", "2", `user:${ben}`, "status", { status: "away" });
        await wire.expect(wire.reply(null, "2", `user:${ben}`, "error", unmatched));
      });
    });

    for (const topicOf of [(user) => `user:${user}`, () => "friends"])
      describe(`on ${topicOf("<id>")}`, () => {
        async function joined(t) {
          const { ann } = circle();
          const wire = await as(t, vsn, ann);
          const topic = topicOf(ann);
          await wire.join(topic);
          return { wire, topic };
        }

        test("an unknown event is an error with a reason, and the channel lives", async (t) => {
          const { wire, topic } = await joined(t);
          const { status, response } = await wire.push(topic, "no_such_event", { a: 1 });
          assert.equal(status, "error");
          assert.match(response.reason, /\S/);
          assert.deepEqual(await wire.push(topic, "status", { status: "away" }), {
            status: "ok",
            response: {},
          });
        });

        test("leave is answered ok, then phx_close, and is leave enough", async (t) => {
          const { wire, topic } = await joined(t);
          await wire.leave(topic);
          wire.send(null, "9", topic, "status", { status: "away" });
          await wire.expect(wire.reply(null, "9", topic, "error", unmatched));
        });

        test("it can be joined again after a leave", async (t) => {
          const { wire, topic } = await joined(t);
          await wire.leave(topic);
          assert.deepEqual(await wire.join(topic), {});
        });

        test("leaving what one never joined is ok", async (t) => {
          const { ann } = circle();
          const wire = await as(t, vsn, ann);
          wire.send(null, "8", topicOf(ann), "phx_leave");
          await wire.expect(wire.reply(null, "8", topicOf(ann), "ok", {}));
        });

        test("a push to it before a join is unmatched, without a join_ref", async (t) => {
          const { ann } = circle();
          const wire = await as(t, vsn, ann);
          wire.send("1", "5", topicOf(ann), "status", { status: "away" });
          await wire.expect(wire.reply(null, "5", topicOf(ann), "error", unmatched));
        });

        test("joined twice: the new ok, the old one's phx_close, the state", async (t) => {
          const { wire, topic } = await joined(t);
          assert.deepEqual(await wire.join(topic), {});
          await wire.quiet();
          assert.equal((await wire.push(topic, "status", { status: "away" })).status, "ok");
        });

        test("an event that is no string ends the channel, not the socket", async (t) => {
          const { wire, topic } = await joined(t);
          wire.send("1", "2", topic, 7);
          await wire.expect(wire.frame("1", "1", topic, "phx_error", {}));
          assert.deepEqual(await wire.drain(), []);
          wire.send("3", "3", topic, "phx_join");
          await wire.expect(
            wire.reply("3", "3", topic, "ok", {}),
            wire.frame("3", null, topic, "presence_state", {}),
          );
        });
      });

    test("a topic that is no string is unmatched, and echoed", async (t) => {
      const wire = await as(t, vsn, circle().ann);
      for (const topic of [5, null, { a: 1 }]) {
        wire.send("1", "2", topic, "phx_join");
        await wire.expect(wire.reply(null, "2", topic, "error", unmatched));
      }
    });

    test("both topics of one socket live side by side", async (t) => {
      const { ann } = circle();
      const wire = await as(t, vsn, ann);
      for (const topic of topicsOf(ann)) await wire.join(topic);
      await wire.leave("friends");
      assert.equal((await wire.push(`user:${ann}`, "status", { status: "busy" })).status, "ok");
    });
  });

/* What only V2 can say: V1 has no join_ref. */
describe("join_ref", () => {
  test("a join without one is answered without one; its ref becomes it", async (t) => {
    const { ann } = circle();
    const wire = await as(t, "2.0.0", ann);
    wire.send(null, "10", `user:${ann}`, "phx_join");
    await wire.expect(
      [null, "10", `user:${ann}`, "phx_reply", { response: {}, status: "ok" }],
      ["10", null, `user:${ann}`, "presence_state", {}],
    );
    wire.send("10", "11", `user:${ann}`, "phx_leave");
    await wire.expect(
      ["10", "11", `user:${ann}`, "phx_reply", { response: {}, status: "ok" }],
      ["10", "10", `user:${ann}`, "phx_close", {}],
    );
  });

  test("a leave with a stale one is ignored", async (t) => {
    const { ann } = circle();
    const wire = await as(t, "2.0.0", ann);
    const topic = `user:${ann}`;
    await wire.join(topic);
    await wire.join(topic);
    wire.send("1", "30", topic, "phx_leave");
    assert.deepEqual(await wire.drain(), []);
    assert.equal((await wire.push(topic, "status", { status: "away" })).status, "ok");
  });

  test("another push with a stale one is handled; the reply bears the current one", async (t) => {
    const { ann } = circle();
    const wire = await as(t, "2.0.0", ann);
    await wire.join("friends");
    wire.send("stale", "31", "friends", "status", { status: "away" });
    await wire.expect(["1", "31", "friends", "phx_reply", { response: {}, status: "ok" }]);
  });

  test("more than five elements: the rest is ignored", async (t) => {
    const wire = await as(t, "2.0.0", circle().ann);
    wire.raw('[null,"1","phoenix","heartbeat",{},"extra",9]');
    await wire.expect([null, "1", "phoenix", "phx_reply", { response: {}, status: "ok" }]);
  });

  test("white space is welcome", async (t) => {
    const wire = await as(t, "2.0.0", circle().ann);
    wire.raw(' [ null , "1" ,\t"phoenix" ,\n"heartbeat" , { } ] \r\n');
    await wire.expect([null, "1", "phoenix", "phx_reply", { response: {}, status: "ok" }]);
  });
});
