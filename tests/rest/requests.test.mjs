// requests.test.mjs -- what is no request of the REST API: foreign pages and names, bodies that are
// not JSON, ids of any bytes; in development as with keys.
import assert from "node:assert/strict";
import http from "node:http";
import { describe, test } from "node:test";
import { Asking } from "../lib/asking.mjs";
import { ownKith, sharedKith } from "../lib/kith.mjs";
import { KEYS, Rest, bearer, pairPath, userPath } from "../lib/rest.mjs";
import { Wire } from "../lib/wire.mjs";

const PATIENCE_MS = 15000;

for (const [name, options] of [
  ["in development", {}],
  ["with keys", { tokens: true, settings: { ...KEYS, "server.api_hosts": "kith.internal" } }],
])
  describe(name, () => {
    const kith = sharedKith(options);
    const rest = new Rest(kith, options.settings && "admin");
    const key = options.settings ? Object.entries(bearer("admin")) : [];

    /* As a browser may be made to ask. */
    async function ask(method, path, headers, body) {
      const asking = await Asking.send(new URL(kith.api).host, {
        method,
        path,
        body,
        headers: [...key, ...headers],
      });
      const { status, body: text } = await asking.answer(PATIENCE_MS);
      return [status, text && JSON.parse(text).code];
    }
    const JSON_TYPE = ["content-type", "application/json"];
    const FOREIGN = [403, "foreign"];

    test("a web page is sent away, even if it is from this machine", async () => {
      for (const origin of ["http://evil.example", "null", "http://127.0.0.1:1", "http://localhost", ""])
        for (const [method, path, body] of [
          ["GET", userPath("a", "presence")],
          ["PUT", pairPath("a", "friends", "b")],
          ["POST", "/v1/broadcast", '{"event":"e"}'],
          ["OPTIONS", "/v1/broadcast"],
        ])
          assert.deepEqual(
            await ask(method, path, [["origin", origin], JSON_TYPE], body),
            FOREIGN,
            `${origin} ${method}`,
          );
      const { watchers } = await rest.get(userPath("b", "audience"));
      assert.deepEqual(watchers, []);
    });

    test("a page of this listener, as the console, is none of these", async () => {
      const answer = await fetch(`${kith.api}${userPath("a", "presence")}`, {
        headers: { ...rest.headers, origin: kith.api },
      });
      assert.equal(answer.status, 200);
    });

    test("and so is who calls it by another name", async () => {
      const presence = userPath("a", "presence");
      for (const host of ["evil.example", "evil.example:4001", "127.0.0.1.evil.example", "10.0.0.1"])
        assert.deepEqual(await ask("GET", presence, [["Host", host]]), FOREIGN, host);
      for (const host of ["localhost", "LocalHost:1", "127.0.0.1:99", "[::1]"])
        assert.deepEqual((await ask("GET", presence, [["Host", host]]))[0], 200, host);
      const [status] = await ask("GET", presence, [["Host", "kith.internal:4001"]]);
      assert.equal(status, options.settings ? 200 : 403);
    });

    test("a body that is not JSON, or does not say that it is, is refused", async () => {
      const push = userPath("a", "push");
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "none"])
        assert.deepEqual(
          await ask("POST", push, [["content-type", type]], '{"event":"e"}'),
          [415, "bad_body"],
          type,
        );
      for (const body of ["", "event=e", "[]", '{"event":"e","event":"e"}', '{"event":"\ud800"', "{}{}"])
        assert.deepEqual(await ask("POST", push, [JSON_TYPE], body), [400, "bad_body"], body);
      assert.deepEqual(await ask("POST", push, [JSON_TYPE], '{"event":"e"}'), [200, undefined]);
    });

    test("a member that is misspelt is refused, and nothing is done", async () => {
      const disconnect = userPath("held", "disconnect");
      for (const [method, path, body] of [
        ["POST", disconnect, { untill: 4102444800 }],
        ["POST", "/v1/broadcast", { event: "e", to: ["1"] }],
        ["POST", userPath("held", "push"), { event: "e", paylod: {} }],
        ["PUT", userPath("held", "visibility"), { mode: "nobody", id: [] }],
        ["POST", "/v1/presence/query", { ids: [], viewer: "held" }],
      ]) {
        const { status, json } = await rest.ask(method, path, body);
        assert.deepEqual([status, json.code], [400, "bad_body"], path);
        assert.match(json.detail, /^the body has no members but these: /);
      }
      assert.equal((await rest.get(userPath("held", "visibility"))).mode, "friends");
    });

    test("an id is any bytes of UTF-8 but NUL, at most 128", async () => {
      const ids = ["*", ">", "...", " ", "\r\n", "'", '"', "`", "\\", "user:1:2", "%", "%2F", "?",
        "#", "a/b", "\u0001", "\u001b[31m", "\u007f", "\u2028", "\ufeff", "é", "😀", "__proto__",
        "'; DROP TABLE people; --", "x".repeat(128), "😀".repeat(32)];
      for (const id of ids) {
        await rest.put(pairPath(id, "friends", "plain"));
        await rest.put(pairPath(id, "blocks", "other"));
        const { user, watchers } = await rest.get(userPath(id, "audience"));
        assert.equal(user, id);
        assert.deepEqual(watchers, [{ id: "plain", sees: true, rule: "sees" }]);
        const query = `viewer=${encodeURIComponent(id)}`;
        const verdict = await rest.get(`${userPath("plain", "audience")}?${query}`);
        assert.deepEqual([verdict.viewer, verdict.sees], [id, true]);
        const { user: same } = await rest.get(userPath(id, "presence"));
        assert.equal(same, id);
        await rest.post(userPath(id, "push"), { event: id.length > 100 ? "e" : `e${id}` });
        const listed = await rest.put(userPath("lister", "visibility"), { mode: "only", ids: [id] });
        assert.deepEqual(listed.ids, [id]);
      }
      const all = await rest.get(userPath("plain", "audience"));
      const bytewise = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(all.watchers.map(({ id }) => id), bytewise);
      for (const id of ids) await rest.delete(pairPath(id, "friends", "plain"));
      assert.deepEqual((await rest.get(userPath("plain", "audience"))).watchers, []);
    });

    test("a dot or two is an id like others, for a client that leaves it in the path", async () => {
      for (const id of [".", "%2E", "..", "%2e."])
        assert.deepEqual(await ask("PUT", `/v1/users/${id}/friends/dotted`, []), [204, ""]);
      const { watchers } = await rest.get(userPath("dotted", "audience"));
      assert.deepEqual(watchers.map(({ id }) => id), [".", ".."]);
    });

    test("and what is none is refused, wherever it stands", async () => {
      const raw = ["%00", "a%00", "%FF", "%C0%80", "%ED%A0%80", "%", "%a", "x".repeat(129), "%F0%9F%98%80".repeat(33)];
      const long = "x".repeat(129);
      for (const id of raw) {
        const bad = [400, "bad_id"];
        assert.deepEqual(await ask("PUT", `/v1/users/${id}/friends/b`, []), bad, id);
        assert.deepEqual(await ask("PUT", `/v1/users/b/friends/${id}`, []), bad, id);
        assert.deepEqual(await ask("GET", `/v1/users/b/presence?as=${id}`, []), bad, id);
        assert.deepEqual(await ask("GET", `/v1/users/b/audience?viewer=${id}`, []), bad, id);
        assert.deepEqual(await ask("GET", `/v1/users/b/audience?after=${id}`, []), bad, id);
      }
      for (const id of ["", "\u0000", long, 1, null, {}]) {
        const query = (body) => rest.refusal("POST", "/v1/presence/query", body);
        assert.deepEqual(await query({ ids: [id] }), [400, "bad_query"]);
        assert.deepEqual(await query({ ids: [], as: id }), [400, "bad_query"]);
        const only = { mode: "only", ids: ["fine", id] };
        const answer = await rest.refusal("PUT", userPath("a", "visibility"), only);
        assert.deepEqual(answer, [400, "bad_visibility"]);
      }
    });

    test("what an id has in it reaches no log and no header raw", async () => {
      await rest.put(pairPath("evil\r\nx-evil: 1", "friends", "\u001b[2Jevil"));
      const path = "/v1/users/%0D%0Ax-evil:%201/nowhere";
      const { headers } = await rest.ask("GET", path);
      assert.equal(headers.get("x-evil"), null);
      assert.ok(!/evil/.test(kith.errors), kith.errors);
    });
  });

test("health and figures may be asked by HEAD, on one connection with what follows", async (t) => {
  const kith = await ownKith(t);
  const { hostname, port } = new URL(kith.api);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const ask = (method, path) =>
    new Promise((done, fail) => {
      const request = http.request({ agent, host: hostname, port, method, path }, (answer) => {
        let text = "";
        answer.on("data", (more) => (text += more));
        answer.on("end", () => done([answer.statusCode, answer.headers.allow, text]));
      });
      request.on("error", fail).end();
    });
  for (const path of ["/healthz", "/readyz", "/metrics"])
    assert.deepEqual(await ask("HEAD", path), [200, undefined, ""], path);
  assert.deepEqual(await ask("HEAD", "/"), [404, undefined, ""]);
  const [status, allow] = await ask("POST", "/metrics");
  assert.deepEqual([status, allow], [405, "GET, HEAD"]);
  assert.deepEqual(await ask("GET", "/healthz"), [200, undefined, "ok\n"]);
});

test("without keys the API of a real server lets nobody in", async (t) => {
  const kith = await ownKith(t, { tokens: true });
  const rest = new Rest(kith, "admin");
  assert.deepEqual(await rest.refusal("GET", userPath("a", "presence")), [401, "no_key"]);
  assert.deepEqual(await rest.refusal("PUT", pairPath("a", "friends", "b")), [401, "no_key"]);
  await assert.rejects(Wire.open(kith, { user: "a" }));
});
