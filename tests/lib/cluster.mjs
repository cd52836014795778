// cluster.mjs -- several real nodes of one cluster, on a database and a NATS server that the suite
// has started (tests/suites/cluster.sh), each cluster with names of its own.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { promisify } from "node:util";
import { Kith } from "./kith.mjs";
import { metric } from "./metrics.mjs";
import { Rest } from "./rest.mjs";
import { eventually } from "./wire.mjs";

const run = promisify(execFile);
let made = 0;

export class Cluster {
  nodes = [];
  #settings;

  /** settings: as Kith has them, of every node; graph: text of edges. */
  constructor({ settings = {}, graph } = {}) {
    this.#settings = settings;
    this.graph = graph;
    this.name = `c${process.pid}-${++made}`;
  }

  async start(count) {
    this.folder = await mkdtemp(join(tmpdir(), "kith-cluster-"));
    this.secret = join(this.folder, "secret");
    await writeFile(this.secret, "a secret that all nodes share, of the tests", { mode: 0o600 });
    this.store = (await run(process.env.KITH_TEST_POSTGRES_NEW, ["new"])).stdout.trim();
    for (let i = 1; i <= count; i++) await this.add(`n${i}`, i === 1 ? this.graph : undefined);
    await this.met();
    return this;
  }

  /** The settings of a node of this cluster. */
  settings(node) {
    return {
      "store.url": this.store,
      "cluster.name": this.name,
      "cluster.node": node,
      "cluster.urls": process.env.KITH_TEST_NATS,
      "cluster.secret_file": this.secret,
      "cluster.heartbeat_s": 0.25,
      "cluster.node_grace_s": 0.5,
      "presence.grace_s": 2,
      ...this.#settings,
    };
  }

  async add(name, graph) {
    const node = new Kith({ settings: this.settings(name), graph });
    node.name = name;
    node.rest = new Rest(node);
    this.nodes.push(node);
    await node.start();
    return node;
  }

  /** All nodes that run know each other. */
  async met(nodes = this.nodes) {
    for (const node of nodes)
      await eventually(
        async () => (await metric(node, "kith_cluster_peers_up")) === nodes.length - 1,
        `that ${node.name} knows the others`,
      );
  }

  async end() {
    for (const node of this.nodes) await node.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** One for all tests of a file; circles of friends keep them apart. */
export function sharedCluster(count, options) {
  const cluster = new Cluster(options);
  before(() => cluster.start(count));
  after(() => cluster.end());
  return cluster;
}

/** One for one test. */
export async function ownCluster(t, count, options) {
  const cluster = new Cluster(options);
  t.after(() => cluster.end());
  return cluster.start(count);
}
