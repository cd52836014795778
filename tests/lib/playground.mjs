// playground.mjs -- the example of the same name, for a test: an application on libkith, with
// rooms, social presence, binary events, long-polling, and a second mount that asks for an origin.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "./program.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const BUILD = process.env.KITH_BUILD ?? join(HERE, "../../build-asan");
export const PLAYGROUND = resolve(BUILD, "examples/playground");
const READY = /^ready\s+ws:\/\/([^/\s]+)/m;

const WORKERS = 4; /* a topic's home is mostly another thread, whatever the machine */
/* Real values cost minutes: 60 s until a silent socket is cut, 10 s for which a poll waits. */
const LONG = process.env.KITH_LONG === "1";
export const UNITS = LONG ? { idle: 60000, poll: 10000 } : { idle: 2000, poll: 1500 };

export class Playground {
  #program = new Program(PLAYGROUND);
  #options;

  /** edges: lines "watcher watched"; units: which of UNITS it must keep, the others as they are. */
  constructor({ edges = [], units = [] } = {}) {
    this.#options = { edges, units: new Set(units) };
  }

  async start() {
    const { edges, units } = this.#options;
    this.folder = await mkdtemp(join(tmpdir(), "playground-"));
    const graph = join(this.folder, "graph.txt");
    await writeFile(graph, edges.map((line) => `${line}\n`).join(""));
    const args = ["--port", "0", "--graph", graph, "--workers", String(WORKERS)];
    if (units.has("idle")) args.push("--idle-ms", String(UNITS.idle));
    if (units.has("poll")) args.push("--longpoll-ms", String(UNITS.poll));
    [, this.host] = await this.#program.start(args, READY, this.folder);
    this.websocket = `ws://${this.host}/socket/websocket`;
    return this;
  }

  get pid() {
    return this.#program.pid;
  }

  stop() {
    return this.#program.stop();
  }

  async end() {
    try {
      await this.stop();
    } finally {
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}

/** One server for one test. */
export async function ownPlayground(t, options) {
  const playground = new Playground(options);
  t.after(() => playground.end());
  return playground.start();
}
