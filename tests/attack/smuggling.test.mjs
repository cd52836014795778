// smuggling.test.mjs -- requests that two readers could understand in two ways, at both listeners of a real server,
// whole and byte by byte, each with a request behind it that may only be answered where it stands by itself.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { attackedKith } from "../lib/attacked.mjs";
import { Polling } from "../lib/polling.mjs";
import { getHead } from "../lib/raw.mjs";
import { answersIn, each, exchange, vectorsOf } from "../lib/rude.mjs";

const FAULTS = new Set(["malformed request\n", ""]);
const NO_LENGTH = 2 ** 53; /* more is not sent */

const kith = attackedKith({ settings: { "server.workers": 2 } });

/* What is hidden is the same request everywhere: its answer is told from all others. */
const LISTENERS = {
  public: {
    host: () => kith.host,
    hidden: (host) => getHead("/socket/longpoll?vsn=2.0.0&user_id=hidden", { Host: host, Connection: "close" }),
    isHidden: ({ body }) => body.includes('"token"'),
  },
  API: {
    host: () => new URL(kith.api).host,
    hidden: (host) => getHead("/healthz", { Host: host, Connection: "close" }),
    isHidden: ({ body }) => body === "ok\n",
  },
};

const heads = vectorsOf("wire/test_http_vectors.c").map(([name, want, bytes]) => ({ name, want, bytes }));
const chunked = vectorsOf("wire/test_http_body.c").map(([name, want, , bytes]) => ({ name, want, bytes }));

/* The body that a good head asks for. */
function bodyOf(head) {
  if (/^transfer-encoding: chunked/im.test(head)) return "0\r\n\r\n";
  const length = Number(/^content-length:[ \t]*(\d+)/im.exec(head)?.[1] ?? 0);
  return length < NO_LENGTH ? "x".repeat(length) : "";
}

const closes = ({ headers }) => headers.connection === "close";

for (const [name, { host, hidden, isHidden }] of Object.entries(LISTENERS))
  for (const bytewise of [false, true])
    describe(`${name} listener, ${bytewise ? "byte by byte" : "whole"}`, () => {
      const answersTo = async (...parts) =>
        answersIn(await exchange(host(), Buffer.from(parts.join(""), "latin1"), { bytewise }));
      /* One that is no answer to what is hidden; and behind it nothing. */
      const assertRefused = (answers, status, what) => {
        const [{ headers, ...first }, ...more] = answers;
        assert.deepEqual([first.status, more], [Number(status), []], what);
        assert.ok(headers.connection === "close" && !isHidden(first), what);
        return first;
      };

      test("a head is refused, or waited for, as the parser has it, and ends the connection", async () => {
        const bad = heads.filter(({ want }) => want !== "OK");
        assert.ok(bad.length > 120, `${bad.length} vectors`);
        await each(bad, async ({ name, want, bytes }) => {
          if (want === "MORE") return assert.deepEqual(await answersTo(bytes), [], name);
          const { body } = assertRefused(await answersTo(bytes, hidden(host())), want, name);
          assert.ok(FAULTS.has(body), `${name}: ${body}`);
        });
      });

      test("a good one is answered once, and what is behind its body by itself", async () => {
        const good = heads.filter(({ want }) => want === "OK");
        assert.ok(good.length > 40, `${good.length} vectors`);
        await each(good, async ({ name, bytes }) => {
          const isWhole = bytes.endsWith("\r\n\r\n");
          const answers = await answersTo(bytes, isWhole ? bodyOf(bytes) : "", isWhole ? hidden(host()) : "");
          const [first, ...more] = answers;
          assert.ok(first.body !== "malformed request\n" && !isHidden(first), name);
          const isNext = isWhole && !closes(first) && !/^Content-Length: 18446744073709551615/m.test(bytes);
          assert.deepEqual(more.map(isHidden), isNext ? [true] : more.map(() => false), name);
          assert.ok(more.length <= 1, name);
        });
      });

      /* The head, so far, of a request that takes a body. */
      async function posting() {
        const type = "Content-Type: application/json";
        if (name === "API") return `POST /v1/users/a/push HTTP/1.1\r\nHost: ${host()}\r\n${type}\r\n`;
        const { token } = await Polling.begin(kith.host, "user_id=x");
        return `POST /socket/longpoll?vsn=2.0.0&user_id=x&token=${token} HTTP/1.1\r\nHost: ${host()}\r\n`;
      }

      test("a chunk that is none ends the connection, and what is behind it is never read", async () => {
        const head = `${await posting()}Transfer-Encoding: chunked\r\n\r\n`;
        const bad = chunked.filter(({ want }) => want === "400");
        const huge = chunked.filter(({ name, want }) => want === "413" && name !== "more than there may be");
        assert.ok(bad.length >= 33 && huge.length >= 6, `${bad.length}, ${huge.length} vectors`);
        await each([...bad, ...huge], async ({ name, want, bytes }) =>
          assertRefused(await answersTo(head, bytes, hidden(host())), want, name),
        );
        for (const { name, bytes } of chunked.filter(({ want }) => want === "MORE"))
          assert.deepEqual(await answersTo(head, bytes), [], name);
      });

      test("a request in a body is a body", async () => {
        const inside = hidden(host());
        const chunk = (text, more = "") => `${text.length.toString(16)}${more}\r\n${text}\r\n`;
        const chunks = [chunk(inside.slice(0, 4)), chunk(inside.slice(4), ";a=b"), "0\r\nContent-Length: 0\r\n\r\n"];
        for (const [what, framed] of Object.entries({
          "by length": `Content-Length: ${inside.length}\r\n\r\n${inside}`,
          "in a chunk": `Transfer-Encoding: chunked\r\n\r\n${chunk(inside)}0\r\n\r\n`,
          "in two chunks": `Transfer-Encoding: chunked\r\n\r\n${chunks.join("")}`,
        })) {
          const posted = Buffer.from(`${await posting()}Connection: close\r\n${framed}`);
          const answers = answersIn(await exchange(host(), posted, { bytewise, waits: true }));
          assert.equal(answers.length, 1, what);
          assert.ok(!isHidden(answers[0]), `${what}: ${JSON.stringify(answers)}`);
        }
      });

      test("of two lengths none is taken", async () => {
        const head = await posting(),
          inside = hidden(host());
        for (const framing of [
          `Content-Length: ${inside.length}\r\nTransfer-Encoding: chunked`,
          `Transfer-Encoding: chunked\r\nContent-Length: ${inside.length}`,
          `Content-Length: 0\r\nContent-Length: ${inside.length}`,
          `Content-Length: ${inside.length}\r\nContent-Length: ${inside.length}`,
          `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity`,
          `Transfer-Encoding:\tchunked \r\nTransfer-Encoding: x`,
        ])
          assertRefused(await answersTo(head, framing, "\r\n\r\n0\r\n\r\n", inside), 400, framing);
      });

      test("no byte of a request comes back in an answer's head", async () => {
        for (const path of ["/x%0d%0aset-cookie:%20evil=1", "/%0Aevil:1?evil=%0d%0aevil:1", "//evil.example/%2e%2e"])
          for (const method of ["GET", "HEAD", "OPTIONS", "DELETE", "EVIL"]) {
            const odd = { Host: host(), "X-Evil": "evil", Cookie: "evil", "X-Request-Id": "evil evil" };
            const heard = await exchange(host(), Buffer.from(getHead(path, odd, method)), { bytewise });
            assert.ok(!/evil/i.test(heard.toString("latin1").split("\r\n\r\n")[0]), `${method} ${path}: ${heard}`);
          }
      });
    });
