// tls.mjs -- certificates from the CA of the suite tls, and a server that shows them.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Kith } from "./kith.mjs";

const run = promisify(execFile);
const CA = process.env.KITH_TEST_CA;

export const CA_FILE = `${CA}/ca.pem`;

/** A folder for certificates, which goes when the test does. */
export async function certificates(t) {
  const folder = await mkdtemp(join(tmpdir(), "kith-tls-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes, or makes anew, NAME.pem and NAME.key there, for these hosts. */
export async function certify(folder, name, ...hosts) {
  const file = (end) => join(folder, `${name}.${end}`);
  const isNumber = (host) => /^[\d.]+$|:/.test(host);
  const names = hosts.map((host) => `${isNumber(host) ? "IP" : "DNS"}:${host}`);
  await writeFile(file("ext"), `subjectAltName=${names.join(",")}\n`);
  await run("openssl", [
    ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-batch"],
    ...["-subj", `/CN=${hosts[0]}`, "-keyout", file("new-key"), "-out", file("csr")],
  ]);
  await run("openssl", [
    ...["x509", "-req", "-in", file("csr"), "-CA", CA_FILE, "-CAkey", `${CA}/ca.key`],
    ...["-CAcreateserial", "-days", "1", "-extfile", file("ext"), "-out", file("pem")],
  ]);
  await writeFile(file("key"), "", { mode: 0o600 });
  await run("cp", [file("new-key"), file("key")]);
}

export const pairOf = (folder, name) => ({
  [`certificate ${name}.cert_file`]: join(folder, `${name}.pem`),
  [`certificate ${name}.key_file`]: join(folder, `${name}.key`),
});

/** Settings of a server whose clients come by TLS, with a certificate that nobody else vouches for. */
export async function showsItself(folder) {
  const [key, cert] = [join(folder, "own.key"), join(folder, "own.pem")];
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"],
    ...["-subj", "/CN=localhost", "-keyout", key, "-out", cert],
  ]);
  return { "server.listen_tls": "on", ...pairOf(folder, "own") };
}

/** A server whose listeners speak TLS, by a certificate for this machine; `folder` has it. */
export async function secureKith(t, { settings, ...options } = {}) {
  const folder = await certificates(t);
  await certify(folder, "main", "127.0.0.1", "localhost");
  const tls = { "server.listen_tls": "on", "server.api_tls": "on", ...pairOf(folder, "main") };
  const kith = new Kith({ ...options, settings: { ...tls, ...settings } });
  t.after(() => kith.end());
  await kith.start();
  return { kith, folder };
}
