// handshake.test.mjs -- opening handshakes with one thing wrong, at both paths that a real server has for sockets: each
// is refused with its status, ends the connection, and the frame behind it is never answered.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { attackedKith } from "../lib/attacked.mjs";
import { frame, say, TEXT } from "../lib/flood.mjs";
import { answersIn, exchange, switched } from "../lib/rude.mjs";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const GOOD = [
  ["Host", null],
  ["Connection", "Upgrade"],
  ["Upgrade", "websocket"],
  ["Sec-WebSocket-Version", "13"],
  ["Sec-WebSocket-Key", KEY],
];

const kith = attackedKith({
  settings: { "server.echo": "on", "origins.allow": "https://app.example https://*.wild.example" },
});

/* Headers as lines: good ones, with some in place of others, left out, and more. */
const lines = (changes = {}, more = []) => [
  ...GOOD.flatMap(([name, value]) => {
    const changed = name in changes ? changes[name] : (value ?? kith.host);
    return changed === undefined ? [] : [`${name}: ${changed}`];
  }),
  ...more,
];
const without = (name) => () => lines({ [name]: undefined });
const changed = (name, value) => () => lines({ [name]: value });
const twice =
  (name, value, other = value) =>
  () =>
    lines({ [name]: value }, [`${name}: ${other}`]);

const FAULTS = {
  400: {
    "no Host": without("Host"),
    "two Hosts": twice("Host", "a", "b"),
    "an empty Host": changed("Host", ""),
    "no Connection": without("Connection"),
    "an empty Connection": changed("Connection", ""),
    "a Connection that only keeps alive": changed("Connection", "keep-alive"),
    "a Connection that contains the word": changed("Connection", "upgrades"),
    "no Upgrade": without("Upgrade"),
    "an empty Upgrade": changed("Upgrade", ""),
    "an Upgrade to something else": changed("Upgrade", "h2c"),
    "an Upgrade that contains the word": changed("Upgrade", "websockets"),
    "two Upgrades": twice("Upgrade", "websocket"),
    "two Upgrades, one to something else": twice("Upgrade", "websocket", "h2c"),
    "no key": without("Sec-WebSocket-Key"),
    "an empty key": changed("Sec-WebSocket-Key", ""),
    "two keys": twice("Sec-WebSocket-Key", KEY),
    "two keys, one in small letters": () => lines({}, [`sec-websocket-key: ${KEY}`]),
    "two keys in one line": changed("Sec-WebSocket-Key", `${KEY}, ${KEY}`),
    "a key of 15 bytes": changed("Sec-WebSocket-Key", btoa("x".repeat(15))),
    "a key of 17 bytes": changed("Sec-WebSocket-Key", btoa("x".repeat(17))),
    "a key of 18 bytes": changed("Sec-WebSocket-Key", btoa("x".repeat(18))),
    "a key without its padding": changed("Sec-WebSocket-Key", KEY.slice(0, -2)),
    "a key with half its padding": changed("Sec-WebSocket-Key", KEY.slice(0, -1)),
    "a key as URLs have it": changed("Sec-WebSocket-Key", "____________________-w=="),
    "a key with a space in it": changed("Sec-WebSocket-Key", "dGhlIHNhbXBs ZSBub25jZQ=="),
    "a key that is no base64": changed("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25*ZQ=="),
    "a folded key": () => lines({ "Sec-WebSocket-Key": `\r\n ${KEY}` }),
    "a folded Connection": () => lines({ Connection: "keep-alive,\r\n\tUpgrade" }),
    "a space before a colon": () => lines({}, ["Sec-WebSocket-Protocol : phoenix"]),
    "an empty protocol": () => lines({}, ["Sec-WebSocket-Protocol:"]),
    "an empty list of extensions": () => lines({}, ["Sec-WebSocket-Extensions: "]),
    "a bare LF": () => lines({}, ["X: y\nZ: z"]),
    "a bare CR": () => lines({}, ["X: y\rZ: z"]),
    "a NUL": () => lines({}, ["X: y\0"]),
    "a body by length": () => lines({}, ["Content-Length: 8"]),
    "a body in chunks": () => lines({}, ["Transfer-Encoding: chunked"]),
    "two lengths": () => lines({}, ["Content-Length: 0", "Content-Length: 0"]),
  },
  426: {
    "no version": without("Sec-WebSocket-Version"),
    "an empty version": changed("Sec-WebSocket-Version", ""),
    "version 8": changed("Sec-WebSocket-Version", "8"),
    "version 14": changed("Sec-WebSocket-Version", "14"),
    "version 013": changed("Sec-WebSocket-Version", "013"),
    "version +13": changed("Sec-WebSocket-Version", "+13"),
    "version 13.0": changed("Sec-WebSocket-Version", "13.0"),
    "version 269, which is 13 in a byte": changed("Sec-WebSocket-Version", "269"),
    "a list of versions": changed("Sec-WebSocket-Version", "13, 8"),
    "two versions": twice("Sec-WebSocket-Version", "13"),
    "two versions, one of them 13": twice("Sec-WebSocket-Version", "13", "8"),
  },
};

/* Whoever may not come is told so before what is wrong. */
const ORIGINS = {
  "two Origins": (own) => [`Origin: ${own}`, `Origin: ${own}`],
  "two Origins, the second a foreign one": (own) => [`Origin: ${own}`, "Origin: https://evil.example"],
  "two Origins in one line": (own) => [`Origin: ${own}, https://evil.example`],
  "two Origins in one line, without a comma": (own) => [`Origin: ${own} https://evil.example`],
};
const FOREIGN = (own) => [
  "",
  "null",
  "file://",
  "https://",
  "://",
  "*",
  "https://*",
  "https://*.wild.example",
  own,
  "https://evil.example",
  "https://app.example.evil.example",
  "https://evil-app.example",
  "https://evilapp.example",
  "http://app.example",
  "https://app.example:444",
  "https://app.example.",
  "https://app.example/",
  "app.example",
  "//app.example",
  "https:app.example",
  "https://app.example@evil.example",
  "https://evil.example@app.example",
  "https://evil.example#app.example",
  "https://evil.example/https://app.example",
  "https://evil.example?app.example",
  "https://app.example\\.evil.example",
  "https://wild.example",
  "https://.wild.example",
  "https://a.b.wild.example",
  "https://evilwild.example",
  "http://a.wild.example",
  "https://a.wild.example:8443",
  "https://a.wild.example.evil.example",
  `http://${own}.evil.example`,
  `http://evil.example:${own.split(":")[1]}`,
  `http://${own}@evil.example`,
  `ws://${own}`,
  `javascript://${own}`,
  `file://${own}`,
  `http://${own}/`,
  `http://x${own}`,
  "http://127.0.0.1.",
  "http://127.1",
  "http://2130706433",
  "http://0x7f000001",
  "http://localhost",
  "http://[::1]",
  "http://[::ffff:127.0.0.1]",
];
const WELCOME = (own) => [
  `http://${own}`,
  `https://${own}`,
  `http://${own.split(":")[0]}`,
  "https://app.example",
  "https://APP.example:443",
  "https://a.wild.example",
  "https://A-b.Wild.example",
];

const METHODS = ["POST", "HEAD", "PUT", "DELETE", "OPTIONS", "get"];

const HIDDEN = say(null, "7", "phoenix", "heartbeat", {});
for (const [path, hidden, answer] of [
  ["/socket/websocket?vsn=2.0.0&user_id=rude", HIDDEN, '[null,"7","phoenix","phx_reply"'],
  ["/echo", frame(TEXT, "hidden"), "hidden"],
])
  describe(path, () => {
    const shake = (headers, { method = "GET", version = "1.1", ...how } = {}) => {
      const head = `${method} ${path} HTTP/${version}\r\n${headers.join("\r\n")}\r\n\r\n`;
      return exchange(kith.host, Buffer.concat([Buffer.from(head, "latin1"), hidden, frame(0x88)]), how);
    };

    async function assertRefused(headers, status, how) {
      const heard = await shake(headers, how);
      const [first, ...more] = answersIn(heard);
      assert.deepEqual([first.status, more], [status, []], heard.toString("latin1"));
      assert.equal(first.headers.connection, "close");
      assert.ok(!("sec-websocket-accept" in first.headers));
      return first;
    }

    async function assertOpened(headers, how) {
      const heard = await shake(headers, how);
      const [status, said] = switched(heard);
      assert.equal(status, 101, heard.toString("latin1"));
      assert.match(heard.toString("latin1"), new RegExp(`\r\nsec-websocket-accept: ${ACCEPT.replace("+", "\\+")}\r\n`));
      assert.ok(said.includes(answer), said.toString("latin1"));
    }

    for (const [status, faults] of Object.entries(FAULTS))
      for (const [name, make] of Object.entries(faults))
        test(`${name}: ${status}`, async () => {
          for (const bytewise of [false, true]) {
            const { headers } = await assertRefused(make(), Number(status), { bytewise });
            assert.equal(headers["sec-websocket-version"], status === "426" ? "13" : undefined);
          }
        });

    for (const method of METHODS) test(`${method} instead of GET: 400`, () => assertRefused(lines(), 400, { method }));

    test("HTTP/1.0: 400", () => assertRefused(lines(), 400, { version: "1.0" }));

    test("a good one is opened, whole and byte by byte, in capitals, and among other words", async () => {
      for (const bytewise of [false, true]) await assertOpened(lines(), { bytewise });
      await assertOpened(lines({ Connection: "keep-alive, UPGRADE", Upgrade: "WebSocket" }));
      await assertOpened(lines({ "Sec-WebSocket-Key": `\t ${KEY} \t` }));
      await assertOpened(lines({}, ["Sec-WebSocket-Extensions: permessage-deflate; x, y", "X:"]));
    });

    if (path === "/echo") return;
    for (const [name, make] of Object.entries(ORIGINS))
      test(`${name}: 403`, async () => {
        const { body } = await assertRefused(lines({}, make(`http://${kith.host}`)), 403);
        assert.equal(body, "");
      });

    test("what only looks like an origin that may is refused, and one that may is opened", async () => {
      for (const origin of FOREIGN(kith.host)) {
        const { body } = await assertRefused(lines({}, [`Origin: ${origin}`]), 403);
        assert.equal(body, "", origin);
      }
      for (const origin of WELCOME(kith.host)) await assertOpened(lines({}, [`Origin: ${origin}`]));
    });
  });
