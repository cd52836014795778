// frames.test.mjs -- frames against the protocol and texts that are none, at both kinds of socket of a real server: the
// code that each ends with, whole and byte by byte, and that nothing behind it is answered.
import assert from "node:assert/strict";
import { isUtf8 as isUtf8Bytes } from "node:buffer";
import { describe, test } from "node:test";
import { attackedKith } from "../lib/attacked.mjs";
import { HEARTBEAT, PING, TEXT, frame } from "../lib/flood.mjs";
import { UPGRADE, getHead } from "../lib/raw.mjs";
import { each, exchange, framesIn, switched, textsOf } from "../lib/rude.mjs";

const BOUND = 20000;
const DEPTH_MAX = 32;
const CONT = 0x80,
  BINARY = 0x82,
  CLOSE = 0x88,
  PONG = 0x8a,
  FIN = 0x80,
  MASK = 0x80;
const TEXT_BEGUN = TEXT & ~FIN,
  CONT_BEGUN = 0;
const MASKING = [1, 2, 3, 4];

const settings = { "server.echo": "on", "server.workers": 2, "server.max_message_bytes": BOUND };
const kith = attackedKith({ settings });

const bytes = (...all) => Buffer.from(all);
const closing = (code, reason = "") =>
  frame(CLOSE, Buffer.concat([bytes(code >> 8, code & 255), Buffer.from(reason, "latin1")]));
const text = (first, latin1) => frame(first, Buffer.from(latin1, "latin1"));
const length64 = (first, n) => {
  const head = Buffer.alloc(10);
  head[0] = first;
  head[1] = MASK | 127;
  head.writeBigUInt64BE(BigInt(n), 2);
  return Buffer.concat([head, bytes(...MASKING)]);
};

const KINDS = { text: TEXT, binary: BINARY, continuation: CONT, close: CLOSE, ping: PING, pong: PONG };
const UNSENT = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 32768, 65535];
const SENT = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];

/* What no frame may look like. */
function faults() {
  const all = {};
  for (let rsv = 1; rsv < 8; rsv++)
    for (const [name, op] of Object.entries(KINDS))
      all[`a ${name} with reserved bits ${rsv}`] = frame(op | (rsv << 4), op === CLOSE ? bytes(3, 232) : "");
  for (const op of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
    for (const fin of [0, FIN]) all[`opcode ${op}, ${fin ? "whole" : "begun"}`] = frame(fin | op, "x");
  for (const op of Object.values(KINDS)) {
    all[`opcode ${op & 15} without a mask`] = bytes(op, 2, 3, 232);
    all[`opcode ${op & 15} without a mask, empty`] = bytes(op, 0);
  }
  for (const op of [CLOSE, PING, PONG]) {
    all[`opcode ${op & 15} in fragments`] = frame(op & 15);
    all[`opcode ${op & 15} of 126 bytes`] = frame(op, "x".repeat(126));
    all[`opcode ${op & 15} of 2^32 bytes`] = length64(op, 2 ** 32);
    all[`opcode ${op & 15} of 5 bytes, said in two`] = bytes(op, MASK | 126, 0, 5, ...MASKING);
  }
  all["a length in more bytes than it needs"] = bytes(TEXT, MASK | 126, 0, 125, ...MASKING);
  all["a length in many more bytes than it needs"] = length64(TEXT, 65535);
  all["a length of 2^63"] = length64(TEXT, 2n ** 63n);
  all["a length of 2^64 - 1"] = length64(BINARY, 2n ** 64n - 1n);
  all["a continuation of nothing"] = frame(CONT, "x");
  all["a continuation of nothing, begun"] = frame(CONT_BEGUN, "x");
  all["a text inside a text"] = Buffer.concat([frame(TEXT_BEGUN, "["), frame(PING), frame(TEXT, "]")]);
  all["a binary inside a text"] = Buffer.concat([frame(TEXT_BEGUN, "["), frame(BINARY, "]")]);
  all["a close of one byte"] = frame(CLOSE, "x");
  for (const code of UNSENT) all[`a close with ${code}`] = closing(code);
  return all;
}

const UNFINISHED = ["\xc3", "\xe2\x82", "\xf0\x9f\x98"];
const MALFORMED = [
  "\x80",
  "\xbf",
  "\xc0\x80",
  "\xc1\xbf",
  "\xc3\x28",
  "\xe0\x80\x80",
  "\xe0\x9f\xbf",
  "\xe2\x28\xa1",
  "\xed\xa0\x80",
  "\xed\xbf\xbf",
  "\xed\xa0\xbd\xed\xb8\x80",
  "\xf0\x80\x80\x80",
  "\xf0\x8f\xbf\xbf",
  "\xf4\x90\x80\x80",
  "\xf5\x80\x80\x80",
  "\xf8\x88\x80\x80\x80",
  "\xfc\x84\x80\x80\x80\x80",
  "\xfe",
  "\xff",
];
const CHARACTERS = ["\xc3\xa9", "\xe2\x82\xac", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"];

/* One text in two frames, cut at each byte, with a ping in between. */
const cuts = (latin1) =>
  Array.from({ length: latin1.length - 1 }, (_, i) =>
    Buffer.concat([text(TEXT_BEGUN, latin1.slice(0, i + 1)), frame(PING), text(CONT, latin1.slice(i + 1))]),
  );

const SOCKETS = {
  "/socket/websocket?vsn=2.0.0&user_id=rude": {
    wrap: (inside) => `[null,"1","phoenix","heartbeat",{"x":"${inside}"}]`,
    isAnswer: (payload) => payload.toString() === '[null,"1","phoenix","phx_reply",{"response":{},"status":"ok"}]',
    said: HEARTBEAT,
    garbage: 1011,
  },
  "/echo": { wrap: (inside) => inside, isAnswer: (payload, sent) => payload.equals(sent), said: frame(TEXT, "said") },
};

for (const [path, { wrap, isAnswer, said, garbage }] of Object.entries(SOCKETS))
  describe(path, () => {
    /* All frames that these bytes are answered with, but pongs. */
    async function answers(sent, how) {
      const head = Buffer.from(getHead(path, { Host: kith.host, ...UPGRADE }));
      const [status, heard] = switched(await exchange(kith.host, Buffer.concat([head, sent]), how));
      assert.equal(status, 101);
      return framesIn(heard).filter(({ first }) => first !== PONG);
    }

    /* Nothing is said but the code. */
    async function assertEnds(name, sent, code) {
      for (const bytewise of [false, true]) {
        const all = await answers(Buffer.concat([sent, said]), { bytewise, waits: code === 1002 });
        assert.deepEqual(
          all.map(({ first }) => first),
          [CLOSE],
          name,
        );
        assert.equal(all[0].payload.toString("hex"), code.toString(16).padStart(4, "0"), name);
      }
    }

    async function assertTaken(name, sent, inside) {
      for (const bytewise of [false, true]) {
        const all = await answers(Buffer.concat([sent, closing(1000)]), { bytewise });
        assert.deepEqual(
          all.map(({ first }) => first),
          [TEXT, CLOSE],
          name,
        );
        assert.ok(isAnswer(all[0].payload, inside), name);
        assert.equal(all[1].payload.toString("hex"), "03e8", name);
      }
    }

    test("what no frame may look like ends with 1002, and the server ends the connection", () =>
      each(Object.entries(faults()), ([name, sent]) => assertEnds(name, sent, 1002)));

    test("a close is answered with its own code where that may travel", () =>
      each(SENT, (code) => assertEnds(`${code}`, closing(code, "why"), code)));

    test("what is no UTF-8 ends with 1007, in one frame or two, in a close as well", async () => {
      const texts = [...MALFORMED, ...UNFINISHED].map((it) => [it, wrap(`a${it}b`)]);
      await each(texts, ([name, it]) => assertEnds(JSON.stringify(name), text(TEXT, it), 1007));
      await each([...MALFORMED, ...UNFINISHED], (it) => assertEnds(`a close, ${it}`, closing(1000, it), 1007));
      for (const [name, it] of texts)
        await each(cuts(it).slice(-9), (sent) => assertEnds(JSON.stringify(name), sent, 1007));
    });

    test("and so does a text that ends within a character", () =>
      each(CHARACTERS, (it) => assertEnds(it, Buffer.concat([text(TEXT_BEGUN, it.slice(0, -1)), frame(CONT)]), 1007)));

    test("no later than with the byte that makes it so", () =>
      each(MALFORMED, (it) => assertEnds(JSON.stringify(it), text(TEXT_BEGUN, it), 1007)));

    test("a character may be cut anywhere", async () => {
      for (const it of CHARACTERS) {
        const inside = wrap(`a${it}b`);
        await each(cuts(inside), (sent) => assertTaken(JSON.stringify(it), sent, Buffer.from(inside, "latin1")));
      }
    });

    test("a message is as large as the bound, and with one byte more ends with 1009", async () => {
      const largest = wrap("x".repeat(BOUND - wrap("").length));
      await assertTaken("the largest", text(TEXT, largest), Buffer.from(largest));
      await assertEnds("one byte more", text(TEXT, wrap(`${"x".repeat(BOUND - wrap("").length)}x`)), 1009);
      await assertEnds("by its head alone", length64(TEXT, 2 ** 40), 1009);
      const half = text(TEXT_BEGUN, "x".repeat(BOUND / 2));
      await assertEnds("by its last fragment", Buffer.concat([half, text(CONT, "x".repeat(BOUND / 2 + 1))]), 1009);
    });

    test("a message has 1,024 fragments, empty ones counted, and with one more ends with 1008", async () => {
      const it = wrap("x");
      const empty = Array(1022).fill(frame(CONT_BEGUN));
      await assertTaken("all of them", Buffer.concat([text(TEXT_BEGUN, it), ...empty, frame(CONT)]), Buffer.from(it));
      await assertEnds(
        "one more",
        Buffer.concat([text(TEXT_BEGUN, it), ...empty, frame(CONT_BEGUN), frame(CONT)]),
        1008,
      );
    });

    if (!garbage) return;
    const isUtf8 = (latin1) => isUtf8Bytes(Buffer.from(latin1, "latin1"));
    const asPayload = (json) => `[null,"1","phoenix","heartbeat",${json}]`;
    const isJson = (latin1) => {
      try {
        return isUtf8(latin1) && Boolean(JSON.parse(Buffer.from(latin1, "latin1").toString()));
      } catch {
        return false;
      }
    };

    test("what is no JSON ends with 1011, and all that is is taken", async () => {
      const good = textsOf("wire/json_vectors.h", "accepted"),
        bad = textsOf("wire/json_vectors.h", "refused");
      assert.ok(good.length > 90 && bad.length > 150, `${good.length}, ${bad.length} vectors`);
      await each(good, (it) => assertTaken(it, text(TEXT, asPayload(it))));
      /* Some are JSON inside of more, as a list without its brackets. */
      const inside = bad.filter((it) => isJson(it) || !isJson(asPayload(it)));
      assert.ok(inside.length > 140, `${inside.length}`);
      await each(inside, (it) => assertEnds(it, text(TEXT, asPayload(it)), isUtf8(it) ? garbage : 1007));
      await each(bad.filter(Boolean), (it) => assertEnds(it, text(TEXT, it), isUtf8(it) ? garbage : 1007));
    });

    test("JSON is 32 deep and no deeper, whatever it is made of", async () => {
      const nested = (open, close, n) => asPayload(open.repeat(n) + "0" + close.repeat(n));
      for (const [open, close] of [
        ["[", "]"],
        ['{"a":', "}"],
        ['[{"a":', "}]"],
      ]) {
        const each = open.length > 5 ? 2 : 1;
        await assertTaken(open, text(TEXT, nested(open, close, Math.floor((DEPTH_MAX - 1) / each))));
        await assertEnds(open, text(TEXT, nested(open, close, Math.floor((DEPTH_MAX - 1) / each) + 1)), garbage);
      }
      await assertEnds("without end", text(TEXT, "[".repeat(BOUND)), garbage);
    });
  });
