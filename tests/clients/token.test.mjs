// token.test.mjs -- the doors of a server that wants to know who one is.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { inSeconds, jwt } from "../lib/token.mjs";
import { Wire, refused } from "../lib/wire.mjs";

const GRACE_MS = 3000; /* a busy machine needs some of it to come back */
const TURN_MS = 100; /* a thread takes the time once a turn */
const LEEWAY_S = 30; /* clocks differ: a token is taken for so long after its end */
const SHORT_S = 3; /* and some of this to come in */
const kith = sharedKith({
  graph: circlesGraph(CIRCLES),
  tokens: true,
  settings: { "presence.grace_s": GRACE_MS / 1000 },
});

/* A token that has so much left, all leeway counted. */
const ending = (user, s) => jwt(user, s - LEEWAY_S);
const subprotocols = (token) => [
  "phoenix",
  `base64url.bearer.phx.${btoa(token).replace(/=/g, "")}`,
];

async function as(t, options) {
  const wire = await Wire.open(kith, options);
  t.after(() => wire.cut());
  return wire;
}

describe("a good token", () => {
  test("as a parameter gets in, as the user it names", async (t) => {
    const { ann, ben } = circle();
    const wire = await as(t, { token: jwt(ann) });
    assert.deepEqual(await wire.join(`user:${ann}`), {});
    wire.send("9", "9", `user:${ben}`, "phx_join");
    await wire.expect(wire.reply("9", "9", `user:${ben}`, "error", { reason: "unauthorized" }));
  });

  test("as a subprotocol gets in, and phoenix is answered", async (t) => {
    const { ann } = circle();
    const wire = await as(t, { protocols: subprotocols(jwt(ann)) });
    assert.equal(wire.socket.protocol, "phoenix");
    assert.deepEqual(await wire.join(`user:${ann}`), {});
  });

  test("user_id beside it has no say", async (t) => {
    const { ann, ben } = circle();
    const wire = await as(t, { token: jwt(ann), user: ben });
    assert.deepEqual(await wire.join(`user:${ann}`), {});
  });
});

describe("refused with 403 and an empty body:", () => {
  const { ann } = circle();
  const bad = {
    "no token": undefined,
    "an empty token": "",
    "user_id alone": undefined,
    "no JWT": "abc",
    "a token of another secret": jwt(ann, 600, { secret: "x".repeat(40) }),
    "a token that ended": jwt(ann, -120),
    "a token of the future": jwt(ann, 600, { claims: { nbf: inSeconds(300) } }),
    "a token without an end": jwt(ann, 600, { claims: { exp: undefined } }),
    "a token for nobody": jwt(undefined),
    "a token for the empty user": jwt(""),
    "alg none": jwt(ann, 600, { header: { alg: "none" } }).replace(/[^.]*$/, ""),
    "alg none, signed": jwt(ann, 600, { header: { alg: "none" } }),
    "another alg": jwt(ann, 600, { header: { alg: "HS512" } }),
    "a crit header": jwt(ann, 600, { header: { alg: "HS256", crit: ["x"], x: 1 } }),
    "a changed payload": jwt(ann).replace(
      /\.[^.]+\./,
      `.${btoa('{"sub":"ben0","exp":9999999999}')}.`,
    ),
    "four parts": `${jwt(ann)}.x`,
  };
  for (const [name, token] of Object.entries(bad)) {
    test(name, async () => {
      const user = name === "user_id alone" ? ann : undefined;
      assert.deepEqual(await refused(kith, { token, user }), { status: 403, body: "" });
    });
    if (token)
      test(`${name}, as a subprotocol`, async () => {
        const answer = await refused(kith, { protocols: subprotocols(token) });
        assert.deepEqual(answer, { status: 403, body: "" });
      });
  }
});

describe("a token's end", { concurrency: true }, () => {
  test("closes the socket with 4001, with grace", async (t) => {
    const who = circle();
    const ben = await as(t, { token: jwt(who.ben) });
    await ben.join("friends");
    const ann = await as(t, { token: ending(who.ann, SHORT_S), device: "tab" });
    await ann.join("friends");
    await ben.next();
    assert.equal(await ann.closeCode(), 4001);
    const back = await as(t, { token: jwt(who.ann), device: "tab" });
    await back.join("friends");
    await ben.quiet(GRACE_MS * 1.5);
  });

  for (const vsn of ["2.0.0", "1.0.0"])
    test(`without a return, friends see a leave, but only after grace, vsn ${vsn}`, async (t) => {
      const who = circle();
      const ben = await as(t, { token: jwt(who.ben) });
      await ben.join("friends");
      const end = inSeconds(SHORT_S) * 1000;
      const ann = await as(t, { token: ending(who.ann, SHORT_S), vsn });
      await ann.join("friends");
      await ben.next();
      assert.equal(await ann.closeCode(), 4001);
      const { joins, leaves } = ben.payloadOf(await ben.next());
      assert.ok(Date.now() >= end + GRACE_MS - TURN_MS, `${Date.now() - end} ms`);
      assert.deepEqual([joins, Object.keys(leaves)], [{}, [who.ann]]);
      await ben.quiet();
    });

  test("is the end of a socket that joined nothing, too", async (t) => {
    const wire = await as(t, { token: ending(circle().ann, SHORT_S) });
    assert.equal(await wire.closeCode(), 4001);
  });

  test("is nobody else's: another session of the same user lives on", async (t) => {
    const { ann } = circle();
    const long = await as(t, { token: jwt(ann) });
    await long.join("friends");
    const short = await as(t, { token: ending(ann, SHORT_S) });
    await short.join("friends");
    assert.equal(await short.closeCode(), 4001);
    assert.equal((await long.push("friends", "status", { status: "away" })).status, "ok");
  });

  test("is put off by a new token", async (t) => {
    const { ann } = circle();
    const wire = await as(t, { token: ending(ann, SHORT_S) });
    await wire.join("friends");
    const { status } = await wire.push("friends", "token", { token: jwt(ann) });
    assert.equal(status, "ok");
    await wire.quiet(SHORT_S * 1000 + 1500);
    assert.deepEqual(await wire.drain(), []);
  });

  const useless = {
    "of somebody else": (ann) => jwt(`${ann}x`),
    "that ended": (ann) => jwt(ann, -120),
    "that is none": () => "abc",
    "that is no string": () => 5,
  };
  for (const [name, make] of Object.entries(useless))
    test(`is not put off by a token ${name}; the channel lives till then`, async (t) => {
      const { ann } = circle();
      const wire = await as(t, { token: ending(ann, SHORT_S) });
      await wire.join("friends");
      const { status, response } = await wire.push("friends", "token", { token: make(ann) });
      assert.equal(status, "error");
      assert.match(response.reason, /\S/);
      assert.equal(await wire.closeCode(), 4001);
    });
});
