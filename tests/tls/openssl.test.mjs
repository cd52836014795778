// openssl.test.mjs -- what openssl's own client sees: versions, ciphers, protocols, resumption; and that
// knocks do not hold up who is connected.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { connect as connectPlain, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { connect as connectSecure } from "node:tls";
import { CA_FILE, certificates, secureKith } from "../lib/tls.mjs";
import { Wire, eventually, sleep } from "../lib/wire.mjs";

const MANY = 400; /* some hundred turns of handshakes, and without a bound a single one */

/** What s_client says, for a client that says nothing. */
function client(kith, ...args) {
  return new Promise((done) => {
    const all = ["s_client", "-connect", kith.host, "-CAfile", CA_FILE, ...args];
    const child = execFile("openssl", all, (error, out, err) =>
      done({ code: error?.code ?? 0, said: out + err }),
    );
    child.stdin.end();
  });
}

test("1.2 and 1.3 are spoken, older ones are not", async (t) => {
  const { kith } = await secureKith(t, {});
  for (const [version, name] of [["-tls1_2", "TLSv1.2"], ["-tls1_3", "TLSv1.3"]]) {
    const { code, said } = await client(kith, version, "-verify_return_error", "-alpn", "http/1.1");
    assert.equal(code, 0, said);
    assert.match(said, new RegExp(`New, ${name}, Cipher is `));
    assert.match(said, /Verify return code: 0 \(ok\)/);
    assert.match(said, /ALPN protocol: http\/1\.1/);
    assert.match(said, /Secure Renegotiation IS|TLSv1\.3/);
    assert.match(said, /Compression: NONE|TLSv1\.3/);
  }
  for (const version of ["-tls1", "-tls1_1"]) {
    const { code, said } = await client(kith, version, "-cipher", "ALL:@SECLEVEL=0");
    assert.notEqual(code, 0);
    assert.match(said, /alert protocol version/);
  }
  assert.match((await client(kith, "-alpn", "h2")).said, /alert no application protocol/);
  const old = await client(kith, "-tls1_2", "-cipher", "AES128-SHA");
  assert.match(old.said, /alert handshake failure/);
});

test("a ticket resumes, on any thread and after a reload", async (t) => {
  const { kith } = await secureKith(t, { settings: { "server.workers": 4 } });
  const file = join(await certificates(t), "session");
  assert.match((await client(kith, "-tls1_2", "-sess_out", file)).said, /New, TLSv1\.2/);
  process.kill(kith.pid, "SIGHUP");
  await eventually(() => /reloaded: certificates/.test(kith.errors), "a reload");
  for (let i = 0; i < 6; i++)
    assert.match((await client(kith, "-tls1_2", "-sess_in", file)).said, /Reused, TLSv1\.2/);
});

const median = (all) => all.sort((a, b) => a - b)[all.length >> 1];

async function beats(wire, ms) {
  const took = [];
  for (const end = Date.now() + ms; Date.now() < end; await sleep(5)) {
    const from = performance.now();
    await wire.drain();
    took.push(performance.now() - from);
  }
  return took;
}

test("knocks without end hold up nobody who is connected", async (t) => {
  const { kith } = await secureKith(t, { settings: { "server.workers": 1 } });
  const ann = await Wire.open(kith, { user: "ann" });
  t.after(() => ann.cut());
  await ann.join("friends");
  const all = [1, 2].map(() =>
    spawn("openssl", ["s_time", "-connect", kith.host, "-new", "-time", "4", "-CAfile", CA_FILE], {
      stdio: "ignore",
    }),
  );
  const silent = Array.from({ length: 50 }, () => {
    const socket = connectPlain(Number(kith.host.split(":")[1]), "127.0.0.1");
    socket.on("error", () => {});
    socket.write(Buffer.from("1603010200010001fc0303", "hex")); /* and not a byte more */
    return socket;
  });
  t.after(() => silent.forEach((socket) => socket.destroy()));
  const took = await beats(ann, 3000);
  await Promise.all(all.map((child) => new Promise((done) => child.on("close", done))));
  const text = await (await fetch(`${kith.api}/metrics`)).text();
  const done = Number(/^kith_tls_handshakes_total (\S+)/m.exec(text)[1]);
  assert.ok(done > 100, `${done} handshakes`);
  assert.ok(took.length > 10 && median(took) < 250, `${took.length} beats, ${median(took)} ms`);
});

/* What a client says first, which costs the server a signature. */
async function firstWords() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connectSecure({ port: server.address().port, host: "127.0.0.1" }).on("error", () => {});
  const [socket] = await once(server, "connection");
  const [hello] = await once(socket, "data");
  for (const it of [client, socket]) it.destroy();
  server.close();
  return hello;
}

test("of many who knock at one moment a few are answered in a turn, and whoever is connected in each", async (t) => {
  const { kith } = await secureKith(t, { settings: { "server.workers": 1 } });
  const ann = await Wire.open(kith, { user: "ann" });
  t.after(() => ann.cut());
  const hello = await firstWords();
  const port = Number(kith.host.split(":")[1]);
  const all = Array.from({ length: MANY }, () => connectPlain(port, "127.0.0.1").on("error", () => {}));
  t.after(() => all.forEach((socket) => socket.destroy()));
  await Promise.all(all.map((socket) => once(socket, "connect")));
  await ann.drain();
  let answered = 0;
  for (const socket of all) socket.once("data", () => answered++);
  for (const socket of all) socket.write(hello);
  let beats = 0;
  for (; answered < MANY; beats += answered > 0 && answered < MANY) await ann.drain();
  assert.ok(beats > 4, `${beats} beats meanwhile`);
});
