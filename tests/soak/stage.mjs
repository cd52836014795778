// stage.mjs -- the servers of a soak, on the loopback: one with a file of its own, or several on the database and the
// NATS server that script/lib/with_servers.sh has started.
import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kith } from "../lib/kith.mjs";
import { descriptors, residentKiB } from "../lib/process.mjs";
import { bearer, KEYS } from "../lib/rest.mjs";
import { eventually } from "../lib/wire.mjs";

const { KITH_BENCH_POSTGRES: POSTGRES, KITH_BENCH_NATS: NATS } = process.env;

class Node {
  up = false;

  constructor(stage, name, options) {
    Object.assign(this, { stage, name });
    this.kith = new Kith({ tokens: true, ...options });
  }

  async start() {
    const { KITH_SOAK_PRELOAD: preload } = process.env; /* see leak.c */
    if (preload) process.env.LD_PRELOAD = preload;
    await (this.kith.folder ? this.kith.launch() : this.kith.start());
    delete process.env.LD_PRELOAD;
    this.up = true;
    this.stage.note(`${this.name} is ready`);
  }

  /** SIGTERM, and a clean end. */
  async stop() {
    this.up = false;
    this.stage.note(`${this.name} is told to end`);
    await this.kith.stop();
  }

  pause() {
    process.kill(this.kith.pid, "SIGSTOP");
  }

  wake() {
    process.kill(this.kith.pid, "SIGCONT");
  }

  get websocket() {
    return this.kith.websocket;
  }

  ask(method, path, body) {
    const headers = { ...bearer("admin"), "content-type": "application/json" };
    const signal = AbortSignal.timeout(15000);
    return fetch(this.kith.api + path, { method, headers, signal, body: body && JSON.stringify(body) });
  }

  async metric(name) {
    const text = await (await this.ask("GET", "/metrics")).text();
    return Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)`, "m").exec(text)?.[1]);
  }

  /** What a round says of it. */
  async figures() {
    const { pid } = this.kith;
    const sockets = await this.metric("kith_connections");
    return { name: this.name, pid, rss_KiB: residentKiB(pid), descriptors: descriptors(pid) - sockets };
  }
}

export class Stage {
  nodes = [];

  constructor({ nodes, times }) {
    Object.assign(this, { count: nodes, times, note: () => {} });
  }

  async begin(graph) {
    this.folder = await mkdtemp(join(tmpdir(), "kith-soak-"));
    process.on("exit", () => rmSync(this.folder, { recursive: true, force: true })); /* by Ctrl-C, too */
    if (this.count > 1) await writeFile(join(this.folder, "secret"), "a secret that all nodes of a soak share", { mode: 0o600 });
    for (let i = 1; i <= this.count; i++) {
      const node = new Node(this, `n${i}`, { settings: this.#settings(`n${i}`), graph: i === 1 ? graph : undefined });
      this.nodes.push(node);
      await node.start();
    }
    await this.met();
  }

  #settings(node) {
    const { grace_s } = this.times;
    const own = { ...KEYS, "presence.grace_s": grace_s };
    if (this.count === 1) return own;
    const { heartbeat_s, node_grace_s } = this.times;
    return {
      ...own,
      "store.url": POSTGRES,
      "cluster.name": "soak",
      "cluster.node": node,
      "cluster.urls": NATS,
      "cluster.secret_file": join(this.folder, "secret"),
      "cluster.heartbeat_s": heartbeat_s,
      "cluster.node_grace_s": node_grace_s,
    };
  }

  /** All nodes know each other. */
  async met() {
    if (this.count === 1) return;
    for (const node of this.nodes)
      await eventually(
        async () => (await node.metric("kith_cluster_peers_up")) === this.count - 1,
        `${node.name} hears the others`,
        30000,
      );
  }

  /** All end, and well. */
  async end() {
    for (const node of this.nodes) await node.kith.end();
  }
}
