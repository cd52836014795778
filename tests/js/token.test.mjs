// token.test.mjs -- a function gives the token: at each connection, and before one runs out.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { PHOENIXES, client, moduleOn } from "../lib/module.mjs";
import { inSeconds, jwt } from "../lib/token.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

const LEEWAY_S = 30; /* the server takes a token for so long after its end */
const SHORT_S = 3; /* a busy machine comes in within */
const RENEWED_S = 8; /* more than the 5 s before which no token is renewed */

/* A token that has so much left, all leeway counted. */
const ending = (user, s) => jwt(user, s - LEEWAY_S);

/* Waiting is most of what they do, so they do it together. */
const TOGETHER = { concurrency: true };

describe("tokens", TOGETHER, () => {
  for (const version of PHOENIXES)
    describe(`on phoenix 1.${version[1]}`, TOGETHER, async () => {
      const settings = { "presence.grace_s": 6 };
      const server = sharedKith({ graph: circlesGraph(CIRCLES), tokens: true, settings });
      const module = await moduleOn(version);

      /* A client whose token function gives one answer after the other, and then the last again. */
      function as(t, ...answers) {
        let asked = 0;
        const token = async () => answers[Math.min(asked++, answers.length - 1)]();
        const one = client(t, module, server, { token });
        return { ...one, asked: () => asked };
      }

      const never = () => assert.fail("asked once too often");
      const fails = () => {
        throw new Error("the back end is away");
      };

      test("gets in, and the token is in no address", async (t) => {
        const { ann } = circle();
        const { kith, sockets, states } = as(t, () => jwt(ann), never);
        await kith.online();
        assert.ok(!sockets[0].url.includes("token"), sockets[0].url);
        assert.deepEqual(states, ["online"]);
      });

      test("one that runs out brings the next one, and friends see nothing", async (t) => {
        const who = circle();
        const ben = as(t, () => jwt(who.ben));
        await ben.kith.online();
        const ann = as(
          t,
          () => ending(who.ann, SHORT_S),
          () => jwt(who.ann),
          never,
        );
        await ann.kith.online();
        await eventually(() => ann.states.length === 3, "the return");
        assert.deepEqual(ann.states, ["online", "reconnecting", "online"]);
        assert.equal(ann.errors[0].closeCode, 4001);
        assert.match(ann.errors[0].message, /run out.*fresh one/);
        await sleep(7000);
        assert.deepEqual(ben.news, [["added", who.ann, "online"]]);
      });

      test("is renewed before its end, over the living connection", async (t) => {
        const { ann } = circle();
        const { kith, states, asked, errors } = as(
          t,
          () => ({
            token: ending(ann, RENEWED_S),
            expiresAt: new Date(Date.now() + RENEWED_S * 1000),
          }),
          () => jwt(ann),
          never,
        );
        await kith.online();
        await sleep(RENEWED_S * 1000 + 1500);
        assert.equal(asked(), 2);
        assert.deepEqual([states, errors], [["online"], []]);
      });

      test("says its own end if it is a JWT, whatever the clock here says", async (t) => {
        const { ann } = circle();
        const issued = () =>
          jwt(ann, RENEWED_S - LEEWAY_S, { claims: { iat: inSeconds(-LEEWAY_S) } });
        const { kith, states, asked } = as(t, issued, () => jwt(ann), never);
        await kith.online();
        await sleep(RENEWED_S * 1000 + 1500);
        assert.equal(asked(), 2);
        assert.deepEqual(states, ["online"]);
      });

      test("a function that fails is asked again, till it gives one", async (t) => {
        const { ann } = circle();
        const { kith, states, errors } = as(
          t,
          fails,
          () => undefined,
          () => jwt(ann),
          never,
        );
        await kith.online();
        assert.deepEqual(states, ["reconnecting", "reconnecting", "online"]);
        assert.ok(errors.every((error) => error instanceof module.KithTokenError));
        assert.match(errors[0].message, /token function failed: the back end is away/);
        assert.equal(errors[0].cause.message, "the back end is away");
        assert.match(errors[1].message, /gave no token: let it return a text/);
      });

      test("one that is refused is asked for again; the error says where to look", async (t) => {
        const { ann } = circle();
        const { kith, states, errors } = as(
          t,
          () => jwt(ann, -120),
          () => jwt(ann),
          never,
        );
        await kith.online();
        assert.deepEqual(states, ["reconnecting", "online"]);
        assert.match(errors[0].message, /is the token good/);
      });

      test("a renewal that fails is told, and tried again while the old one lasts", async (t) => {
        const { ann } = circle();
        const first = () => ({ token: ending(ann, RENEWED_S + 4), expiresAt: Date.now() + 5000 });
        const { kith, states, errors, asked } = as(t, first, fails, () => jwt(ann), never);
        await kith.online();
        await eventually(() => asked() === 3, "the renewal");
        await sleep(6500);
        assert.deepEqual(states, ["online"]);
        assert.deepEqual(
          errors.map(({ name }) => name),
          ["KithTokenError"],
        );
      });
    });
});

test("who connects, and with what, must be said", async () => {
  const { connect } = await moduleOn("18");
  const WebSocket = class {};
  const token = "a token itself, which would not be fresh for long";
  for (const who of [{}, { token }, { token, userId: "1" }])
    assert.throws(() => connect("ws://x/socket", { ...who, WebSocket }), /`token`.*`userId`/);
  assert.throws(() => connect("ws://x/socket", { userId: "1", WebSocket: null }), /install `ws`/);
});
