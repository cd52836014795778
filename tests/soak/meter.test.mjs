// meter.test.mjs -- what a soak calls broken, of rounds that are made up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "./meter.mjs";

/* An hour of rounds, a minute each; `of` says what is otherwise in round i. */
const hour = (of) =>
  Array.from({ length: 60 }, (_, i) => {
    const { node, ...round } = of(i);
    const nodes = [{ name: "n1", pid: 7, rss_KiB: 50000 + 100 * (i % 3), descriptors: 20 + (i % 2), ...node }];
    return { hours: i / 60, nodes, p50_ms: 1, p99_ms: 5 + (i % 4), lag_ms: 3, stood_ms: 20, load: 0.5, wrong: [], ...round };
  });

const broken = (rounds) => judge(rounds).filter((it) => it.broken).map((it) => it.what);

test("rounds that are alike keep all promises", () => {
  assert.deepEqual(broken(hour(() => ({}))), []);
  assert.equal(judge(hour(() => ({}))).length, 4);
});

test("memory that grows by 2 MB in an hour is a leak", () => {
  assert.deepEqual(broken(hour((i) => ({ node: { rss_KiB: 50000 + (2048 * i) / 60 } }))), ["n1: memory"]);
});

test("by half of one it is none, nor is a step of a heap", () => {
  assert.deepEqual(broken(hour((i) => ({ node: { rss_KiB: 50000 + (512 * i) / 60 } }))), []);
  assert.deepEqual(broken(hour((i) => ({ node: { rss_KiB: i < 30 ? 50000 : 50600 } }))), []);
});

test("what is taken while it warms up does not count", () => {
  const rounds = hour((i) => ({ warming: i < 15, node: { rss_KiB: Math.min(50000 + 1000 * i, 65000) } }));
  assert.deepEqual(broken(rounds), []);
});

test("a node that is started again is judged by its longest life", () => {
  const grows = (i) => (i < 20 ? { pid: 7, rss_KiB: 50000 } : { pid: 8, rss_KiB: 50000 + (3000 * i) / 60 });
  assert.deepEqual(broken(hour((i) => ({ node: grows(i) }))), ["n1: memory"]);
  const short = hour((i) => ({ node: { pid: i, rss_KiB: 50000 + 1000 * i } }));
  assert.deepEqual(broken(short), []);
  assert.match(judge(short)[1].text, /too short/);
});

test("descriptors that are not given back are found", () => {
  assert.deepEqual(broken(hour((i) => ({ node: { descriptors: 20 + i } }))), ["n1: descriptors"]);
});

test("deliveries that become slower, and slow ones, are found", () => {
  assert.deepEqual(broken(hour((i) => ({ p99_ms: 5 + i }))), ["deliveries"]);
  assert.deepEqual(broken(hour((i) => ({ p99_ms: i % 10 ? 5 : 300 }))), ["deliveries"]);
});

test("a driver that is late itself is not the server", () => {
  const rounds = hour((i) => (i % 10 ? {} : { p99_ms: 300, lag_ms: 400 }));
  assert.deepEqual(broken(rounds), []);
});

test("nor is a machine that has much else to do", () => {
  assert.deepEqual(broken(hour((i) => ({ p99_ms: 5 + 4 * i, load: i < 20 ? 0.5 : 7 }))), ["deliveries"]);
  assert.deepEqual(broken(hour((i) => ({ p99_ms: i < 30 ? 5 : 300, load: i < 30 ? 0.5 : 7 }))), []);
});

test("one view that is wrong is enough, also while it warms up", () => {
  const rounds = hour((i) => ({ warming: i < 15, wrong: i === 3 ? ["u1 was told of u2"] : [] }));
  assert.deepEqual(broken(rounds), ["views"]);
  assert.match(judge(rounds)[0].text, /1 wrong, first: u1/);
});

test("what a driver saw that stood still is not counted, and too much of that is no soak", () => {
  const rounds = hour((i) => (i === 3 ? { stood_ms: 4000, wrong: ["u1 lost u2"] } : {}));
  assert.deepEqual(broken(rounds), []);
  assert.match(judge(rounds)[0].text, /true in 59 rounds; in 1 the driver stood still/);
  assert.deepEqual(broken(hour((i) => (i % 5 ? { stood_ms: 4000 } : {}))), ["views"]);
});
