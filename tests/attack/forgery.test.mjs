// forgery.test.mjs -- forged tokens at a real server that takes keys of every kind, by each way that a token may come:
// all are refused, with one answer to the byte.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { attackedKith } from "../lib/attacked.mjs";
import { b64, keySettings, token } from "../lib/forge.mjs";
import { ALL, GOOD } from "../lib/forged.mjs";
import { UPGRADE, getHead } from "../lib/raw.mjs";
import { KEYS, Rest, pairPath } from "../lib/rest.mjs";
import { each, exchange } from "../lib/rude.mjs";
import { jwt } from "../lib/token.mjs";
import { Wire } from "../lib/wire.mjs";


const { settings, forget } = keySettings();
after(forget);
const befriend = (one, other) => new Rest(kith, "admin").put(pairPath(one, "friends", other));
const kith = attackedKith(
  { tokens: true, settings: { ...settings, ...KEYS, "server.workers": 2 } },
  { befriend, token: (user) => jwt(user, 600) },
);

/* Ways in: what the server says to a token, but the date. */
const SOCKET = "/socket/websocket?vsn=2.0.0",
  POLL = "/socket/longpoll?vsn=2.0.0";
const ask = async (path, headers = {}) => {
  const asked = getHead(path, { Host: kith.host, Connection: "close", ...headers });
  return (await exchange(kith.host, Buffer.from(asked))).toString("latin1").replace(/\r\ndate: [^\r]*/, "");
};
const isText = (it) => /^[\x21-\x7e]+$/.test(it);
const WAYS = {
  "in the query": (it) => ask(`${SOCKET}&token=${encodeURIComponent(it)}`, UPGRADE),
  "as a protocol": (it) =>
    ask(SOCKET, { ...UPGRADE, "Sec-WebSocket-Protocol": `phoenix, base64url.bearer.phx.${b64(it)}` }),
  "in a long-poll's query": (it) => ask(`${POLL}&token=${encodeURIComponent(it)}`),
  "in a long-poll's header": (it) => (isText(it) ? ask(POLL, { "X-Phoenix-AuthToken": it }) : undefined),
};
const REFUSED = {
  "in the query": /^HTTP\/1\.1 403 [^]*\r\ncontent-length: 0\r\n[^]*\r\n\r\n$/,
  "as a protocol": /^HTTP\/1\.1 403 [^]*\r\ncontent-length: 0\r\n[^]*\r\n\r\n$/,
  "in a long-poll's query": /^HTTP\/1\.1 [^]*\r\n\r\n\{"status":403\}$/,
  "in a long-poll's header": /^HTTP\/1\.1 [^]*\r\n\r\n\{"status":403\}$/,
};

for (const [way, say] of Object.entries(WAYS))
  describe(way, () => {
    test("good ones are let in", () =>
      each(Object.entries(GOOD), async ([name, it]) =>
        assert.match(await say(it), /^HTTP\/1\.1 (101 |200 [^]*"token":)/, name),
      ));

    test("all forged ones are refused with one answer", async () => {
      const answers = new Map();
      let count = 0;
      for (const [kind, tokens] of Object.entries(ALL))
        await each(Object.entries(tokens), async ([name, it]) => {
          const said = await say(it);
          if (said === undefined || said.startsWith("HTTP/1.1 414")) return; /* it does not fit */
          answers.set(said, `${kind}: ${name}`);
          count++;
        });
      assert.ok(count > 250, `${count} tokens`);
      assert.deepEqual(answers.size, 1, JSON.stringify([...answers], null, 1));
      assert.match([...answers.keys()][0], REFUSED[way]);
    });
  });

test("as a new token of a session that is there they are refused with one answer, and it goes on", async () => {
  const some = Object.values(ALL).flatMap((it) => Object.values(it).filter((_, i) => i % 5 === 0));
  const answers = new Set();
  const atOnce = 8; /* of what is dear */
  for (let i = 0; i < some.length; i += atOnce) {
    const wire = await Wire.open(kith, { token: token("HS256", "eve") });
    await wire.join("friends");
    for (const it of some.slice(i, i + atOnce))
      answers.add(JSON.stringify(await wire.push("friends", "token", { token: it })));
    assert.equal((await wire.push("friends", "token", { token: GOOD.ES256 })).status, "ok");
    await wire.cut();
  }
  assert.equal(answers.size, 1, [...answers].join("\n"));
  assert.ok([...answers][0].includes('"status":"error"'));
});
