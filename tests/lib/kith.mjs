// kith.mjs -- a real server for a test: a folder of its own, free ports, and a clean end.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "./port.mjs";
import { Program } from "./program.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
export const KITH = resolve(process.env.KITH ?? join(HERE, "../../build-asan/kith"));

export const SECRET = "a secret of the tests, longer than 32 bytes";
const TOKEN_SECTION = { kind: "jwt", alg: "HS256", secret: SECRET };

const READY = /^ready (wss?:\/\/([^/]+)\/socket\/websocket) api (https?:\/\/\S+)/m;

const run = promisify(execFile);

function configText({ settings = {}, tokens = false }) {
  const sections = new Map(tokens === true ? [["token test", Object.entries(TOKEN_SECTION)]] : []);
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) continue;
    const [section, key] = name.split(".");
    sections.set(section, [...(sections.get(section) ?? []), [key, value]]);
  }
  return [...sections]
    .map(
      ([name, keys]) => `[${name}]\n${keys.map(([key, value]) => `${key} = ${value}\n`).join("")}`,
    )
    .join("\n");
}

export class Kith {
  #program = new Program(KITH);
  #options;

  /**
   * graph: text of edges; settings: {"section.key": value} of kith.conf; tokens: clients need a JWT (see token.mjs),
   * or, "own", what settings have keys for, else auth = none; demo: as the demo page needs it; env: more variables.
   */
  constructor(options = {}) {
    this.#options = options;
  }

  async start() {
    this.folder = await mkdtemp(join(tmpdir(), "kith-"));
    const text = configText({
      ...this.#options,
      settings: { ...(await this.#database()), ...this.#options.settings },
    });
    if (text) {
      this.config = join(this.folder, "kith.conf");
      await writeFile(this.config, text, { mode: 0o600 });
    }
    if (this.#options.graph) await this.import(this.#options.graph);
    await this.launch();
    return this;
  }

  /** The one that is asked for; else, where the variable names a program that makes some, an own. */
  async #database() {
    this.store = this.#options.settings?.["store.url"];
    if (this.store) return {};
    if (!process.env.KITH_TEST_POSTGRES_NEW) return {};
    this.store = (await run(process.env.KITH_TEST_POSTGRES_NEW, ["new"])).stdout.trim();
    return { "store.url": this.store };
  }

  get data() {
    return join(this.folder, "data");
  }

  /** `kith graph import`, into the folder. While no server runs. */
  async import(text) {
    const file = join(this.folder, "graph.txt");
    await writeFile(file, text);
    await run(KITH, ["graph", "import", file, ...(this.store ? ["--store", this.store] : ["--data", this.data])]);
  }

  /** Starts the program on what the folder holds; again after stop(), on the same port; the
   * API on another one, unless it is said. */
  async launch(api = "0") {
    const { tokens, demo, env } = this.#options;
    const port = this.host?.split(":").pop() ?? (await freePort());
    const args = ["serve", "--data", this.data];
    if (this.config) args.push("--config", this.config);
    args.push("--listen", `127.0.0.1:${port}`, "--api", `127.0.0.1:${api}`);
    if (demo) args.push("--demo");
    else if (!tokens) args.push("--auth", "none");
    [, this.websocket, this.host, this.api] = await this.#program.start(args, READY, this.folder, env);
  }

  get pid() {
    return this.#program.pid;
  }

  /** All that it wrote to stderr. */
  get errors() {
    return this.#program.errors;
  }

  /** SIGTERM, and a clean end: exit code 0, and no sanitizer had anything to say. */
  stop() {
    return this.#program.stop();
  }

  /** SIGKILL; launch() goes on with what the folder holds. */
  kill() {
    return this.#program.kill();
  }

  async end() {
    try {
      await this.stop();
    } finally {
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}

/** One server for all tests of a file; circles of friends keep them apart. */
export function sharedKith(options) {
  const kith = new Kith(options);
  before(() => kith.start());
  after(() => kith.end());
  return kith;
}

/** One server for one test. */
export async function ownKith(t, options) {
  const kith = new Kith(options);
  t.after(() => kith.end());
  return kith.start();
}
