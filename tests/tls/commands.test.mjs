// commands.test.mjs -- the commands at an API over https: trusted, mistrusted, and called by the wrong
// scheme.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { KITH } from "../lib/kith.mjs";
import { CA_FILE, secureKith } from "../lib/tls.mjs";
import { Wire, known } from "../lib/wire.mjs";

const kithSays = (args, env = {}) =>
  new Promise((done) =>
    execFile(KITH, args, { env: { ...process.env, ...env } }, (error, out, err) =>
      done({ code: error?.code ?? 0, out, err }),
    ),
  );

test("work with the CA that is named", async (t) => {
  const { kith } = await secureKith(t, { graph: "ann ben\n" });
  const ann = await Wire.open(kith, { user: "ann" });
  t.after(() => ann.cut());
  await ann.join("friends");
  await known(kith, "ann");
  const at = ["--api", kith.api, "--cacert", CA_FILE];
  const who = await kithSays(["who", "ann", ...at]);
  assert.equal(who.code, 0, who.err);
  assert.match(who.out, /online/);
  const graph = await kithSays(["graph", "export", ...at]);
  assert.equal(graph.out, "ann ben\n");
  const top = await kithSays(["top", "--once", "--interval", "0.1", ...at]);
  assert.equal(top.code, 0, top.err + top.out);
  const named = await kithSays(["who", "ann", "--api", kith.api], { KITH_CACERT: CA_FILE });
  assert.equal(named.code, 0, named.err);
});

test("refuse whom nobody vouches for, and say what to do", async (t) => {
  const { kith } = await secureKith(t, {});
  const who = await kithSays(["who", "ann", "--api", kith.api]);
  assert.equal(who.code, 74);
  assert.match(who.err, /its certificate is not trusted, .* --cacert FILE/);
  const other = kith.api.replace("127.0.0.1", "127.0.0.2");
  const elsewhere = await kithSays(["who", "ann", "--api", other, "--cacert", CA_FILE]);
  assert.match(elsewhere.err, /nobody listens there|not trusted/);
  const top = await kithSays(["top", "--once", "--interval", "0.1", "--api", kith.api]);
  assert.equal(top.code, 69);
  assert.match(top.out + top.err, /its certificate is not trusted/);
  const none = await kithSays(["who", "ann", "--api", kith.api, "--cacert", "/none.pem"]);
  assert.match(none.err, /the file of --cacert cannot be read/);
  const data = await kithSays(["who", "ann", "--data", "d", "--cacert", CA_FILE]);
  assert.equal(data.code, 64);
  const folder = await kithSays(["graph", "export", "--data", "d", "--cacert", CA_FILE]);
  assert.match(folder.err, /--cacert is for --api/);
});

test("who says http is told to say https", async (t) => {
  const { kith } = await secureKith(t, {});
  const api = kith.api.replace("https:", "http:");
  const who = await kithSays(["who", "ann", "--api", api]);
  assert.equal(who.code, 76);
  assert.match(who.err, /this port speaks TLS; say --api https:/);
  const answer = await fetch(`http://${kith.host}/`);
  assert.equal(answer.status, 400);
  assert.equal(await answer.text(), "this port speaks TLS: say https or wss\n");
});
