// presence.test.mjs -- who sees what, frame by frame, on both topics and in both forms.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { Names, diff, meta, metas } from "../lib/presence.mjs";
import { Wire, known } from "../lib/wire.mjs";

const GRACE_MS = 300;
const TURN_MS = 100; /* a thread takes the time once a turn */
const kith = sharedKith({
  graph: circlesGraph(CIRCLES),
  settings: { "presence.grace_s": GRACE_MS / 1000 },
});

async function as(t, user, options = {}) {
  const wire = await Wire.open(kith, { user, ...options });
  t.after(() => wire.cut());
  return wire;
}

/* On which topic `watcher` hears of `friend`, by the topic that it joined. */
const forms = {
  "user:<id>": {
    join: (watcher) => `user:${watcher}`,
    hear: (friend) => `user_presence:${friend}`,
  },
  friends: { join: () => "friends", hear: () => "friends" },
};

for (const vsn of ["2.0.0", "1.0.0"])
  for (const [form, { join, hear }] of Object.entries(forms))
    describe(`${form}, vsn ${vsn}`, () => {
      /* ben watches, ann acts: on the other topic, which must make no difference */
      async function watched(t, { annJoin = {} } = {}) {
        const names = new Names();
        const who = circle();
        const ben = await as(t, who.ben, { vsn });
        assert.deepEqual(await ben.join(join(who.ben)), {});
        await known(kith, who.ben);
        const ann = await as(t, who.ann);
        assert.deepEqual(
          names.of(await ann.join("friends", annJoin)),
          metas(who.ben, meta("ref1")),
        );
        const hears = (parts) => diff(ben, hear(who.ann), parts);
        const heard = async () => names.of(await ben.next());
        return { ann, ben, hears, heard, names, who };
      }

      test("a friend's join is one diff; leave at once is one diff", async (t) => {
        const { ann, ben, hears, heard, who } = await watched(t);
        assert.deepEqual(await heard(), hears({ joins: metas(who.ann, meta("ref2")) }));
        await ann.leave("friends");
        assert.deepEqual(await heard(), hears({ leaves: metas(who.ann, meta("ref2")) }));
        await ben.quiet();
      });

      test("an update is one diff: the old meta leaves, the new one joins", async (t) => {
        const { ann, ben, hears, heard, who } = await watched(t);
        await heard();
        const ok = { status: "ok", response: {} };
        assert.deepEqual(
          await ann.push("friends", "status", { status: "away", mood: [1, { a: null }] }),
          ok,
        );
        const away = meta("ref3", "away", { mood: [1, { a: null }], phx_ref_prev: "ref2" });
        assert.deepEqual(
          await heard(),
          hears({ joins: metas(who.ann, away), leaves: metas(who.ann, meta("ref2")) }),
        );
        assert.deepEqual(await ann.push("friends", "status", { status: "busy" }), ok);
        const busy = meta("ref4", "busy", { phx_ref_prev: "ref3" });
        assert.deepEqual(
          await heard(),
          hears({ joins: metas(who.ann, busy), leaves: metas(who.ann, away) }),
        );
        await ann.leave("friends");
        assert.deepEqual(await heard(), hears({ leaves: metas(who.ann, busy) }));
        await ben.quiet();
      });

      test("a join payload carries the first status", async (t) => {
        const first = { status: "busy", text: "Åh, é, 日本 \u2028 </script>" };
        const { hears, heard, who } = await watched(t, { annJoin: first });
        const { status, ...more } = first;
        assert.deepEqual(
          await heard(),
          hears({ joins: metas(who.ann, meta("ref2", status, more)) }),
        );
      });

      test("a second device is a second meta, in the diff and in the state", async (t) => {
        const { ann, hears, heard, names, who } = await watched(t);
        await heard();
        const phone = await as(t, who.ann, { device: "phone" });
        await phone.join("friends", { status: "away" });
        assert.deepEqual(await heard(), hears({ joins: metas(who.ann, meta("ref3", "away")) }));
        const cleo = await as(t, who.cleo, { vsn });
        const state = names.of(await cleo.join(join(who.cleo)));
        assert.deepEqual(state[who.ann], { metas: [meta("ref2"), meta("ref3", "away")] });
        assert.deepEqual(Object.keys(state).sort(), [who.ann, who.ben].sort());
        await Promise.all([heard(), ann.next(), phone.next()]); /* cleo */
        await ann.leave("friends");
        assert.deepEqual(await heard(), hears({ leaves: metas(who.ann, meta("ref2")) }));
        await phone.leave("friends");
        assert.deepEqual(await heard(), hears({ leaves: metas(who.ann, meta("ref3", "away")) }));
      });

      test("joining the other topic too, and leaving one of two, is nobody's news", async (t) => {
        const { ann, ben, hears, heard, who } = await watched(t);
        await heard();
        await ann.join(`user:${who.ann}`);
        await ann.leave("friends");
        await ben.quiet(50);
        await ann.leave(`user:${who.ann}`);
        assert.deepEqual(await heard(), hears({ leaves: metas(who.ann, meta("ref2")) }));
      });

      test("an abrupt cut is a leave, but only after grace", async (t) => {
        const { ann, hears, heard, who } = await watched(t);
        await heard();
        const cut = Date.now();
        ann.cut();
        assert.deepEqual(await heard(), hears({ leaves: metas(who.ann, meta("ref2")) }));
        assert.ok(Date.now() - cut >= GRACE_MS - TURN_MS, `${Date.now() - cut} ms`);
      });

      test("whoever watches oneself gets a state without, then the own join", async (t) => {
        const names = new Names();
        const { self } = circle();
        const wire = await as(t, self, { vsn });
        assert.deepEqual(await wire.join(join(self)), {});
        const heard = names.of(await wire.next());
        assert.deepEqual(heard, diff(wire, hear(self), { joins: metas(self, meta("ref1")) }));
      });

      test("strangers, and the watched who don't watch back, hear nothing", async (t) => {
        const who = circle();
        const stranger = await as(t, who.stranger, { vsn });
        await stranger.join(join(who.stranger));
        const ann = await as(t, who.ann, { vsn });
        await ann.join(join(who.ann));
        const self = await as(t, who.self); /* watches ann; ann does not watch self */
        await self.join("friends");
        await self.sees(who.self);
        await ann.quiet();
        await stranger.quiet();
      });
    });

describe("status", () => {
  const refusals = {
    online_at: { status: "away", online_at: "1" },
    phx_ref: { phx_ref: "AAAAAAAAAAAAAAAA" },
    phx_ref_prev: { phx_ref_prev: "AAAAAAAAAAAAAAAA" },
    "an array": [1],
    null: null,
    "a string": "away",
    "more than 1 KiB": { status: "x".repeat(1100) },
  };
  for (const [name, payload] of Object.entries(refusals))
    test(`${name} is refused with a reason, and friends see nothing`, async (t) => {
      const who = circle();
      const ben = await as(t, who.ben);
      await ben.join("friends");
      const ann = await as(t, who.ann);
      await ann.join("friends");
      await ben.next();
      const ref = ann.newRef();
      ann.send("1", ref, "friends", "status", payload);
      const said = ann.payloadOf(await ann.next());
      assert.equal(said.status, "error");
      assert.match(said.response.reason, /\S/);
      assert.equal((await ann.push("friends", "status", { status: "away" })).status, "ok");
      const { joins } = ben.payloadOf(await ben.next());
      assert.equal(joins[who.ann].metas[0].status, "away");
    });

  test("the same again is an update all the same", async (t) => {
    const names = new Names();
    const who = circle();
    const ben = await as(t, who.ben);
    await ben.join("friends");
    const ann = await as(t, who.ann);
    await ann.join("friends");
    names.of(await ben.next());
    await ann.push("friends", "status", { status: "online" });
    assert.deepEqual(
      names.of(await ben.next()),
      diff(ben, "friends", {
        joins: metas(who.ann, meta("ref2", "online", { phx_ref_prev: "ref1" })),
        leaves: metas(who.ann, meta("ref1")),
      }),
    );
  });

  test("numbers and key order pass through as they were written", async (t) => {
    const who = circle();
    const ben = await as(t, who.ben);
    await ben.join("friends");
    const ann = await as(t, who.ann);
    await ann.join("friends");
    await ben.next();
    const raw = new Promise((done) => ben.socket.once("message", (data) => done(String(data))));
    const fields = '{"z":1.50,"status":"on","a":123456789012345678901234567890,"e":1E2}';
    ann.raw(`["1","9","friends","status",${fields}]`);
    const text = await raw;
    assert.match(text, /"z":1\.50/);
    assert.match(text, /"a":123456789012345678901234567890/);
    assert.match(text, /"e":1E2/);
    assert.ok(text.indexOf('"z"') < text.indexOf('"a"'), text);
  });

  test("on one topic shows to friends on either", async (t) => {
    const who = circle();
    const ben = await as(t, who.ben);
    await ben.join(`user:${who.ben}`);
    const cleo = await as(t, who.cleo, { vsn: "1.0.0" });
    await cleo.join("friends");
    const ann = await as(t, who.ann);
    await ann.join(`user:${who.ann}`);
    for (const wire of [ben, cleo]) await wire.sees(who.ann);
    await ann.push(`user:${who.ann}`, "status", { status: "lunch" });
    const [b, c] = await Promise.all([ben.next(), cleo.next()]);
    assert.deepEqual(ben.payloadOf(b), cleo.payloadOf(c));
    assert.equal(ben.payloadOf(b).joins[who.ann].metas[0].status, "lunch");
  });
});
