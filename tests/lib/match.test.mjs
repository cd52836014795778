// match.test.mjs -- the comparison finds every difference: each frame of each vector is made as a
// server would send it, which must match, and then changed in every place, which must not.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { differOfBodies, differOfTexts, Names } from "./match.mjs";
import { loadVector, vectorNames } from "./vector.mjs";

const now = String(Math.floor(Date.now() / 1000));
const hash = (name) => createHash("sha256").update(name).digest("base64url").slice(0, 16);
/* The text with a value for each of its names. */
const spoken = (json) =>
  json.replace(/"\$([rtk])\w+"/g, (name, kind) => `"${kind === "t" ? now : hash(name)}"`);

const LONG = 2000; /* topics of 5000 bytes say nothing more */
const KEY_TWICE = '{"a":1,"a":2}'; /* JSON.parse would lose one */

/* All values that differ from `value` in one place. */
const changed = (value) => [...changes(value)];
function* changes(value, put = (it) => it) {
  if (Array.isArray(value)) {
    yield put([...value, null]);
    for (const [i, it] of value.entries()) {
      yield put(value.filter((_, j) => j !== i));
      yield* changes(it, (other) => put(replaced(value, i, other)));
    }
  } else if (value && typeof value === "object") {
    yield put({ ...value, more: 1 });
    for (const [key, it] of Object.entries(value)) {
      const { [key]: _, ...rest } = value;
      yield put(rest);
      yield put({ ...rest, [`${key}_`]: it });
      yield* changes(it, (other) => put({ ...value, [key]: other }));
    }
  } else {
    yield put(value === null ? "null" : null);
    yield put(typeof value === "string" ? `${value}_` : [value]);
    if (typeof value === "number") yield put(value * 2 + 1);
  }
}
const replaced = (list, at, it) => list.map((old, i) => (i === at ? it : old));

describe("every frame of the vectors", () => {
  for (const name of vectorNames())
    test(name, () => {
      const steps = loadVector(name).cases.flatMap(({ steps }) => steps);
      for (const { json, kind, line } of steps) {
        if (!json || json.length > LONG || json.includes('"hex:')) continue;
        const differ = kind === "answer" ? differOfBodies : differOfTexts;
        const text = kind === "answer" ? withTexts(spoken(json)) : spoken(json);
        const known = new Names();
        assert.equal(differ(json, text, known), null, `line ${line}`);
        if (json.includes(KEY_TWICE)) continue;
        for (const other of changed(JSON.parse(text)).map((it) => JSON.stringify(it)))
          assert.ok(differ(json, other, known.copy()), `line ${line}: ${other}`);
      }
    });
});

/* As a poll's answer has them: each frame as a text. */
function withTexts(json) {
  const body = JSON.parse(json);
  if (body.messages) body.messages = body.messages.map((it) => JSON.stringify(it));
  return JSON.stringify(body);
}

describe("names", () => {
  const ref = (it) => JSON.stringify({ phx_ref: hash(it) });

  test("a name is one value from its first on", () => {
    const known = new Names();
    assert.equal(differOfTexts('{"phx_ref":"$r1"}', ref("a"), known), null);
    assert.equal(differOfTexts('{"phx_ref":"$r1"}', ref("a"), known), null);
    assert.match(differOfTexts('{"phx_ref":"$r1"}', ref("b"), known), /\$r1 was/);
  });

  test("two names of refs are two values", () => {
    const known = new Names();
    assert.equal(differOfTexts('{"phx_ref":"$r1"}', ref("a"), known), null);
    assert.match(differOfTexts('{"phx_ref":"$r2"}', ref("a"), known), /value of \$r1/);
  });

  test("a previous ref must be the one that was seen before", () => {
    const known = new Names();
    differOfTexts('["$r1","$r2"]', JSON.stringify([hash("a"), hash("b")]), known);
    const update = '{"phx_ref":"$r3","phx_ref_prev":"$r1"}';
    const said = (prev) => JSON.stringify({ phx_ref: hash("c"), phx_ref_prev: hash(prev) });
    assert.ok(differOfTexts(update, said("b"), known));
    assert.ok(differOfTexts(update, said("c"), known));
    assert.equal(differOfTexts(update, said("a"), known), null);
  });

  test("a text that differs leaves no value behind", () => {
    const known = new Names();
    assert.ok(differOfTexts('["$r1",1]', JSON.stringify([hash("a"), 2]), known));
    assert.equal(differOfTexts('["$r1",1]', JSON.stringify([hash("b"), 1]), known), null);
  });

  test("two times may be one value, but times they are", () => {
    const known = new Names();
    assert.equal(differOfTexts('["$t1","$t2"]', JSON.stringify([now, now]), known), null);
    for (const bad of ['"1"', '"9999999999"', `"${now}000"`, now, "null"])
      assert.ok(differOfTexts('"$t3"', bad, known), bad);
  });

  for (const bad of ['"short"', '"with+sixteen/ch="', '"seventeenletters_"', "5", "null", "[]"])
    test(`${bad} is no ref`, () => assert.ok(differOfTexts('"$r1"', bad, new Names())));

  test("a token in a path is the value that was met", () => {
    const known = new Names();
    assert.throws(() => known.fill("/x?token=$k1"), /no value/);
    differOfBodies('{"token":"$k1"}', '{"token":"a+b"}', known);
    assert.equal(known.fill("/x?token=$k1"), "/x?token=a%2Bb");
  });
});

describe("the bytes in a poll's answer", () => {
  const wanted = '{"messages":["hex:0102ff"]}';
  const body = (text) => JSON.stringify({ messages: [text] });

  test("are its characters", () =>
    assert.equal(differOfBodies(wanted, body("\x01\x02\xff"), new Names()), null));
  for (const other of ["\x01\x02", "\x01\x02\xfe", "\x01\x02\u01ff", ""])
    test(`are not ${JSON.stringify(other)}`, () =>
      assert.ok(differOfBodies(wanted, body(other), new Names())));
});
