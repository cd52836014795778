// demo_data.test.mjs -- the demo's people and their friendships are what the page says they are.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { parseGraph } from "../../web/demo/people.js";
import { OFFLINE, changeInWords, presenceOf, whoIsHere } from "../../web/demo/presence.js";

const read = (name) => readFile(new URL(`../../web/demo/${name}`, import.meta.url), "utf8");
const people = JSON.parse(await read("people.json"));
const watched = parseGraph(await read("graph.txt"));

test("ids are numbers, names and colours are there, nobody twice", () => {
  for (const { id, name, color } of people) {
    assert.match(id, /^[1-9]\d*$/);
    assert.match(name, /^\S+ \S+$/);
    assert.match(color, /^#[0-9a-f]{6}$/);
  }
  assert.equal(new Set(people.map(({ id }) => id)).size, people.length);
  assert.equal(new Set(people.map(({ color }) => color)).size, people.length);
});

test("white initials can be read on each colour", () => {
  const light = (hex) => {
    const [r, g, b] = hex.match(/[0-9a-f]{2}/g).map((pair) => {
      const part = parseInt(pair, 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const { name, color } of people) {
    const contrast = 1.05 / (light(color) + 0.05);
    assert.ok(contrast >= 4.5, `${name}: ${contrast.toFixed(2)}`);
  }
});

test("each has 3 to 7 friends, all known, each friendship mutual", () => {
  const ids = people.map(({ id }) => id);
  assert.deepEqual([...watched.keys()].sort(), [...ids].sort());
  for (const [from, friends] of watched) {
    assert.ok(friends.length >= 3 && friends.length <= 7, `${from}: ${friends.length}`);
    assert.equal(new Set(friends).size, friends.length);
    for (const to of friends) assert.ok(watched.get(to).includes(from), `${from} ${to}`);
    assert.ok(!friends.includes(from));
  }
});

test("a graph text may have comments, blanks, ids with # and no end of line", () => {
  const graph = parseGraph("# head\n\n1 2\r\n  1\t3  \n1 a#b\n#4 5\n2 1");
  assert.deepEqual(
    [...graph],
    [
      ["1", ["2", "3", "a#b"]],
      ["2", ["1"]],
    ],
  );
});

test("presence: no metas are offline, the latest meta speaks, the oldest tells since when", () => {
  assert.equal(presenceOf(undefined), OFFLINE);
  const metas = [
    { online_at: "1700000060", status: "online" },
    { online_at: "1700000000", status: "away", text: "lunch" },
  ];
  const now = presenceOf({ metas });
  assert.deepEqual(now, {
    status: "away",
    text: "lunch",
    since: new Date(1700000000e3),
    devices: 2,
  });
  assert.equal(presenceOf({ metas: [{ online_at: "1", status: "mobile" }] }).text, "mobile");
});

test("who is here, in a sentence", () => {
  assert.equal(whoIsHere([], 3), "Nobody is here yet.");
  assert.equal(whoIsHere(["Ann"], 3), "Ann is here.");
  assert.equal(whoIsHere(["Ann", "Ben"], 3), "Ann and Ben are here.");
  assert.equal(whoIsHere(["Ann", "Ben", "Cleo"], 4), "Ann, Ben and Cleo are here.");
  assert.equal(whoIsHere(["Ann", "Ben", "Cleo"], 3), "Everybody is here.");
  assert.equal(whoIsHere(["Ann", "Ben", "Cleo", "Dan"], 5), "Ann, Ben and 2 more are here.");
});

test("changes are worth a word only if there is one", () => {
  const on = { status: "online", text: "" };
  assert.equal(changeInWords("Ann", OFFLINE, on), "Ann is online");
  assert.equal(
    changeInWords("Ann", on, { status: "away", text: "lunch" }),
    "Ann is now away: lunch",
  );
  assert.equal(changeInWords("Ann", on, OFFLINE), "Ann went offline");
  assert.equal(changeInWords("Ann", on, on), "");
});
