// forged.mjs -- tokens that no server may take, of each kind that forgers have tried elsewhere; and good ones beside.
import { b64, etf, jwkOf, pemOf, phoenix, resigned, secretOf, signed, term, token } from "./forge.mjs";
import { inSeconds } from "./token.mjs";

const P256_ORDER = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
const LATER = inSeconds(600);

const ofIssuer = (it, { key = secretOf(it), ...claims } = {}) =>
  signed(
    "HS256",
    { alg: "HS256", kid: "shared" },
    { sub: "eve", exp: LATER, iss: `https://${it}.example`, aud: "kith", ...claims },
    key,
  );

export const GOOD = {
  HS256: token("HS256", "eve"),
  HS512: token("HS512", "eve"),
  RS256: token("RS256", "eve"),
  ES256: token("ES256", "eve"),
  EdDSA: token("EdDSA", "eve"),
  "the one issuer": ofIssuer("a"),
  "the other, with the same kid": ofIssuer("b"),
  "an audience of two": ofIssuer("a", { aud: ["other", "kith"] }),
  "a nbf within the leeway": token("HS256", "eve", { claims: { nbf: inSeconds(15), iat: inSeconds(15) } }),
  "unicode escapes, each key once": signed(
    "HS256",
    { alg: "HS256", kid: "HS256" },
    `{"s\\u0075b":"eve","e\\u0078p":${LATER}}`,
  ),
  Phoenix: phoenix(term("eve")),
  "Phoenix, SHA-512": phoenix(term("eve"), { first: "HS512", hash: "sha512" }),
};

const head = (alg, more = {}) => ({ alg, kid: alg, ...more });
const claims = { sub: "eve", exp: LATER };
const claiming = (text) => signed("HS256", head("HS256"), text);
const [headOf, bodyOf, signatureOf] = [0, 1, 2].map((i) => (it) => it.split(".")[i]);
const esSigned = (r, s) => resigned(GOOD.ES256, Buffer.concat([r, s]));
const rsOf = () => {
  const both = Buffer.from(signatureOf(GOOD.ES256), "base64url");
  return [both.subarray(0, 32), both.subarray(32)];
};
const plus = (bytes, n) =>
  Buffer.from((BigInt(`0x${bytes.toString("hex")}`) + n).toString(16).padStart(64, "0").slice(-64), "hex");
const order = BigInt(`0x${P256_ORDER.toString("hex")}`);
const ZERO = Buffer.alloc(32),
  ONE = plus(ZERO, 1n);
const standard = (it) => it.replaceAll("-", "+").replaceAll("_", "/");
/* The last character has bits that mean nothing: another one that means the same to who is lax. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const otherwise = (it) => it.slice(0, -1) + ALPHABET[ALPHABET.indexOf(it.at(-1)) ^ 1];

const ALG = {
  ...Object.fromEntries(
    [
      "none",
      "None",
      "NONE",
      "nOnE",
      "",
      "hs256",
      "Hs256",
      "HS256 ",
      "HS384",
      "RS512",
      "PS256",
      "ES384",
      "ES256K",
      "HS1",
      "A128GCM",
    ].flatMap((alg) => [
      [`alg '${alg}', signed`, signed("HS256", { alg, kid: "HS256" }, claims)],
      [`alg '${alg}', not signed`, `${b64(JSON.stringify({ alg, kid: "HS256" }))}.${bodyOf(GOOD.HS256)}.`],
    ]),
  ),
  ...Object.fromEntries(
    [null, 0, true, [], {}, ["HS256"], { HS256: 1 }].map((alg) => [
      `alg ${JSON.stringify(alg)}`,
      signed("HS256", { alg, kid: "HS256" }, claims),
    ]),
  ),
  "no alg": signed("HS256", { kid: "HS256" }, claims),
  ...Object.fromEntries(
    ["RS256", "ES256", "EdDSA"].flatMap((alg) => [
      [`HMAC with the PEM of ${alg}`, signed("HS256", head("HS256", { kid: alg }), claims, pemOf(alg))],
      [`HMAC with the PEM of ${alg}, said to be of its alg`, signed("HS256", head(alg), claims, pemOf(alg))],
      [
        `HMAC with the PEM of ${alg}, without its last newline`,
        signed("HS256", head("HS256", { kid: alg }), claims, pemOf(alg).trim()),
      ],
      [`HMAC with no key, for ${alg}`, signed("HS256", head("HS256", { kid: alg }), claims, "")],
    ]),
  ),
  "RS256 for the key of ES256": signed("RS256", head("RS256", { kid: "ES256" }), claims),
  "ES256 said to be RS256": signed("ES256", head("RS256"), claims),
  "HS512 with the secret of HS256": signed("HS512", head("HS512", { kid: "HS256" }), claims, secretOf("HS256")),
};

const KID = Object.fromEntries(
  [
    "",
    "hs256",
    "HS256 ",
    " HS256",
    "HS25",
    "HS2566",
    "HS256\u0000",
    "*",
    "../HS256",
    "/dev/null",
    "' OR '1'='1",
    "http://evil.example/jwks",
    "x".repeat(5000),
  ]
    .map((kid) => [`kid '${kid.slice(0, 30)}'`, signed("HS256", { alg: "HS256", kid }, claims)])
    .concat(
      [null, 0, true, [], ["HS256"], { HS256: 1 }].map((kid) => [
        `kid ${JSON.stringify(kid)}`,
        signed("HS256", { alg: "HS256", kid }, claims),
      ]),
    ),
);

const HEADER = {
  "no kid, by a key that has one": signed("HS256", { alg: "HS256" }, claims),
  "the kid of another key": signed("HS256", head("HS256", { kid: "HS512" }), claims),
  ...Object.fromEntries(
    [
      ["crit", []],
      ["crit", ["exp"]],
      ["jku", "https://evil.example"],
      ["x5u", "https://evil.example"],
      ["jwk", jwkOf("RS256")],
      ["x5c", ["x"]],
      ["jku", null],
    ].map(([name, value]) => [
      `a header with ${name} ${JSON.stringify(value).slice(0, 20)}`,
      signed("HS256", head("HS256", { [name]: value }), claims),
    ]),
  ),
  "an own key beside it": signed("RS256", head("RS256", { kid: "evil", jwk: jwkOf("RS256") }), claims),
  "alg twice": signed("HS256", '{"alg":"none","kid":"HS256","alg":"HS256"}', claims),
  "alg twice, once in escapes": signed("HS256", '{"alg":"HS256","kid":"HS256","\\u0061lg":"HS256"}', claims),
  "kid twice": signed("HS256", '{"alg":"HS256","kid":"HS256","kid":"HS256"}', claims),
  "a list for a header": signed("HS256", '["HS256"]', claims),
  "a header and more": signed("HS256", '{"alg":"HS256","kid":"HS256"}{}', claims),
  "a header with a byte order mark": signed("HS256", '\ufeff{"alg":"HS256","kid":"HS256"}', claims),
  "a header of 500 levels": signed(
    "HS256",
    `{"alg":"HS256","kid":"HS256","x":${"[".repeat(500)}${"]".repeat(499)}}`,
    claims,
  ),
  "an empty header": `.${bodyOf(GOOD.HS256)}.${signatureOf(GOOD.HS256)}`,
};

function signatures() {
  const [r, s] = rsOf();
  const all = {
    "ES256 of zeros": esSigned(ZERO, ZERO),
    "ES256, r = 0": esSigned(ZERO, s),
    "ES256, s = 0": esSigned(r, ZERO),
    "ES256, r = n": esSigned(P256_ORDER, s),
    "ES256, s = n": esSigned(r, P256_ORDER),
    "ES256, r = s = n": esSigned(P256_ORDER, P256_ORDER),
    "ES256, ones": esSigned(ONE, ONE),
    "ES256, r + n": esSigned(plus(r, order), s),
    "ES256, of 2^256 - 1": esSigned(Buffer.alloc(32, 255), Buffer.alloc(32, 255)),
    "ES256, a zero in front": resigned(GOOD.ES256, Buffer.concat([Buffer.alloc(1), r, s])),
    "ES256, of 63 bytes": resigned(GOOD.ES256, Buffer.concat([r, s]).subarray(0, 63)),
    "EdDSA of zeros": resigned(GOOD.EdDSA, Buffer.alloc(64)),
    "EdDSA, the neutral point": resigned(GOOD.EdDSA, Buffer.concat([ONE.toReversed(), ZERO])),
    "RS256 of zeros": resigned(GOOD.RS256, Buffer.alloc(256)),
    "RS256 of one": resigned(GOOD.RS256, Buffer.concat([Buffer.alloc(255), Buffer.from([1])])),
    "RS256 as long as the modulus, and larger": resigned(GOOD.RS256, Buffer.alloc(256, 255)),
  };
  for (const [alg, it] of Object.entries(GOOD).slice(0, 5)) {
    const signature = Buffer.from(signatureOf(it), "base64url");
    all[`${alg} without a signature`] = resigned(it, "");
    all[`${alg} without its last byte`] = resigned(it, signature.subarray(0, -1));
    all[`${alg} and a byte more`] = resigned(it, Buffer.concat([signature, Buffer.alloc(1)]));
    all[`${alg}, one bit another`] = resigned(
      it,
      signature.map((b, i) => (i === 9 ? b ^ 1 : b)),
    );
    all[`${alg}, of another text`] = resigned(it, Buffer.from(signatureOf(token(alg, "eve2")), "base64url"));
    all[`${alg} for somebody else`] =
      `${headOf(it)}.${b64(JSON.stringify({ ...claims, sub: "ann" }))}.${signatureOf(it)}`;
  }
  return all;
}

function spellings() {
  const all = { "nothing but dots": "..", dots: "...", "one word": "eve", "a dot": ".", JSON: '{"sub":"eve"}' };
  for (const name of ["HS256", "ES256", "Phoenix"]) {
    const it = GOOD[name],
      [h, b, s] = it.split(".");
    Object.assign(all, {
      [`${name}, a dot behind`]: `${it}.`,
      [`${name}, a dot before`]: `.${it}`,
      [`${name}, two dots`]: `${h}..${b}.${s}`,
      [`${name}, four parts`]: `${it}.${s}`,
      [`${name}, two parts`]: `${h}.${b}`,
      [`${name}, padded`]: `${it}=`,
      [`${name}, a space behind`]: `${it} `,
      [`${name}, a newline behind`]: `${it}\n`,
      [`${name}, a NUL behind`]: `${it}\0`,
      [`${name}, a space inside`]: `${h}.${b} .${s}`,
      [`${name}, with bits that mean nothing`]: `${h}.${b}.${otherwise(s)}`,
      [`${name}, a letter with a sign`]: it.replace(/.$/, "\u0101"),
      [`${name}, cut in the middle`]: it.slice(0, it.length / 2),
      [`${name}, said to be Bearer`]: `Bearer ${it}`,
      [`${name}, in quotes`]: `"${it}"`,
    });
  }
  for (let n = 0; ; n++) {
    const it = token("ES256", "eve", { claims: { n } });
    if (!/[-_]/.test(signatureOf(it))) continue;
    all["as standard base64"] = `${headOf(it)}.${bodyOf(it)}.${standard(signatureOf(it))}`;
    break;
  }
  all["of 8,193 bytes"] = token("HS256", "eve", { claims: { x: "x".repeat(8193) } });
  return all;
}

const odd = (name, values) =>
  Object.fromEntries(values.map((it) => [`${name} ${it}`, claiming(`{"sub":"eve","exp":${LATER},"${name}":${it}}`)]));
const CLAIMS = {
  ...Object.fromEntries(
    ["null", "true", '""', `"${LATER}"`, `[${LATER}]`, "{}", "0", "-1", "-1e300", `${inSeconds(-31)}`, "1e400"].map(
      (it) => [`exp ${it}`, claiming(`{"sub":"eve","exp":${it}}`)],
    ),
  ),
  "no exp": claiming('{"sub":"eve"}'),
  ...odd("nbf", ["null", "true", '"0"', "[0]", "{}", `${inSeconds(60)}`, "1e300"]),
  ...odd("iat", ["null", '"0"', "[0]", `${inSeconds(60)}`]),
  ...odd("iss", ["null", "0", "[]", '["https://a.example"]']),
  ...odd("aud", ['"kith"', "[]", "null", "0", "{}"]),
  ...Object.fromEntries(
    [
      "null",
      "true",
      "0",
      "42",
      "1e3",
      "[]",
      '["eve"]',
      "{}",
      '""',
      '"a\\u0000b"',
      `"${"x".repeat(129)}"`,
      '"\\ud800"',
    ].map((it) => [`sub ${it.slice(0, 30)}`, claiming(`{"sub":${it},"exp":${LATER}}`)]),
  ),
  "no sub": claiming(`{"exp":${LATER}}`),
  "sub twice": claiming(`{"sub":"eve","exp":${LATER},"sub":"ann"}`),
  "sub twice, once in escapes": claiming(`{"sub":"eve","exp":${LATER},"s\\u0075b":"ann"}`),
  "exp twice": claiming(`{"sub":"eve","exp":1,"exp":${LATER}}`),
  "claims and more": claiming(`{"sub":"eve","exp":${LATER}} x`),
  "claims in a list": claiming(`[{"sub":"eve","exp":${LATER}}]`),
  "claims in claims": claiming(`{"claims":{"sub":"eve","exp":${LATER}}}`),
  "no claims": claiming(""),
  "claims of 3,000 levels": claiming(`{"sub":"eve","exp":${LATER},"x":${"[".repeat(2500)}${"]".repeat(2500)}}`),
  "claims that are no UTF-8": signed("HS256", head("HS256"), claims).replace(
    /\.[^.]*\./,
    `.${b64(Buffer.from('{"sub":"\xff"}', "latin1"))}.`,
  ),
};

const ISSUERS = {
  "of the one issuer, by the key of the other": ofIssuer("a", { key: secretOf("b") }),
  "by the one key, said to be of the other issuer": ofIssuer("b", { key: secretOf("a") }),
  "of no issuer, by a key that has one": ofIssuer("a", { iss: undefined }),
  "of two issuers": ofIssuer("a", { iss: ["https://a.example", "https://b.example"] }),
  "of an issuer with a slash more": ofIssuer("a", { iss: "https://a.example/" }),
  "for nobody, by a key with an audience": ofIssuer("a", { aud: undefined }),
  "for another audience": ofIssuer("a", { aud: "other" }),
  "for an audience that begins so": ofIssuer("a", { aud: "kith2" }),
  "for audiences of which one is none": ofIssuer("a", { aud: ["kith", 1] }),
};

const nested = (n) => Buffer.concat([Buffer.alloc(n * 2, Buffer.from([104, 1])), etf.binary("eve")]);
const bytes = (...all) => Buffer.from(all);
const age = bytes(98, 0, 1, 81, 128);
const data = (it) => phoenix(etf.triple(it, etf.big(Date.now() - 5000), age));
const PHOENIX = {
  "another salt": phoenix(term("eve"), { salt: "user_socket" }),
  "no salt": phoenix(term("eve"), { salt: "" }),
  "another secret": phoenix(term("eve"), { secret: secretOf("HS256") }),
  "too old": phoenix(term("eve", { at_ms: Date.now() - 86401000 })),
  "of the future": phoenix(term("eve", { at_ms: Date.now() + 60000 })),
  "no age": phoenix(term("eve", { age_s: 0 })),
  "an age below nothing": phoenix(term("eve", { age_s: -1 })),
  "the right key, another hash": phoenix(term("eve"), { first: "HS256", hash: "sha512" }),
  "alg none": phoenix(term("eve"), { first: "none" }),
  "the HMAC cut off": phoenix(term("eve")).replace(/[^.]*$/, ""),
  compressed: phoenix(Buffer.concat([bytes(131, 80, 0, 16, 0, 0), Buffer.alloc(40, 120)])),
  "with something behind": phoenix(Buffer.concat([term("eve"), bytes(0)])),
  cut: phoenix(term("eve").subarray(0, -3)),
  nothing: phoenix(""),
  "a version alone": phoenix(bytes(131)),
  "of 1,000 levels": data(nested(1000)),
  "a binary of 4 GiB": data(bytes(109, 255, 255, 255, 255, 120)),
  "a tuple of 4 billion": data(bytes(105, 255, 255, 255, 255)),
  "a list of 4 billion": data(bytes(108, 255, 255, 255, 255, 97, 1, 106)),
  "a map of 4 billion": data(bytes(116, 255, 255, 255, 255)),
  "a number of 4 GiB": data(bytes(111, 255, 255, 255, 255, 0, 1)),
  "a function": data(bytes(113, 100, 0, 1, 97, 100, 0, 1, 98, 97, 1)),
  "a pid": data(bytes(88, 100, 0, 1, 97, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1)),
  nil: data(bytes(106)),
  "an empty user": phoenix(term("")),
  "a user with NUL": phoenix(term("a\0b")),
  "a user of 129 bytes": phoenix(term("x".repeat(129))),
  "a JWT in it": phoenix(GOOD.HS256),
};

export const ALL = { ALG, KID, HEADER, signatures: signatures(), spellings: spellings(), CLAIMS, ISSUERS, PHOENIX };
