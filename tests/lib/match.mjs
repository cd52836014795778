// match.mjs -- is what came what was wanted? What differs from run to run has a name in the
// wanted: "$r1", a ref of presence; "$t1", a time; "$k1", a token. The first value that a name
// meets is its value from then on; two refs or two tokens of different names differ.
import { Exact, parse } from "./exact.mjs";

const CLOCK_SLACK_S = 600;

const nearNow = (text) => Math.abs(Number(text) - Date.now() / 1000) < CLOCK_SLACK_S;
const KINDS = {
  r: { what: "a ref of 16 characters", good: (it) => /^[\w-]{16}$/.test(it), distinct: true },
  t: { what: "a time of now", good: (it) => /^\d{10}$/.test(it) && nearNow(it) },
  k: { what: "a token", good: (it) => it.length > 0, distinct: true },
};
const NAME = /^\$([rtk])\w+$/;

/** What the names of one conversation stand for. */
export class Names {
  #values = new Map();

  copy() {
    const other = new Names();
    other.#values = new Map(this.#values);
    return other;
  }

  /** Puts values in place of the names in `text`. */
  fill(text) {
    return text.replace(/\$[rtk]\w+/g, (name) => {
      if (!this.#values.has(name)) throw new Error(`${name} has no value yet`);
      return encodeURIComponent(this.#values.get(name));
    });
  }

  /** null, or why `name` can't be `value`. */
  meet(name, value) {
    const kind = KINDS[NAME.exec(name)[1]];
    if (typeof value !== "string" || !kind.good(value)) return `${name} is not ${kind.what}`;
    const known = this.#values.get(name);
    if (known !== undefined) return known === value ? null : `${name} was ${known}`;
    if (kind.distinct)
      for (const [other, taken] of this.#values)
        if (taken === value && NAME.exec(other)[1] === NAME.exec(name)[1])
          return `${name} has the value of ${other}`;
    this.#values.set(name, value);
    return null;
  }
}

function differOfObjects(wanted, got, names, path) {
  for (const key of got.keys()) if (!wanted.has(key)) return `${path}.${key} is too much`;
  for (const [key, values] of wanted) {
    const others = got.get(key) ?? [];
    if (values.length !== others.length)
      return `${path}.${key} stands there ${others.length} times, not ${values.length}`;
    for (const [i, it] of values.entries()) {
      const why = differ(it, others[i], names, `${path}.${key}`);
      if (why) return why;
    }
  }
  return null;
}

function differOfArrays(wanted, got, names, path) {
  if (wanted.length !== got.length) return `${path} has ${got.length}, not ${wanted.length}`;
  for (const [i, it] of wanted.entries()) {
    const why = differ(it, got[i], names, `${path}[${i}]`);
    if (why) return why;
  }
  return null;
}

/** null, or the first difference between two values of exact.mjs. Names that it meets are kept. */
export function differ(wanted, got, names, path = "") {
  if (typeof wanted === "string" && NAME.test(wanted)) {
    const why = names.meet(wanted, got);
    return why && `${path}: ${why}`;
  }
  if (wanted instanceof Map && got instanceof Map) return differOfObjects(wanted, got, names, path);
  if (Array.isArray(wanted) && Array.isArray(got)) return differOfArrays(wanted, got, names, path);
  if (wanted instanceof Exact && got instanceof Exact)
    return wanted.value === got.value ? null : `${path} is ${got.value}, not ${wanted.value}`;
  return wanted === got ? null : `${path} is another value`;
}

/* What `compare` finds, or that a text is not JSON. */
function orNoJson(compare) {
  try {
    return compare();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `not JSON: ${error.message}`;
  }
}

/** As differ(), of texts; names are kept only if nothing differs. */
export function differOfTexts(wanted, got, names) {
  const want = parse(wanted);
  return orNoJson(() => {
    const have = parse(got);
    return differ(want, have, names.copy()) || differ(want, have, names);
  });
}

/* In a poll's answer a message is a text: a frame of its own, or each byte of a binary one. */
function differOfMessage(wanted, got, names) {
  if (typeof got !== "string") return "is no text";
  if (typeof wanted !== "string") return differ(wanted, parse(got), names);
  if (/[^\0-\xff]/.test(got)) return "no bytes";
  const hex = Buffer.from(got, "latin1").toString("hex");
  return wanted === `hex:${hex}` ? null : `other bytes: ${hex}`;
}

function differOfMessages(wanted, got, names) {
  if (!Array.isArray(got) || wanted.length !== got.length)
    return `messages: ${got?.length}, not ${wanted.length}`;
  for (const [i, it] of wanted.entries()) {
    const why = differOfMessage(it, got[i], names);
    if (why) return `messages[${i}]: ${why}`;
  }
  return null;
}

/** As differOfTexts(), of the body of an answer; its "messages" are frames. */
export function differOfBodies(wanted, got, names) {
  const want = parse(wanted);
  const messages = want.get("messages")?.[0];
  return orNoJson(() => {
    const have = parse(got);
    if (!messages || !(have instanceof Map)) return differ(want, have, names);
    const why = differOfMessages(messages, have.get("messages")?.[0], names);
    for (const it of [want, have]) it.delete("messages");
    return why || differ(want, have, names);
  });
}
