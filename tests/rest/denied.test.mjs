// denied.test.mjs -- as a viewer asks, who may not be seen is to the byte who is not there, for
// whatever reason. By time: tests/attack/timing.test.mjs.
import assert from "node:assert/strict";
import { before, after, describe, test } from "node:test";
import { VIEWER, come, graph, people } from "../lib/denied.mjs";
import { Kith } from "../lib/kith.mjs";
import { Rest, userPath } from "../lib/rest.mjs";

/* Who is public is seen by whoever asks, and so by who asks as a viewer. */
const denied = people.filter(({ name }) => name !== "public, not asked for");

for (const reciprocity of ["off", "on"])
  describe(`reciprocity ${reciprocity}`, () => {
    const settings = { "presence.reciprocity": reciprocity, "server.workers": 1 };
    const kith = new Kith({ graph, settings });
    const rest = new Rest(kith);
    let wires;
    before(async () => {
      await kith.start();
      wires = await come(kith, rest);
    });
    after(async () => {
      for (const wire of wires) wire.cut();
      await kith.end();
    });

    /* All that an answer is, save its date, the number drawn for it, and whom it is about. */
    async function answer(method, path, id, body) {
      const { status, headers, text } = await rest.ask(method, path, body);
      assert.match(headers.get("x-request-id"), /^[0-9a-f]{32}$/);
      const kept = [...headers].filter(([name]) => name !== "date" && name !== "x-request-id");
      return JSON.stringify({ status, kept, text }).replaceAll(id, "ID");
    }

    async function alike(ask) {
      const answers = new Map();
      for (const { name, ids } of denied)
        for (const id of ids) {
          const said = await ask(id);
          answers.set(said, [...(answers.get(said) ?? []), name]);
        }
      assert.equal(answers.size, 1, JSON.stringify([...answers], null, 1));
      return [...answers.keys()][0];
    }

    test("GET presence?as= is the same for all whom the viewer does not see", async () => {
      const said = await alike((id) =>
        answer("GET", `${userPath(id, "presence")}?as=${VIEWER}`, id),
      );
      assert.ok(said.includes('\\"online\\":false,\\"metas\\":[]'), said);
    });

    test("and so is the query as the viewer, one by one and all together", async () => {
      const said = await alike((id) =>
        answer("POST", "/v1/presence/query", id, { ids: [id], as: VIEWER }),
      );
      assert.ok(said.includes('{\\"presence\\":{}}'), said);
      const all = denied.flatMap((it) => it.ids);
      const none = await rest.post("/v1/presence/query", { ids: all, as: VIEWER });
      assert.deepEqual(none, { presence: {} });
      const ids = people.flatMap((it) => it.ids);
      const { presence, hidden } = await rest.post("/v1/presence/query", { ids });
      const here = (hides) =>
        people.filter((it) => it.here && Boolean(it.query) === hides).flatMap((it) => it.ids);
      assert.deepEqual(Object.keys(presence), here(false).sort());
      assert.deepEqual(Object.keys(hidden), here(true).sort());
    });

    test("who is public is there for who watches nobody back, unless sight is mutual", async () => {
      const { ids } = people.find((it) => !denied.includes(it));
      const { presence } = await rest.post("/v1/presence/query", { ids, as: VIEWER });
      assert.deepEqual(Object.keys(presence), reciprocity === "on" ? [] : ids.toSorted());
      const { online } = await rest.get(`${userPath(ids[0], "presence")}?as=${VIEWER}`);
      assert.equal(online, reciprocity === "off");
      const { rule, if_asked } = await rest.get(`${userPath(ids[0], "audience")}?viewer=${VIEWER}`);
      assert.deepEqual([rule, if_asked.sees], ["no edge", online]);
    });
  });
