// vector.test.mjs -- the form in which vectors are written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readVector } from "./vector.mjs";

const steps = (text) => readVector(text, "it").cases[0].steps;

test("each kind of line is read", () => {
  const read = steps(
    [
      "# a comment",
      "open a /socket/websocket?vsn=2.0.0",
      'a> ["1"]',
      "a>",
      "a>+ part",
      "a>> 00ff",
      "a< [1]",
      "a<? [2]",
      "a<< ff",
      "a~ [3]",
      "closed a 1000",
      "elapsed 1..1.5 poll",
    ].join("\n"),
  );
  assert.deepEqual(
    read.map(({ line, ...rest }) => rest),
    [
      { kind: "open", who: "a", path: "/socket/websocket?vsn=2.0.0" },
      { kind: "text", who: "a", text: '["1"]' },
      { kind: "text", who: "a", text: undefined },
      { kind: "part", who: "a", text: "part" },
      { kind: "bytes", who: "a", hex: "00ff" },
      { kind: "hear", who: "a", json: "[1]" },
      { kind: "mayHear", who: "a", json: "[2]" },
      { kind: "hearBytes", who: "a", hex: "ff" },
      { kind: "hearAmong", who: "a", json: "[3]" },
      { kind: "closed", who: "a", code: "1000" },
      { kind: "elapsed", least: "1", most: "1.5", unit: "poll" },
    ],
  );
  assert.equal(read[0].line, 2);
});

test("a request and its answer have headers and a body", () => {
  const [ask, answer] = steps(
    "a? POST /x\n  content-type: text/plain\n  | one\n  | two\n" +
      'a= 200\n  -vary\n  date: x\n  {"a":1}',
  );
  assert.deepEqual([ask.method, ask.path, ask.headers, ask.body], [
    "POST",
    "/x",
    [["content-type", "text/plain"]],
    "one\ntwo",
  ]);
  assert.deepEqual([answer.status, answer.absent, answer.headers, answer.json], [
    "200",
    ["vary"],
    [["date", "x"]],
    '{"a":1}',
  ]);
});

test("what stands before the first case begins every case", () => {
  const { cases, edges, units } = readVector(
    "edge 1 2\nopen a /x%{case}\ncase one\na> 1\ncase two\nwait 1 idle\nedge 1 2",
    "it",
  );
  assert.deepEqual(
    cases.map(({ name, steps }) => [name, steps.map(({ kind, path }) => path ?? kind)]),
    [
      ["one", ["/x1", "text"]],
      ["two", ["/x2", "wait"]],
    ],
  );
  assert.deepEqual(edges, ["1 2"]);
  assert.ok(units.has("idle") && !units.has("poll"));
});

test("one line may be for several, and loops are written out", () => {
  const read = steps("for i 9..11\na,b< [%{i}]\nend\na> %{x*3}");
  assert.deepEqual(
    read.map(({ who, json, text }) => `${who} ${json ?? text}`),
    ["a [9]", "b [9]", "a [10]", "b [10]", "a [11]", "b [11]", "a xxx"],
  );
});

test("a meta of presence keeps the time at which it began", () => {
  const read = steps("a< [@1:online]\na< [@2<1:away]\na< [@3<2:busy,@4]");
  const metas = read.flatMap(({ json }) => JSON.parse(json));
  assert.deepEqual(metas, [
    { online_at: "$t1", phx_ref: "$r1", status: "online" },
    { online_at: "$t1", phx_ref: "$r2", phx_ref_prev: "$r1", status: "away" },
    { online_at: "$t1", phx_ref: "$r3", phx_ref_prev: "$r2", status: "busy" },
    { online_at: "$t4", phx_ref: "$r4" },
  ]);
});

const BROKEN = ["a: x", "a< [1", "a>> 0", "closed a", "  stray: header", "for i 1..2\na> 1"];
for (const bad of BROKEN)
  test(`${JSON.stringify(bad)} is refused, with its line`, () => {
    assert.throws(() => readVector(`\n${bad}`, "it"), /line 2|JSON/);
  });
