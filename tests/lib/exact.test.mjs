// exact.test.mjs -- numbers by value and of any size, repeated keys, and what is no JSON.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { keysOf, parse } from "./exact.mjs";

describe("numbers are equal by value", () => {
  const value = (text) => parse(text).value;
  for (const same of [
    ["1", "1.0", "1e0", "10E-1", "0.1e+1"],
    ["0", "-0", "0.0", "-0.0e5", "0e9"],
    ["100000", "1e5", "1.0E+5", "100000.00"],
    ["-0.0000001", "-1e-7", "-0.1e-6"],
    ["123456789012345678901234567890", "1234567890123456789012345678.90e2"],
  ])
    test(same.join(" = "), () => assert.equal(new Set(same.map(value)).size, 1));

  for (const [one, other] of [
    ["12345678901234567890", "12345678901234567891"],
    ["9007199254740993", "9007199254740992"],
    ["1", "-1"],
    ["1e400", "1e401"],
    ["0.1", "0.10000000000000001"],
  ])
    test(`${one} is not ${other}`, () => assert.notEqual(value(one), value(other)));
});

test("what JSON.parse reads is read the same", () => {
  const text = ` {"a" : [1, {"b": null}, "é\\u0041\\n\\"", true, false, []], "": {}}\n`;
  const plain = (it) => {
    if (it instanceof Map) return Object.fromEntries([...it].map(([k, [v]]) => [k, plain(v)]));
    if (Array.isArray(it)) return it.map(plain);
    return it?.value ? Number(it.value) : it;
  };
  assert.deepEqual(plain(parse(text)), JSON.parse(text));
});

test("all values of a repeated key stay, in their order", () => {
  const values = parse('{"a":"x","b":0,"a":"y"}').get("a");
  assert.deepEqual(values, ["x", "y"]);
});

test("keys keep the order in which they are written", () => {
  assert.deepEqual(keysOf('[0,{"b":1,"10":2,"9":{"z":1,"y":2}}]', 1), ["b", "10", "9"]);
  assert.deepEqual(keysOf('[0,{"9":{"z":1,"y":2}}]', 1, "9"), ["z", "y"]);
});

const BROKEN = ["", "{", "[1,]", "{1:2}", '{"a"}', "[1 2]", "01", "1.", "+1", "nul", '"\n"', "[] x"];
for (const text of BROKEN)
  test(`${JSON.stringify(text)} is no JSON`, () => assert.throws(() => parse(text), SyntaxError));
