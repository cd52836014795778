// openapi.test.mjs -- docs/openapi.json is what OpenAPI says it must be, is what the server shows,
// and has each route that the server has, and no other; every operation answers as it says there.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { after, describe, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { sharedKith } from "../lib/kith.mjs";
import { DOCUMENT, OPERATIONS, TEXT, assertSchema, resolved } from "../lib/openapi.mjs";
import { KEYS, Rest, pairPath, userPath } from "../lib/rest.mjs";
import { jwt } from "../lib/token.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

const EDGE = new URL("../../src/edge/", import.meta.url);


test("it is an OpenAPI document", async () => {
  const { valid, errors } = await new Validator().validate(DOCUMENT);
  assert.ok(valid, JSON.stringify(errors));
});

test("it has each route of the server, with its role and whether it has a body", async () => {
  const table = await readFile(new URL("api_route.c", EDGE), "utf8");
  const row = /\{"([A-Z]+)",\s*"(\/v1[^"]*)",\s*API_(\w+),\s*(\w+)_BODY,/g;
  const routes = [...table.matchAll(row)].map(
    ([, method, path, role, body]) => `${method} ${path} ${role} ${body !== "NO"}`,
  );
  const said = OPERATIONS.map(({ method, path, operation }) => {
    const role = operation["x-kith-role"]?.toUpperCase() ?? "NONE";
    assert.equal(operation.security?.length === 0, role === "NONE");
    return `${method} ${path.replace(/\{\w+\}/g, "*")} ${role} ${Boolean(operation.requestBody)}`;
  });
  assert.ok(routes.length >= 15);
  assert.deepEqual(said.sort(), routes.sort());
});

test("its examples are what its schemas say", () => {
  for (const { method, path, operation } of OPERATIONS) {
    const bodies = [operation.requestBody, ...Object.values(operation.responses)];
    for (const body of bodies.map(resolved))
      for (const { schema, example } of Object.values(body?.content ?? {}))
        if (example) assertSchema(schema, example, `${method} ${path}`);
  }
});

test("its list of codes is that of the sources", async () => {
  const told = new Set();
  for (const name of await readdir(EDGE)) {
    if (!/^api.*\.c$/.test(name)) continue;
    const source = await readFile(new URL(name, EDGE), "utf8");
    for (const [, code] of source.matchAll(/\b\d{3},\s*"(\w+)"/g)) told.add(code);
    for (const [, a, b] of source.matchAll(/\? "(\w+_\w+)" : "(\w+_\w+)",/g)) told.add(a).add(b);
  }
  assert.deepEqual([...told].sort(), DOCUMENT.components.schemas.Code.enum.toSorted());
});

describe("a server", () => {
  const kith = sharedKith({ tokens: true, settings: { ...KEYS, "hooks.log": "on" } });
  const [read, write, admin] = ["read", "write", "admin"].map((role) => new Rest(kith, role));
  const seen = new Set();
  for (const rest of [read, write, admin]) {
    const ask = rest.ask.bind(rest);
    rest.ask = (method, path, ...more) => {
      seen.add(`${method} ${path.replace(/\?.*/, "")}`);
      return ask(method, path, ...more);
    };
  }
  after(() => {
    const asked = ({ method, matches }) =>
      [...seen].some((it) => it.startsWith(`${method} `) && matches.test(it.split(" ")[1]));
    assert.deepEqual(
      OPERATIONS.filter((it) => !asked(it)).map(({ operation }) => operation.operationId),
      [],
      "operations that nobody asked for",
    );
  });

  test("shows it, without a key", async () => {
    const { status, text } = await new Rest(kith).ask("GET", "/v1/openapi.json");
    assert.equal(status, 200);
    assert.equal(text, TEXT);
    await read.get("/v1/openapi.json");
  });

  test("tells how it is just now, and whom to look at", async (t) => {
    const wire = await Wire.open(kith, { token: jwt("<live>") });
    t.after(() => wire.cut());
    wire.send("1", "1", "user:other", "phx_join");
    await wire.next();
    const live = await read.get("/v1/live");
    assert.deepEqual([live.role, live.ready], ["read", true]);
    const [{ user, topic, reason }] = live.refused;
    assert.deepEqual([user, topic, reason], ["<live>", "user:other", "unauthorized"]);
    const { cluster, nodes, figures } = await read.get("/v1/nodes");
    assert.deepEqual([cluster, nodes.length], [null, 1]);
    assert.ok(figures[nodes[0].name].connections > 0);
  });

  test("changes edges and blocks, and says nothing", async () => {
    for (const what of ["watches", "friends", "blocks"])
      for (const method of ["put", "delete"])
        assert.equal(await write[method](pairPath("a", what, "b")), "");
  });

  test("tells and changes a visibility", async () => {
    const path = userPath("v", "visibility");
    const off = { last_seen: "off" };
    assert.deepEqual(await read.get(path), { mode: "friends", ...off });
    for (const mode of ["public", "nobody", "friends"]) {
      assert.deepEqual(await write.put(path, { mode }), { mode, ...off });
      assert.deepEqual(await read.get(path), { mode, ...off });
    }
    const listed = { mode: "except", ids: ["\u00e9", "b", "a", "b"] };
    const sorted = { mode: "except", ids: ["a", "b", "\u00e9"] };
    assert.deepEqual(await write.put(path, listed), { ...sorted, ...off });
    for (const last_seen of ["exact", "coarse", "off"]) {
      assert.deepEqual(await write.put(path, { last_seen }), { ...sorted, last_seen });
      assert.deepEqual(await read.get(path), { ...sorted, last_seen });
    }
    const both = { mode: "friends", last_seen: "exact" };
    assert.deepEqual(await write.refusal("PUT", path, both), [400, "bad_visibility"]);
    assert.deepEqual(await read.get(path), { ...sorted, ...off });
  });

  test("tells an audience, page by page", async () => {
    const many = Array.from({ length: 1500 }, (_, i) => `w${String(i).padStart(4, "0")}`);
    for (let i = 0; i < many.length; i += 100)
      await Promise.all(
        many.slice(i, i + 100).map((id) => write.put(pairPath(id, "watches", "star"))),
      );
    await write.put(pairPath("star", "blocks", "w0003"));
    await write.put(userPath("star", "visibility"), { mode: "except", ids: ["w0004"] });
    const path = userPath("star", "audience");
    const first = await read.get(path);
    assert.equal(first.visibility, "except");
    assert.equal(first.watchers.length, 1000);
    assert.equal(first.next, "w0999");
    const second = await read.get(`${path}?after=${first.next}`);
    assert.equal(second.next, null);
    const all = [...first.watchers, ...second.watchers];
    assert.deepEqual(all.map(({ id }) => id), many);
    assert.equal(all.filter(({ sees }) => sees).length, 1498);
    assert.equal(all[3].rule, "blocked");
    assert.equal(all[4].rule, "not admitted");
  });

  test("tells the verdict on one viewer", async () => {
    await write.put(pairPath("w", "watches", "t"));
    const verdict = async (viewer) => {
      const { said, ...rest } = await read.get(`${userPath("t", "audience")}?viewer=${viewer}`);
      assert.deepEqual([said.viewer.watches, said.user.watches], [viewer === "w", false]);
      assert.equal(rest.reciprocity, "off");
      delete rest.reciprocity;
      return rest;
    };
    const no = { sees: false, rule: "no edge" };
    const yes = { sees: true, rule: "sees" };
    assert.deepEqual(await verdict("w"), { user: "t", viewer: "w", ...yes, if_asked: yes });
    assert.deepEqual(await verdict("x"), { user: "t", viewer: "x", ...no, if_asked: no });
    const paged = `${userPath("t", "audience")}?viewer=w&after=a`;
    assert.deepEqual(await read.refusal("GET", paged), [400, "bad_parameter"]);
    await write.put(userPath("t", "visibility"), { mode: "public" });
    assert.deepEqual(await verdict("x"), { user: "t", viewer: "x", ...no, if_asked: yes });
  });

  test("takes a graph and gives it back, as text and as lines of JSON", async () => {
    const path = "/v1/graph/import";
    const text = { "content-type": "text/plain" };
    const lines = { "content-type": "application/x-ndjson" };
    const done = async (at, body, headers) =>
      JSON.parse((await write.ask("POST", at, body, headers)).text);
    assert.deepEqual(await done(path, "g1 g2\n# no edge\n", text), { done: true, lines: 2, added: 1 });
    const odd = { watcher: "g 1", watched: "g2" };
    const added = await done(`${path}?mutual=1`, `${JSON.stringify(odd)}\n`, lines);
    assert.deepEqual(added, { done: true, lines: 1, added: 2 });
    assert.deepEqual(await write.refusal("POST", path, "one\n", text), [400, "bad_line"]);
    assert.deepEqual(await write.refusal("POST", path, "{}"), [415, "bad_body"]);
    const plain = await read.ask("GET", "/v1/graph/export");
    assert.match(plain.text, /^g1 g2$/m);
    assert.match(plain.text, /^# an edge is left out/m);
    const json = await read.ask("GET", "/v1/graph/export", undefined, {
      accept: "application/x-ndjson",
    });
    const edges = json.text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    assert.ok(edges.some(({ watcher, watched }) => watcher === odd.watched && watched === odd.watcher));
  });

  test("tells who is online", async (t) => {
    const wire = await Wire.open(kith, { token: jwt("p") });
    t.after(() => wire.cut());
    await wire.join("friends", { status: "busy", mood: ["fine"] });
    const one = await read.get(userPath("p", "presence"));
    assert.equal(one.online, true);
    assert.deepEqual(one.metas.map(({ status, mood }) => [status, mood]), [["busy", ["fine"]]]);
    const many = await read.post("/v1/presence/query", { ids: ["p", "q"] });
    assert.deepEqual(many, { presence: { p: { metas: one.metas } }, hidden: {} });
    const none = await read.post("/v1/presence/query", { ids: ["p", "q"], as: "stranger" });
    assert.deepEqual(none, { presence: {} });
    assert.deepEqual(await admin.post(userPath("p", "disconnect"), {}), { sessions: 1 });
  });

  test("tells what sessions did", async (t) => {
    const { next: before } = await read.get("/v1/events?after=now");
    const wire = await Wire.open(kith, { token: jwt("e") });
    t.after(() => wire.cut());
    await wire.join("friends", { status: "busy" });
    await admin.post(userPath("e", "disconnect"), {});
    const all = async () =>
      (await read.get(`/v1/events?after=${before}`)).events.filter(({ user }) => user === "e");
    await eventually(async () => (await all()).length === 2, "both events");
    assert.deepEqual((await all()).map(({ event }) => event), ["online", "offline"]);
    assert.deepEqual(await read.refusal("GET", "/v1/events?after=1"), [410, "forgotten"]);
    for (const query of ["after=-1", "after=", "after=x", "limit=0", "limit=1001", "limit=1e3", "before=1"])
      assert.deepEqual(await read.refusal("GET", `/v1/events?${query}`), [400, "bad_parameter"]);
  });

  test("answers for ten thousand users at once", async () => {
    const ids = Array.from({ length: 10000 }, (_, i) => `nobody-${i}`);
    assert.deepEqual(await read.post("/v1/presence/query", { ids }), { presence: {}, hidden: {} });
    assert.deepEqual(await read.post("/v1/presence/query", { ids, as: "x" }), { presence: {} });
    ids.push("one more");
    assert.deepEqual(await read.refusal("POST", "/v1/presence/query", { ids }), [400, "bad_query"]);
  });

  test("pushes, broadcasts and disconnects", async () => {
    const none = { sessions: 0 };
    assert.deepEqual(await write.post(userPath("n", "push"), { event: "e", payload: 1 }), none);
    assert.deepEqual(await write.post("/v1/broadcast", { event: "e" }), none);
    assert.deepEqual(await admin.post(userPath("n", "disconnect"), {}), none);
  });

  test("has no source to read a user's friends from again", async () => {
    assert.deepEqual(await write.refusal("POST", userPath("a", "refresh")), [404, "no_source"]);
  });

  test("forgets a user", async () => {
    await write.put(pairPath("gone", "watches", "kept"));
    assert.equal(await admin.delete("/v1/users/gone"), "");
    assert.deepEqual((await read.get(userPath("kept", "audience"))).watchers, []);
  });

  test("takes a key for what its role says, and nothing more", async () => {
    const rank = { read: 1, write: 2, admin: 3 };
    for (const { method, path, operation } of OPERATIONS) {
      const role = operation["x-kith-role"];
      const body = operation.requestBody && {};
      const at = path.replaceAll(/\{\w+\}/g, "a");
      if (!role) continue;
      assert.deepEqual(await new Rest(kith).refusal(method, at, body), [401, "no_key"]);
      for (const lower of Object.keys(rank).filter((it) => rank[it] < rank[role]))
        assert.deepEqual(await new Rest(kith, lower).refusal(method, at, body), [403, "role"]);
      const { status } = await new Rest(kith, role).ask(method, at, body);
      const lacks = operation.operationId === "refresh" && status === 404; /* it has no source */
      assert.ok(status < 401 || status === 415 || lacks, `${method} ${path}: ${status}`);
    }
  });
});
