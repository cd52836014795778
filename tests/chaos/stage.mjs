// stage.mjs -- on each of three hosts a node and a nats-server, the three of which are one NATS
// cluster; the database is reached by its Unix socket.
import { execFile } from "node:child_process";
import { closeSync, existsSync, openSync, rmSync, writeSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { KITH, SECRET } from "../lib/kith.mjs";
import { Program } from "../lib/program.mjs";
import { eventually, sleep } from "../lib/wire.mjs";
import { Net } from "./net.mjs";
import { Proxy } from "./proxy.mjs";

const run = promisify(execFile);
const READY = /^ready (ws:\/\/\S+) api (http:\/\/\S+)/m;
const NATS_READY = /Server is ready/;
const API_KEY = "a-key-of-the-tests-longer-than-32-bytes";
export const CLUSTER = "people";

/* Of stages that are being played: whoever breaks off leaves none. */
const folders = new Set();
process.on("exit", () => folders.forEach((it) => rmSync(it, { recursive: true, force: true })));

/** Short: as few seconds as a busy machine allows; long: what a node has by itself. */
export const times = (long) =>
  long
    ? { heartbeat_s: 1, node_grace_s: 4, stale_hold_s: 60, grace_s: 5 }
    : { heartbeat_s: 0.4, node_grace_s: 2, stale_hold_s: 20, grace_s: 4 };

class Nats {
  #program;

  constructor(stage, i) {
    Object.assign(this, { stage, i });
    this.#program = new Program("nsenter");
  }

  async start() {
    const { net, folder } = this.stage;
    const file = join(folder, `nats${this.i}.conf`);
    const others = net.hosts.map((_, i) => `nats://${net.address(i)}:6222`);
    const text = `listen: 0.0.0.0:4222\nserver_name: n${this.i}\ncluster {
  name: k\n  listen: ${net.address(this.i)}:6222\n  routes: [${others.join(", ")}]\n}\n`;
    await writeFile(file, text);
    const [, enter] = net.enter(this.i);
    const args = [enter, "sh", "-c", `exec nats-server -c ${file} 2>&1`];
    await this.#program.start(args, NATS_READY, "");
    this.up = true;
  }

  async kill() {
    if (this.up) await this.#program.kill();
    this.up = false;
  }

  get pid() {
    return this.#program.pid;
  }
}

export class Node {
  #program = new Program("nsenter");
  #wall = ""; /* the file that says how far its wall clock is off */
  up = false;

  constructor(stage, i, name = `n${i}`) {
    Object.assign(this, { stage, i, name });
    this.websocket = `ws://${stage.net.address(i)}:4000/socket/websocket`;
    this.api = `http://${stage.net.address(i)}:4001`;
  }

  async start({ port = 4000 } = {}) {
    this.stage.note(`${this.name} is started`);
    const begun = Date.now();
    const file = join(this.stage.folder, `${this.name}-${this.i}-${port}.conf`);
    const address = this.stage.net.address(this.i);
    await writeFile(file, this.stage.config(this, `${address}:${port}`, `${address}:${port + 1}`), {
      mode: 0o600,
    });
    const [, enter] = this.stage.net.enter(this.i);
    const wall = this.#wall ? ["env", `LD_PRELOAD=${process.env.KITH_CHAOS_WALL}`, `KITH_TEST_WALL=${this.#wall}`] : [];
    await this.#program.start([enter, ...wall, KITH, "serve", "--config", file], READY, "");
    this.started_ms = Date.now() - begun;
    this.up = true;
    this.stage.note(`${this.name} is ready`);
  }

  get pid() {
    return this.#program.pid;
  }

  get errors() {
    return this.#program.errors;
  }

  async kill() {
    this.up = false;
    this.stage.note(`${this.name} is killed`);
    await this.#program.kill();
  }

  /** SIGTERM, and a clean end. */
  async stop() {
    this.up = false;
    this.stage.note(`${this.name} is told to end`);
    await this.#program.stop();
    this.stage.note(`${this.name} has ended`);
  }

  /** Its wall clock is off by so much from now on; other clocks are not. For scenes that move walls. */
  wall(off_s) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(off_s));
    this.#wall = join(this.stage.folder, `wall${this.i}`);
    const file = openSync(this.#wall, existsSync(this.#wall) ? "r+" : "w");
    writeSync(file, bytes, 0, 8, 0); /* in place: the node has it mapped */
    closeSync(file);
  }

  pause() {
    process.kill(this.pid, "SIGSTOP");
  }

  wake() {
    process.kill(this.pid, "SIGCONT");
  }

  ask(method, path, body) {
    const headers = { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" };
    const signal = AbortSignal.timeout(5000);
    return fetch(this.api + path, { method, headers, signal, body: body && JSON.stringify(body) });
  }

  async metric(name) {
    const text = await (await this.ask("GET", "/metrics")).text();
    return Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)`, "m").exec(text)?.[1]);
  }
}

export class Stage {
  note = () => {}; /* told what happens to nodes */

  proxies = []; /* between each node and NATS, if wires are slow */

  /** long: with the times of everyday; scene: what it says beside itself; chance: for what is random. */
  constructor({ long, scene, chance }) {
    this.net = new Net();
    this.times = { ...times(long), ...scene.times };
    Object.assign(this, { scene, chance });
  }

  async begin(graph) {
    const { nats = true } = this.scene;
    this.folder = await mkdtemp(join(tmpdir(), "kith-chaos-"));
    folders.add(this.folder);
    this.net.begin();
    if (this.scene.retries) this.net.giveUpAfter(this.scene.retries);
    for (const i of this.scene.slow ? this.net.hosts.keys() : []) {
      const target = { host: this.net.address(i), port: 4222 };
      this.proxies.push(await Proxy.open(this.net.outside, target, this.chance));
    }
    const made = await run(process.env.KITH_TEST_POSTGRES_NEW, ["new"]);
    this.store = made.stdout.trim();
    await writeFile(join(this.folder, "secret"), "0123456789abcdef".repeat(3), { mode: 0o600 });
    await writeFile(join(this.folder, "graph"), graph);
    await run(KITH, ["graph", "import", join(this.folder, "graph"), "--store", this.store]);
    this.nats = this.net.hosts.map((_, i) => new Nats(this, i));
    this.nodes = this.net.hosts.map((_, i) => new Node(this, i));
    if (this.scene.walls) for (const node of this.nodes) node.wall(0);
    if (nats) await Promise.all(this.nats.map((it) => it.start()));
    await Promise.all(this.nodes.map((it) => it.start()));
    if (nats) await this.met();
  }

  config(node, listen, api) {
    const { heartbeat_s, node_grace_s, stale_hold_s, grace_s } = this.times;
    return `[server]\nlisten = ${listen}\napi = ${api}\nworkers = 2\n${this.scene.server ?? ""}\n
[presence]\ngrace_s = ${grace_s}\n
[store]\nurl = ${this.store}\n
[token test]\nkind = jwt\nalg = HS256\nsecret = ${SECRET}\n
[key test]\nrole = admin\nsecret = ${API_KEY}\n
[cluster]\nname = ${CLUSTER}\nnode = ${node.name}\nurls = ${this.proxies[node.i]?.url ?? "nats://127.0.0.1:4222"}
secret_file = ${this.folder}/secret\nheartbeat_s = ${heartbeat_s}\nnode_grace_s = ${node_grace_s}
stale_hold_s = ${stale_hold_s}\n${this.scene.cluster ?? ""}\n`;
  }

  /** All live nodes know of each other. */
  async met(ms = 20000) {
    const live = this.nodes.filter((it) => it.up);
    for (const node of live)
      await eventually(
        async () => (await node.metric("kith_cluster_peers_up")) === live.length - 1,
        `${node.name} hears the others`,
        ms,
      );
  }

  async end() {
    const problems = [];
    if (this.nodes) this.net.heal();
    for (const node of this.nodes ?? [])
      if (node.up) await node.stop().catch((problem) => problems.push(problem));
    for (const proxy of this.proxies) proxy.close();
    for (const nats of this.nats ?? []) await nats.kill();
    this.net.end();
    await sleep(0);
    await rm(this.folder, { recursive: true, force: true });
    folders.delete(this.folder);
    if (problems.length > 0) throw problems[0];
  }
}
