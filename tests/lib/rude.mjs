// rude.mjs -- bytes as they are, whole or one by one, and all that a server answers until it has no more to say.
import { readFileSync } from "node:fs";
import net from "node:net";

const AT_ONCE = 20;
const PATIENCE_MS = 60000; /* a sanitized build on a busy machine, byte by byte */

/**
 * Sends `bytes` and says that there is no more, or, with `waits`, does not. Resolves with all that comes until the
 * server ends the connection.
 */
export function exchange(host, bytes, { bytewise = false, waits = false } = {}) {
  const [address, port] = host.split(":");
  return new Promise((done, fail) => {
    const socket = net.connect({ port: Number(port), host: address, noDelay: true });
    const timer = setTimeout(() => socket.destroy(new Error("the connection never ended")), PATIENCE_MS);
    let heard = Buffer.alloc(0);
    socket.on("connect", async () => {
      if (bytewise) await drip(socket, bytes);
      else socket.write(bytes);
      if (!waits) socket.end();
    });
    socket.on("data", (more) => (heard = Buffer.concat([heard, more])));
    socket.on("error", (e) => e.code !== "ECONNRESET" && e.code !== "EPIPE" && fail(e));
    socket.on("close", () => {
      clearTimeout(timer);
      done(heard);
    });
  });
}

/* Each byte a write, until the server has ended: what it refuses it refuses as early as it can. */
async function drip(socket, bytes) {
  for (let i = 0; i < bytes.length && !socket.destroyed && !socket.readableEnded; i++) {
    socket.write(bytes.subarray(i, i + 1));
    await new Promise((done) => setImmediate(done));
  }
}

/** Asks of all of them, some at a time: fewer than wait at a listener. */
export async function each(all, ask) {
  for (let i = 0; i < all.length; i += AT_ONCE) await Promise.all(all.slice(i, i + AT_ONCE).map(ask));
}

/** The HTTP answers in these bytes: [{status, headers, body}]; throws where there is anything else. */
export function answersIn(heard) {
  const answers = [];
  for (let rest = heard; rest.length > 0;) {
    const end = rest.indexOf("\r\n\r\n");
    const [first, ...lines] = rest.subarray(0, Math.max(end, 0)).toString("latin1").split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) [\w -]+$/.exec(first)?.[1]);
    if (!status) throw new Error(`no answer: ${rest.toString("latin1").slice(0, 200)}`);
    const headers = Object.fromEntries(lines.map((line) => /^([\w-]+): ([\x20-\x7e]*)$/.exec(line).slice(1)));
    const length = Number(headers["content-length"] ?? 0);
    answers.push({ status, headers, body: rest.subarray(end + 4, end + 4 + length).toString() });
    rest = rest.subarray(end + 4 + length);
  }
  return answers;
}

/** What a switched connection says behind its head: [status, bytes]. */
export function switched(heard) {
  const end = heard.indexOf("\r\n\r\n");
  return [Number(heard.subarray(9, 12)), heard.subarray(end + 4)];
}

/** The frames of a server in these bytes, [{first, payload}]; throws where one is masked or cut. */
export function framesIn(said) {
  const frames = [];
  for (let rest = said; rest.length > 0;) {
    const wide = { 126: 2, 127: 8 }[rest[1]] ?? 0;
    const length = wide === 8 ? Number(rest.readBigUInt64BE(2)) : wide ? rest.readUInt16BE(2) : rest[1];
    if (rest[1] > 127 || rest.length < 2 + wide + length) throw new Error(`no frame: ${rest.toString("hex")}`);
    frames.push({ first: rest[0], payload: rest.subarray(2 + wide, 2 + wide + length) });
    rest = rest.subarray(2 + wide + length);
  }
  return frames;
}

const ESCAPES = { r: "\r", n: "\n", t: "\t", v: "\v", f: "\f" };
const unescaped = (literal) =>
  literal
    .slice(1, -1)
    .replace(/\\(?:x([0-9A-Fa-f]+)|([0-7]{1,3})|(.))/g, (_, hex, octal, c) =>
      hex
        ? String.fromCharCode(parseInt(hex, 16))
        : octal
          ? String.fromCharCode(parseInt(octal, 8))
          : (ESCAPES[c] ?? c),
    );

const sourceOf = (file) => readFileSync(new URL(`../${file}`, import.meta.url), "latin1").replace(/\\\n/g, " ");

/** The texts KITH_LIT(..) of the array `name` of a test in C, as one character a byte. */
export function textsOf(file, name) {
  const [, list] = new RegExp(`\\b${name}\\[\\] = \\{([^]*?)\\};`).exec(sourceOf(file));
  const literals = [...list.matchAll(/KITH_LIT\(((?:\s*"(?:[^"\\]|\\.)*")+)\s*\)/g)];
  return literals.map(([, them]) =>
    them
      .match(/"(?:[^"\\]|\\.)*"/g)
      .map(unescaped)
      .join(""),
  );
}

/**
 * The vectors of a test in C, so that a server is held to what its parser is: each row V(..) as its
 * arguments, numbers and words as they stand, texts as one character a byte.
 */
export function vectorsOf(file) {
  const source = sourceOf(file);
  const macros = new Map();
  const texts = (line) =>
    (line.match(/"(?:[^"\\]|\\.)*"|\w+/g) ?? []).map((it) => (it[0] === '"' ? unescaped(it) : (macros.get(it) ?? it)));
  for (const [, name, value] of source.matchAll(/^#define (\w+) +(".*|\w+ ".*)$/gm))
    macros.set(name, texts(value).join(""));
  const rows = source.replace(/^#define .*$/gm, "").replace(/\/\*[^]*?\*\//g, "");
  return [...rows.matchAll(/\bV\(((?:"(?:[^"\\]|\\.)*"|[^()"])*)\)/g)].map(([, row]) => {
    const parts = row.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g);
    return parts.map((part) => texts(part).join(""));
  });
}
