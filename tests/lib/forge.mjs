// forge.mjs -- tokens as issuers sign them, by keys of every kind, and what a forger makes of them.
import crypto from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const pairs = {
  RS256: crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: crypto.generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: crypto.generateKeyPairSync("ed25519"),
};
const secrets = Object.fromEntries(
  ["HS256", "HS512", "a", "b", "phoenix"].map((it) => [it, `${it}, a${" secret".repeat(8)}`]),
);
const SALT = "user socket";

export const b64 = (it) => Buffer.from(it).toString("base64url");
export const pemOf = (alg) => pairs[alg].publicKey.export({ type: "spki", format: "pem" });
export const jwkOf = (alg) => pairs[alg].publicKey.export({ format: "jwk" });
export const secretOf = (name) => secrets[name];

const hmac = (hash) => (key, text) => crypto.createHmac(hash, key).update(text).digest();
export const signers = {
  HS256: hmac("sha256"),
  HS384: hmac("sha384"),
  HS512: hmac("sha512"),
  RS256: (key, text) => crypto.sign("sha256", Buffer.from(text), key),
  ES256: (key, text) => crypto.sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }),
  EdDSA: (key, text) => crypto.sign(null, Buffer.from(text), key),
};

/** Signed by the right key of `alg`, or by `key`; header and payload may be texts that are no JSON. */
export function signed(alg, header, payload, key = pairs[alg]?.privateKey ?? secrets[alg]) {
  const asText = (it) => (typeof it === "string" ? it : JSON.stringify(it));
  const text = `${b64(asText(header))}.${b64(asText(payload))}`;
  return `${text}.${b64(signers[alg](key, text))}`;
}

/** A good one, but for what is said. */
export const token = (alg, user, { header = {}, claims = {}, key } = {}) => {
  const exp = Math.floor(Date.now() / 1000) + 600;
  return signed(alg, { alg, kid: alg, ...header }, { sub: user, exp, ...claims }, key);
};

/** The same with another signature. */
export const resigned = (text, signature) => `${text.split(".").slice(0, 2).join(".")}.${b64(signature)}`;

/** ETF as Phoenix.Token signs it: a binary. */
const binary = (text) => {
  const bytes = Buffer.from(text);
  const head = Buffer.from([109, 0, 0, 0, 0]);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};
const big = (n) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(n));
  return Buffer.concat([Buffer.from([110, 8, 0]), bytes]);
};
export const etf = {
  binary,
  big,
  triple: (...parts) => Buffer.concat([Buffer.from([131, 104, parts.length]), ...parts]),
};

/** {data, signed_at, max_age} of this user. */
export const term = (user, { at_ms = Date.now() - 5000, age_s = 86400 } = {}) => {
  const age = Buffer.from([98, 0, 0, 0, 0]);
  age.writeInt32BE(age_s, 1);
  return etf.triple(binary(user), big(at_ms), age);
};

/** A Phoenix.Token over these bytes. */
export function phoenix(payload, { salt = SALT, secret = secrets.phoenix, first = "HS256", hash = "sha256" } = {}) {
  const key = crypto.pbkdf2Sync(secret, salt, 1000, 32, "sha256");
  const text = `${b64(first)}.${b64(payload)}`;
  return `${text}.${b64(hmac(hash)(key, text))}`;
}

/** Settings of a server that takes all these; kept in a folder until forget() is called. */
export function keySettings() {
  const folder = mkdtempSync(join(tmpdir(), "kith-keys-"));
  const settings = {};
  const key = (name, all) => Object.entries(all).forEach(([k, v]) => (settings[`token ${name}.${k}`] = v));
  for (const alg of ["HS256", "HS512"]) key(alg, { kind: "jwt", alg, kid: alg, secret: secrets[alg] });
  for (const alg of Object.keys(pairs)) {
    const file = join(folder, `${alg}.pem`);
    writeFileSync(file, pemOf(alg));
    key(alg, { kind: "jwt", alg, kid: alg, public_key_file: file });
  }
  for (const it of ["a", "b"])
    key(it, {
      kind: "jwt",
      alg: "HS256",
      kid: "shared",
      secret: secrets[it],
      issuer: `https://${it}.example`,
      audience: "kith",
    });
  key("phoenix", { kind: "phoenix", secret: secrets.phoenix, salt: SALT });
  return { settings, forget: () => rmSync(folder, { recursive: true, force: true }) };
}
