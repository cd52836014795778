// refusals.test.mjs -- by the time of a refusal nobody learns what is wrong with a token, but what it can see in it; with
// KITH_LONG=1 by many samples.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { b64, pemOf, resigned, secretOf, signed } from "../lib/forge.mjs";
import { KITH, ownKith } from "../lib/kith.mjs";

const LONG = process.env.KITH_LONG === "1";
const SAMPLES = Number(process.env.KITH_SAMPLES ?? (LONG ? 20000 : 150));
/* With many samples: how often one kind may be slower than another, and by how much. */
const APART_US_MAX = 5;
const DELTA_MAX = {
  forged: { HS256: 0.05, ES256: 0.1 } /* of 16 signatures, whose checks take longer or shorter */,
  signed: { HS256: 0.15, ES256: 0.15 } /* they say more or less, which all see */,
  seen: { HS256: 1, ES256: 1 },
};
/* With few, under sanitizers and beside others: whether there is a signature to be checked at all. */
const DELTA_PLAIN = 0.6;
const LENGTH = 500; /* of all tokens, or one less */
const EACH = 16; /* the time of a check depends on the signature, too */
const KID = "of-the-key",
  NO_KID = "of-no-key!";

const REQUEST = "GET /socket/longpoll?vsn=2.0.0&token=@";

const run = promisify(execFile);
const program = join(process.env.KITH_BUILD ?? dirname(KITH), "bench/denied");

/* A claim that nobody reads makes it as long as all others. */
function sized(make) {
  for (let n = LENGTH; ; n--) {
    const it = make("x".repeat(n));
    if (it.length <= LENGTH) return it;
  }
}

/* The n-th token of each kind: `forged`, and what is wrong only the server knows; `signed`, and not good any more; `seen`,
 * so that anybody can tell. */
function kinds(alg, n) {
  const exp = Math.floor(Date.now() / 1000) + 3600 + n;
  const of = (header, claims) =>
    sized((x) => signed(alg, { alg, kid: KID, ...header }, { sub: "eve", exp, x, ...claims }, undefined));
  const good = of({}, {});
  const [head, body, signature] = good.split(".");
  const spoilt = Buffer.from(signature, "base64url").map((b, i) => (i === 9 ? b ^ 1 : b));
  const forged = {
    "a wrong signature": resigned(good, spoilt),
    "a kid of no key": of({ kid: NO_KID }, {}),
    "an alg not the key's": of({ alg: { HS256: "HS512", ES256: "RS256" }[alg] }, {}),
  };
  const judged = {
    expired: of({}, { exp: exp - 7200 }),
    "of the future": of({}, { nbf: exp }),
    "for others": of({}, { aud: "kith" }),
    "of nobody": of({}, { sub: 777 }),
  };
  const seen = {
    "a wrong signature": forged["a wrong signature"],
    "a signature of zeros": resigned(good, Buffer.alloc(spoilt.length)),
    "alg none": of({ alg: "none" }, {}),
    crit: of({ crit: ["x"] }, {}),
    "a header of zeros": `${"A".repeat(head.length)}.${body}.${signature}`,
    "a header that is no JSON": `${b64("x".repeat((head.length / 4) * 3))}.${body}.${signature}`,
    "no base64": `${good.slice(0, -1)}*`,
    "two parts": good.replace(".", "A"),
    "four parts": good.replace(/.(.)$/, ".$1"),
  };
  return { forged, signed: judged, seen };
}

/* {kind: its tokens}. */
function several(alg, group) {
  const all = Array.from({ length: EACH }, (_, n) => kinds(alg, n)[group]);
  return Object.fromEntries(Object.keys(all[0]).map((name) => [name, all.map((it) => it[name])]));
}

async function compare(kith, tokens, deltaMax) {
  for (const [name, some] of Object.entries(tokens))
    for (const it of some) assert.ok(it.length >= LENGTH - 1 && it.length <= LENGTH, `${name}: ${it.length}`);
  const classes = Object.entries(tokens).map(([name, some]) => `${name}=${some}`);
  const { stdout } = await run(program, [kith.host.split(":").pop(), `${SAMPLES}`, "", REQUEST, ...classes]);
  console.log(stdout);
  const rows = stdout.trim().split("\n").slice(1);
  const figures = rows.map((line) => line.trim().split(/\s+/).slice(-3).map(Number));
  const [[usual]] = figures;
  for (const [, apart, delta] of figures)
    if (LONG) assert.ok(Math.abs(delta) <= deltaMax && apart < APART_US_MAX, stdout);
    else assert.ok(Math.abs(delta) < DELTA_PLAIN || apart < usual / 3, stdout);
}

const KEYS = {
  HS256: async () => ({ secret: secretOf("HS256") }),
  ES256: async (folder) => {
    const file = join(folder, "es256.pem");
    await writeFile(file, pemOf("ES256"));
    return { public_key_file: file };
  },
};

for (const [alg, keyOf] of Object.entries(KEYS))
  describe(`with keys of ${alg} alone`, () => {
    const scene = async (t) => {
      const folder = await mkdtemp(join(tmpdir(), "kith-key-"));
      t.after(() => rm(folder, { recursive: true, force: true }));
      const key = { kind: "jwt", alg, kid: KID, ...(await keyOf(folder)) };
      const named = Object.entries(key).map(([name, value]) => [`token one.${name}`, value]);
      return ownKith(t, { tokens: "own", settings: { "server.workers": 1, ...Object.fromEntries(named) } });
    };

    test("what is wrong with a forged token is not to be told", async (t) => {
      await compare(await scene(t), several(alg, "forged"), DELTA_MAX.forged[alg]);
    });

    test("nor with one that was signed", async (t) => {
      await compare(await scene(t), several(alg, "signed"), DELTA_MAX.signed[alg]);
    });

    test("and one that nobody would take for a token costs a signature like any other", async (t) => {
      await compare(await scene(t), several(alg, "seen"), DELTA_MAX.seen[alg]);
    });
  });
