// metrics.test.mjs -- what a busy node says of itself: as Prometheus wants it, and all of it as docs/metrics.md has it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Cluster } from "../lib/cluster.mjs";
import { Kith } from "../lib/kith.mjs";
import { readMetrics, rowOf } from "../lib/metrics.mjs";
import { Listener } from "../lib/receiver.mjs";
import { Tables, people } from "../lib/tables.mjs";
import { showsItself } from "../lib/tls.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

const PAGE = await readFile(new URL("../../docs/metrics.md", import.meta.url), "utf8");
const [one, other] = people(2);
const said = {};
const ends = [];
let cluster, alone, wires, folder;

/* One node does everything that is counted now and then; another one is there to be seen; and one is alone, sends
 * events to a back end, and speaks TLS to clients. */
before(async () => {
  const tables = await Tables.make();
  await tables.befriend(one, other);
  cluster = new Cluster({ settings: { ...tables.settings(), "server.workers": 2 } });
  await cluster.start(2);
  const [node, far] = cluster.nodes;
  wires = [await Wire.open(node, { user: one }), await Wire.open(node, { user: other }), await Wire.open(far, { user: other })];
  for (const wire of wires) await wire.join("friends");
  for (const status of ["away", "busy"]) await wires[1].push("friends", "status", { status });
  await fetch(`${node.api}/v1/users/${one}/presence`);
  await wires[1].cut();
  const back = await Listener.begin({ after: (end) => ends.push(end) });
  folder = await mkdtemp(join(tmpdir(), "kith-metrics-"));
  alone = await new Kith({ settings: { ...back.settings(), ...(await showsItself(folder)) } }).start();
  await eventually(async () => {
    said.alone = await (await fetch(`${alone.api}/metrics`)).text();
    return said.alone.includes("kith_events_"); /* once the store's thread has told of them */
  }, "figures of events");
  /* What other threads count comes together each second. */
  await eventually(async () => {
    said.text = await (await fetch(`${node.api}/metrics`)).text();
    said.metrics = readMetrics(said.text);
    return valueOf("kith_joins_total") >= 2 && valueOf("kith_announcements_total") >= 4 && valueOf("kith_source_reads_total") > 0;
  }, "that it has counted");
});
after(async () => {
  for (const wire of wires ?? []) await wire.cut();
  await cluster?.end();
  await alone?.end();
  for (const end of ends) await end();
  if (folder) await rm(folder, { recursive: true });
});

/* Of all servers, each once. */
const all = () => {
  const names = new Set(said.metrics.map(({ name }) => name));
  return [...said.metrics, ...readMetrics(said.alone).filter(({ name }) => !names.has(name))];
};

const valueOf = (name) => said.metrics.find((metric) => metric.name === name).samples[0].value;

test("Prometheus' checker has nothing to say", () => {
  for (const input of [said.text, said.alone]) {
    const { status, stdout, stderr } = spawnSync(process.env.KITH_PROMTOOL, ["check", "metrics"], { input, encoding: "utf8" });
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  }
});

test("and it would: a counter without its _total is found", () => {
  const input = "# HELP kith_x Things\n# TYPE kith_x counter\nkith_x 1\n";
  const { status, stderr } = spawnSync(process.env.KITH_PROMTOOL, ["check", "metrics"], { input, encoding: "utf8" });
  assert.notEqual(status, 0, stderr);
});

test("the page's settings for Prometheus are such", async () => {
  const blocks = [...PAGE.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text);
  assert.ok(blocks.length >= 2);
  for (const text of [...blocks, "scrape_configs: [{ job_nam: kith }]"]) {
    const file = join(folder, "prometheus.yml");
    await writeFile(file, text);
    const { status, stderr } = spawnSync(process.env.KITH_PROMTOOL, ["check", "config", "--syntax-only", file], { encoding: "utf8" });
    assert.equal(status === 0, blocks.includes(text), text + stderr);
  }
});

test("names are Prometheus': ours begin with kith_, units stand at the end, in seconds and bytes", () => {
  for (const { name, type, help } of all()) {
    assert.match(name, /^(kith|process)_[a-z]+(_[a-z]+)*$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
    const unit = /_(seconds|bytes)(_|$)/.exec(name);
    if (unit) assert.match(name, /_(seconds|bytes)(_total)?$/, name);
    assert.doesNotMatch(name, /_(ms|us|ns|milliseconds|kb|mb|kib|mib|percent|ratio_percent)(_|$)/, name);
    if (type === "histogram") assert.match(name, /_(seconds|bytes)$/, name);
    assert.match(help, /^[A-Z0-9].{3,}[^.]$/, name);
  }
  assert.equal(new Set(said.metrics.map(({ name }) => name)).size, said.metrics.length);
});

test("a histogram rises to what it has counted", () => {
  for (const { name, samples } of all().filter(({ type }) => type === "histogram")) {
    const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
    const count = samples.find((sample) => sample.name === `${name}_count`).value;
    const sum = samples.find((sample) => sample.name === `${name}_sum`).value;
    const bounds = buckets.map(({ labels }) => (labels.le === "+Inf" ? Infinity : Number(labels.le)));
    assert.deepEqual(bounds, [...bounds].sort((a, b) => a - b), name);
    assert.equal(bounds.at(-1), Infinity, name);
    for (const [i, { value }] of buckets.entries()) assert.ok(value >= (buckets[i - 1]?.value ?? 0), name);
    assert.equal(buckets.at(-1).value, count, name);
    assert.ok(count > 0 || sum === 0, `${name}: ${sum} of ${count}`);
  }
});

test("what was done has been counted", () => {
  for (const name of ["kith_delivery_seconds", "kith_join_seconds", "kith_api_request_seconds"]) {
    const { samples } = said.metrics.find((metric) => metric.name === name);
    assert.ok(samples.find((sample) => sample.name === `${name}_count`).value > 0, name);
  }
  const { samples } = said.metrics.find(({ name }) => name === "kith_join_seconds");
  assert.ok(samples.find(({ name }) => name === "kith_join_seconds_sum").value > 0, "a store was asked");
  for (const name of ["kith_connections_opened_total", "kith_deliveries_total", "kith_encodings_total", "kith_api_requests_total",
    "kith_source_reads_total", "kith_cluster_frames_received_total", "process_cpu_seconds_total", "process_resident_memory_bytes"])
    assert.ok(valueOf(name) > 0, name);
  for (const name of ["kith_ready", "kith_store_up", "kith_source_up", "kith_cluster_peers_up"]) assert.equal(valueOf(name), 1, name);
});

test("docs/metrics.md lists all of them, and no others, as the server says what they are", () => {
  const listed = PAGE.slice(PAGE.indexOf("\n## All of them")).split("\n").filter((line) => line.startsWith("| `"));
  const rows = all().map(rowOf);
  const lacking = rows.filter((row) => !listed.includes(row));
  const gone = listed.filter((row) => !rows.includes(row));
  assert.deepEqual({ lacking, gone }, { lacking: [], gone: [] });
});
