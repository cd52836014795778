// ids.test.mjs -- a user id is whatever an app takes for one: it may look like JSON, like a page,
// like a topic. It arrives as it was, and means nothing else.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sharedKith } from "../lib/kith.mjs";
import { Names, diff, meta, metas } from "../lib/presence.mjs";
import { jwt } from "../lib/token.mjs";
import { Wire, known, refused } from "../lib/wire.mjs";

const IDS = {
  quotes: `a"b'c\\"d`,
  markup: "<script>alert(1)</script><!--",
  emoji: "👩‍👩‍👧 🫶".replace(" ", ""),
  "a colon": "user:1:2",
  "the topic of somebody": "user_presence:ann",
  "a topic of all": "friends",
  "an address": "a/b?c=d&user_id=e#f+g%20h%00",
  "a path": "../../etc/passwd",
  JSON: '"},"joins":{"x":{"metas":[]}}',
  "a closing bracket": "x]}",
  "a name that objects know": "constructor",
  "a name that objects know better": "__proto__",
  "SQL": "x';DROP/**/TABLE/**/watches;--",
  "a format": "%s%n$(id)`id`",
  "a line separator": "a\u2028b",
  "letters from right to left": "\u202eabc",
  "two forms of one letter": "e\u0301-\u00e9",
  "128 bytes": "ü".repeat(64),
};
const BLANK = {
  "a space": "Ann Lee",
  "spaces alone": "  ",
  "a line end": "a\nb",
  "a tab": "a\tb",
  "a control character": "a\x01b\x7f",
};

const watcherOf = (name) => `watcher-of-${name.replace(/ /g, "-")}`;
const graph = Object.entries(IDS)
  .map(([name, id]) => `${watcherOf(name)} ${id}\n${id} ${watcherOf(name)}\n`)
  .join("");
const settings = { "presence.grace_s": 0.3 };
const kith = sharedKith({ graph, settings });
const guarded = sharedKith({ graph, settings, tokens: true });

async function as(t, options, server = kith) {
  const wire = await Wire.open(server, options);
  t.after(() => wire.cut());
  return wire;
}

describe("an id with", () => {
  for (const [name, id] of Object.entries(IDS))
    test(`${name} is seen by a friend, in every form, as it is`, async (t) => {
      const names = new Names();
      const watcher = watcherOf(name);
      const watchers = [];
      for (const vsn of ["2.0.0", "1.0.0"])
        for (const [joins, hears] of [
          ["friends", "friends"],
          [`user:${watcher}`, `user_presence:${id}`],
        ]) {
          const wire = await as(t, { user: watcher, vsn });
          assert.deepEqual(await wire.join(joins), {});
          watchers.push({ wire, hears });
        }
      await known(kith, watcher, ({ metas }) => metas.length === watchers.length);
      const hear = async (parts) => {
        for (const { wire, hears } of watchers)
          assert.deepEqual(names.of(await wire.next()), diff(wire, hears, parts));
      };
      const wire = await as(t, { user: id });
      const state = names.of(await wire.join(`user:${id}`, { text: id }));
      assert.deepEqual(Object.keys(state), [watcher]);
      assert.equal(state[watcher].metas.length, watchers.length);
      const here = metas(id, meta("ref5", "online", { text: id }));
      await hear({ joins: here });
      const late = await as(t, { user: watcher });
      assert.deepEqual(names.of(await late.join("friends")), here);
      await wire.next(); /* late */
      await wire.leave(`user:${id}`);
      await hear({ leaves: here });
    });

  for (const [name, id] of Object.entries({ ...IDS, ...BLANK }))
    test(`${name} gets in with a token too, on its own topics only`, async (t) => {
      const wire = await as(t, { token: jwt(id) }, guarded);
      assert.deepEqual(await wire.join(`user:${id}`), {});
      assert.deepEqual(await wire.join("friends"), {});
      for (const other of [watcherOf(name), `${id}x`, [...id].slice(1).join(""), encodeURIComponent(id)])
        if (other !== id) {
          const reason = { reason: "unauthorized" };
          wire.send("9", "9", `user:${other}`, "phx_join");
          await wire.expect(wire.reply("9", "9", `user:${other}`, "error", reason));
        }
    });

  for (const [name, id] of Object.entries(BLANK))
    test(`${name} gets in, joins, and is nobody's friend`, async (t) => {
      const wire = await as(t, { user: id });
      assert.deepEqual(await wire.join(`user:${id}`), {});
      assert.deepEqual(await wire.push(`user:${id}`, "status", { text: id }), {
        status: "ok",
        response: {},
      });
    });

  for (const [name, id] of Object.entries({
    NUL: "a\0b",
    "129 bytes": "ü".repeat(64) + "x",
    nothing: "",
  }))
    test(`${name} is refused`, async () => {
      const answer = { status: 403, body: "" };
      assert.deepEqual(await refused(kith, { user: id }), answer);
      assert.deepEqual(await refused(guarded, { token: jwt(id) }), answer);
    });
});
