// nodes.test.mjs -- nodes that end, are started again, or have a name that is taken.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { CIRCLES, circle, circlesGraph } from "../lib/circles.mjs";
import { ownCluster } from "../lib/cluster.mjs";
import { KITH, Kith } from "../lib/kith.mjs";
import { metric } from "../lib/metrics.mjs";
import { Program } from "../lib/program.mjs";
import { Wire, eventually, known } from "../lib/wire.mjs";

const graph = circlesGraph(CIRCLES);

async function open(t, node, user, device) {
  const wire = await Wire.open(node, { user, device });
  t.after(() => wire.cut());
  await wire.join("friends");
  return wire;
}

describe("nodes", () => {
  test("of one that is killed users leave, save who comes back elsewhere: an update", async (t) => {
    const cluster = await ownCluster(t, 2, { graph });
    const [first, second] = cluster.nodes;
    const [one, two] = [circle(), circle()];
    const ann = await open(t, first, one.ann);
    const amy = await open(t, first, two.ann);
    await open(t, second, one.ben, "d");
    await open(t, second, two.ben, "d");
    await ann.sees(one.ben);
    await amy.sees(two.ben);
    const killed = Date.now();
    await second.kill();
    await open(t, first, one.ben, "d");
    const diff = ann.payloadOf((await ann.sees(one.ben)).at(-1));
    assert.equal(diff.leaves[one.ben].metas.length, 1);
    await amy.loses(two.ben);
    const heartbeats = (Date.now() - killed) / 250;
    assert.ok(heartbeats > 6, `${heartbeats} heartbeats`);
    await ann.quiet(500);
    assert.equal(await metric(first, "kith_cluster_peers_down"), 1);
  });

  test("of one that is told to end nobody is missed who comes back elsewhere", async (t) => {
    const cluster = await ownCluster(t, 2, { graph });
    const [first, second] = cluster.nodes;
    const who = circle();
    const ann = await open(t, first, who.ann);
    const ben = await open(t, second, who.ben);
    await ann.sees(who.ben);
    await Promise.all([second.stop(), ben.closed]);
    assert.equal(await ben.closeCode(), 1012);
    await open(t, first, who.ben);
    const diff = ann.payloadOf((await ann.sees(who.ben)).at(-1));
    assert.equal(diff.leaves[who.ben].metas.length, 1);
    await ann.quiet(3000);
    await second.launch();
    await cluster.met();
    await known(second, who.ben, ({ metas }) => metas.length === 1);
    const late = await Wire.open(second, { user: who.ann, device: "other" });
    t.after(() => late.cut());
    assert.deepEqual(Object.keys(await late.join("friends")), [who.ben]);
  });

  test("of one that is told to end clients are closed one after the other", async (t) => {
    const settings = { "cluster.leave_s": "1" };
    const cluster = await ownCluster(t, 2, { graph, settings });
    const [, second] = cluster.nodes;
    const wires = [];
    for (let i = 0; i < 150; i++) wires.push(await open(t, second, `u${i}`));
    const asked = Date.now();
    const times = wires.map(async (wire) => {
      await wire.closed;
      assert.equal(await wire.closeCode(), 1012);
      return Date.now() - asked;
    });
    await Promise.all([second.stop(), ...times]);
    const all = (await Promise.all(times)).sort((a, b) => a - b);
    assert.ok(all.at(-1) - all[0] > 700, `from ${all[0]} to ${all.at(-1)} ms`);
    assert.ok(all[75] - all[0] > 250, `half of them after ${all[75] - all[0]} ms`);
  });

  test("a name that is taken is refused, and who has it goes on", async (t) => {
    const cluster = await ownCluster(t, 1, { graph });
    const other = new Kith({ settings: cluster.settings("n1") });
    await assert.rejects(other.start(), /a node named n1/);
    t.after(() => rm(other.folder, { recursive: true, force: true }));
    const wire = await open(t, cluster.nodes[0], circle().ann);
    assert.deepEqual(await wire.drain(), []);
  });

  const foreign = {
    secret: async (cluster) => {
      const file = join(cluster.folder, "x");
      await writeFile(file, "x".repeat(40), { mode: 0o600 });
      return { "cluster.secret_file": file };
    },
    database: async () => ({
      "store.url": (await promisify(execFile)(process.env.KITH_TEST_POSTGRES_NEW, ["new"])).stdout.trim(),
    }),
  };
  for (const [what, made] of Object.entries(foreign))
    test(`a node whose ${what} is another one's is not heard, and that is counted`, async (t) => {
      const cluster = await ownCluster(t, 1, { graph });
      const other = new Kith({ settings: { ...cluster.settings("n2"), ...(await made(cluster)) } });
      t.after(() => other.end());
      await other.start();
      for (const node of [cluster.nodes[0], other]) {
        await eventually(
          async () => (await metric(node, "kith_cluster_frames_forged_total")) > 2,
          "forged frames",
        );
        assert.equal(await metric(node, "kith_cluster_peers_up"), 0);
        const told = node.errors.split("see that cluster.secret_file and store.url are the same");
        assert.equal(told.length, 2, "the log says it, once");
      }
    });

  test("NATS that is not there keeps no node from serving its own users", async (t) => {
    const cluster = await ownCluster(t, 0, { graph });
    const settings = { ...cluster.settings("n1"), "cluster.urls": "nats://127.0.0.1:9" };
    const node = new Kith({ settings, graph });
    t.after(() => node.end());
    await node.start();
    const who = circle();
    const ann = await open(t, node, who.ann);
    await open(t, node, who.ben);
    await ann.sees(who.ben);
    assert.ok((await metric(node, "kith_cluster_stale_seconds")) > 0);
  });

  test("one that is told to end while it waits for NATS ends at once, and was never ready", async (t) => {
    const cluster = await ownCluster(t, 0, { graph });
    const node = new Program(KITH);
    t.after(() => node.stop());
    const settings = {
      ...cluster.settings("n1"),
      "cluster.urls": "nats://127.0.0.1:9",
      "cluster.heartbeat_s": 10, /* it waits for two */
    };
    const set = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const args = ["serve", "--auth", "none", "--listen", "127.0.0.1:0", "--api", "127.0.0.1:0"];
    const ready = node.start([...args, ...set], /^ready/m, cluster.folder);
    await eventually(() => /cluster: NATS: nats:\/\/127/.test(node.errors), "it looks for NATS");
    await Promise.all([node.stop(), assert.rejects(ready)]);
    assert.match(node.errors, /see that NATS is there.*; it is tried again$/m);
  });

  test("[cluster] without a database for all is refused with what to do", async (t) => {
    const cluster = await ownCluster(t, 0, { graph });
    const settings = cluster.settings("n1");
    delete settings["store.url"];
    const file = join(cluster.folder, "kith.conf");
    const keys = Object.entries(settings).map(([k, v]) => [...k.split("."), v]);
    const text = ["presence", "cluster"].map((section) =>
      [`[${section}]`, ...keys.filter(([s]) => s === section).map(([, k, v]) => `${k} = ${v}`)].join("\n"),
    );
    await writeFile(file, `${text.join("\n\n")}\n`, { mode: 0o600 });
    const [code, said] = await new Promise((done) =>
      execFile(KITH, ["serve", "--config", file, "--auth", "none", "--listen", "127.0.0.1:0", "--api", "127.0.0.1:0"], (e, _, err) => done([e?.code, err])),
    );
    assert.equal(code, 78);
    assert.match(said, /postgresql:/);
  });
});
