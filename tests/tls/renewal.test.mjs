// renewal.test.mjs -- SIGHUP: new connections are shown what the files hold now, and nobody is dropped.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { connect } from "node:tls";
import { KITH } from "../lib/kith.mjs";
import { certify, pairOf, secureKith } from "../lib/tls.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

/** The fingerprint of what is shown to a new client that names this host. */
function shown(kith, servername = "localhost") {
  const [host, port] = kith.host.split(":");
  return new Promise((done, fail) => {
    const socket = connect({ host, port, servername, checkServerIdentity: () => undefined });
    socket.on("error", fail);
    socket.on("secureConnect", () => {
      done(socket.getPeerCertificate().fingerprint256);
      socket.end();
    });
  });
}

async function expiryOf(kith) {
  const text = await (await fetch(`${kith.api}/metrics`)).text();
  return Number(/^kith_tls_certificate_expiry_seconds (\S+)/m.exec(text)[1]);
}

const hangUp = (kith) => process.kill(kith.pid, "SIGHUP");

test("new connections are shown the new certificate, old ones go on", async (t) => {
  const { kith, folder } = await secureKith(t, { graph: "ann ben\nben ann\n" });
  const ann = await Wire.open(kith, { user: "ann" });
  t.after(() => ann.cut());
  await ann.join("friends");
  const before = await shown(kith);
  assert.equal(await shown(kith), before);
  await certify(folder, "main", "127.0.0.1", "localhost");
  assert.equal(await shown(kith), before); /* nobody has said so yet */
  hangUp(kith);
  await eventually(async () => (await shown(kith)) !== before, "another certificate");
  assert.match(kith.errors, /certificates, of which the first expires in \d days/);
  const ben = await Wire.open(kith, { user: "ben" });
  t.after(() => ben.cut());
  await ben.join("friends");
  await ann.sees("ben");
  const left = await expiryOf(kith);
  assert.ok(left > 80000 && left <= 86400, `${left} s`);
});

test("a file that will not do changes nothing, and is told", async (t) => {
  const { kith, folder } = await secureKith(t, {});
  const before = await shown(kith);
  await certify(folder, "main", "127.0.0.1", "localhost");
  await writeFile(`${folder}/main.key`, "torn\n");
  hangUp(kith);
  await eventually(() => /nothing is reloaded, all stays as it was/.test(kith.errors), "a warning");
  assert.match(kith.errors, /kith\.conf:\d+: \[certificate main\]: .*main\.key holds no private key/);
  assert.equal(await shown(kith), before);
});

test("certificates come and go with the config, and are picked by name", async (t) => {
  const { kith, folder } = await secureKith(t, {});
  const first = await shown(kith);
  assert.equal(await shown(kith, "app.example"), first);
  await certify(folder, "app", "app.example");
  const conf = await readFile(kith.config, "utf8");
  const more = Object.entries(pairOf(folder, "app")).map(([k, v]) => `${k.split(".")[1]} = ${v}\n`);
  await writeFile(kith.config, `${conf}\n[certificate app]\n${more.join("")}`);
  hangUp(kith);
  await eventually(async () => (await shown(kith, "app.example")) !== first, "the other name's");
  assert.equal(await shown(kith), first);
  assert.match(kith.errors, /reloaded: \[certificate app\] is new/);
  await writeFile(kith.config, conf);
  hangUp(kith);
  await eventually(async () => (await shown(kith, "app.example")) === first, "the first again");
});

test("config check says what the server would", async (t) => {
  const { kith, folder } = await secureKith(t, { tokens: true });
  await kith.stop();
  const check = () =>
    new Promise((done) =>
      execFile(KITH, ["config", "check", kith.config], (error, out, err) =>
        done({ code: error?.code ?? 0, out, err }),
      ),
    );
  const right = await check();
  assert.equal(right.code, 0, right.err);
  assert.match(right.out, /clients on \S+ by TLS, API on \S+ by TLS, /);
  assert.match(right.err, /\[certificate main\]: .*main\.pem expires on \d+-\d+-\d+; renew it/);
  await certify(folder, "main", "127.0.0.1");
  await writeFile(`${folder}/main.pem`, await readFile(process.env.NODE_EXTRA_CA_CERTS));
  const wrong = await check();
  assert.equal(wrong.code, 78);
  assert.match(wrong.err, /kith\.conf:\d+: \[certificate main\]: the key in .* is not that of the certificate/);
});
