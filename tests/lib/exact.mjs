// exact.mjs -- JSON as it is written: numbers by their value, of any size; repeated keys stay.

const MARK = /([[\]{}:,])/.source;
const STRING = /("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")/.source;
const NUMBER = /(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/.source;
const WORD = /(true|false|null)/.source;
const TOKEN = new RegExp(`[ \\t\\n\\r]*(?:${MARK}|${STRING}|${NUMBER}|${WORD})`, "y");
const WORDS = { true: true, false: false, null: null };

/** A number, by value: 1.0 equals 1, 1e2 equals 100, -0 equals 0. */
export class Exact {
  constructor(text) {
    const [, sign, whole, part = "", power = "0"] =
      /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
    const digits = (whole + part).replace(/^0+/, "");
    const significant = digits.replace(/0+$/, "");
    const exponent = BigInt(power) + BigInt(digits.length - significant.length - part.length);
    this.value = significant ? `${sign}${significant}e${exponent}` : "0";
  }
}

/** Its value: null, a boolean, a string, an Exact, an array, or a Map from key to its values. */
export function parse(text) {
  let at = 0;

  function next() {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (!found) throw new SyntaxError(`no JSON at ${at}: ${text.slice(at, at + 40)}`);
    at = TOKEN.lastIndex;
    const [, mark, string, number, word] = found;
    if (string !== undefined) return { value: JSON.parse(string), string: true };
    if (number !== undefined) return { value: new Exact(number) };
    if (word !== undefined) return { value: WORDS[word] };
    return { mark };
  }

  function array() {
    const items = [];
    let token = next();
    if (token.mark === "]") return items;
    for (;;) {
      items.push(value(token));
      token = next();
      if (token.mark === "]") return items;
      if (token.mark !== ",") throw new SyntaxError(`no comma before ${at}`);
      token = next();
    }
  }

  function object() {
    const pairs = new Map();
    let key = next();
    if (key.mark === "}") return pairs;
    for (;;) {
      if (!key.string || next().mark !== ":") throw new SyntaxError(`no key before ${at}`);
      pairs.set(key.value, [...(pairs.get(key.value) ?? []), value(next())]);
      const { mark } = next();
      if (mark === "}") return pairs;
      if (mark !== ",") throw new SyntaxError(`no comma before ${at}`);
      key = next();
    }
  }

  function value(token) {
    if (token.mark === "[") return array();
    if (token.mark === "{") return object();
    if (token.mark) throw new SyntaxError(`no value before ${at}`);
    return token.value;
  }

  const whole = value(next());
  if (text.slice(at).trim()) throw new SyntaxError(`more than JSON at ${at}`);
  return whole;
}

/** The keys of an object's text at `path`, in the order in which they are written. */
export function keysOf(text, ...path) {
  let at = parse(text);
  for (const step of path) at = at instanceof Map ? at.get(step)[0] : at[step];
  return [...at.keys()];
}
