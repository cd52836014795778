// friends.test.mjs -- who is whose friend stands in the application's own tables.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Kith } from "../lib/kith.mjs";
import { Rest, userPath } from "../lib/rest.mjs";
import { Tables, people } from "../lib/tables.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

describe("one server, and tables that notify", () => {
  let tables, kith, rest;
  before(async () => {
    tables = await Tables.make();
    kith = new Kith({ settings: tables.settings() });
    await kith.start();
    rest = new Rest(kith);
  });
  after(() => kith.end());

  async function here(t, user) {
    const wire = await Wire.open(kith, { user });
    t.after(() => wire.cut());
    wire.state = await wire.join("friends");
    return wire;
  }

  test("who joins is shown the friends that the tables have", async (t) => {
    const [ann, ben, eve] = people(3);
    await tables.befriend(ann, ben);
    await here(t, ann);
    await here(t, eve);
    const { state } = await here(t, ben);
    assert.deepEqual(Object.keys(state), [ann]);
  });

  test("a friendship that comes lights both up, and one that goes puts both out", async (t) => {
    const [ann, ben] = people(2);
    const [a, b] = [await here(t, ann), await here(t, ben)];
    await tables.befriend(ann, ben);
    await Promise.all([a.sees(ben), b.sees(ann)]);
    await tables.unfriend(ann, ben);
    await Promise.all([a.loses(ben), b.loses(ann)]);
    await Promise.all([a.quiet(), b.quiet()]);
  });

  test("edges are changed in the tables alone; the API says so", async (t) => {
    const [ann, ben] = people(2);
    await here(t, ann);
    for (const [method, path, body] of [
      ["PUT", `${userPath(ann, "friends")}/${ben}`],
      ["DELETE", `${userPath(ann, "friends")}/${ben}`],
      ["PUT", `${userPath(ann, "watches")}/${ben}`],
      ["POST", "/v1/graph/import", `${ann} ${ben}\n`],
    ]) {
      const headers = body ? { "content-type": "text/plain" } : {};
      const answer = await fetch(kith.api + path, { method, body, headers });
      const text = await answer.text();
      assert.match(text, /not_kept_here/, `${method} ${path}`);
      if (method !== "POST") assert.equal(answer.status, 405);
    }
  });

  test("blocks, visibility and who sees whom are as ever", async (t) => {
    const [ann, ben] = people(2);
    await tables.befriend(ann, ben);
    const [a, b] = [await here(t, ann), await here(t, ben)];
    await a.sees(ben);
    const verdict = async () =>
      (await (await fetch(`${kith.api}${userPath(ben, "audience")}?viewer=${ann}`)).json()).rule;
    assert.equal(await verdict(), "sees");
    await b.push("friends", "visibility", { mode: "nobody" });
    await a.loses(ben);
    assert.equal(await verdict(), "not admitted");
    await b.push("friends", "visibility", { mode: "friends" });
    await a.sees(ben);
    await rest.put(`${userPath(ann, "blocks")}/${ben}`);
    await Promise.all([a.loses(ben), b.loses(ann)]);
  });

  test("who is erased is not written again while it stays away", async (t) => {
    const [ann, ben] = people(2);
    await tables.befriend(ann, ben);
    const a = await here(t, ann);
    await rest.delete(`/v1/users/${ann}`);
    await a.closed;
    await tables.sql(`UPDATE friendships SET accepted = accepted WHERE user_id = ${ann}`);
    const [eve, max] = people(2); /* read behind it */
    const e = await here(t, eve);
    await here(t, max);
    await tables.befriend(eve, max);
    await e.sees(max);
    const graph = await (await fetch(`${kith.api}/v1/graph/export`)).text();
    assert.doesNotMatch(graph, new RegExp(`^${ann} `, "m"));
    assert.match(graph, new RegExp(`^${eve} ${max}$`, "m"));
  });

  test("the metrics tell how it goes", async () => {
    const said = [/^kith_source_up 1$/m, /^kith_source_listening 1$/m, /^kith_source_reads_total [1-9]/m];
    await eventually(async () => {
      const text = await (await fetch(`${kith.api}/metrics`)).text();
      return said.every((line) => line.test(text));
    }, "what is said every second");
  });
});
