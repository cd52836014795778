// kith.mjs -- a real server for a test: a folder of its own, free ports, and a clean end.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { watch } from "./watchdog.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
export const KITH = resolve(process.env.KITH ?? join(HERE, "../../build-asan/kith"));

export const SECRET = "a secret of the tests, longer than 32 bytes";
const TOKEN_SECTION = { kind: "jwt", alg: "HS256", secret: SECRET };

const READY = /^ready (ws:\/\/([^/]+)\/socket\/websocket) api (http:\/\/\S+)/m;
const START_MS = 15000; /* a sanitized build on a busy machine */
const STOP_MS = 15000;
const COMPLAINT = /Sanitizer|runtime error:|Assertion|assertion failed/;
const QUIET_LEAKS = {
  ASAN_OPTIONS: "abort_on_error=0:detect_leaks=1",
  UBSAN_OPTIONS: "print_stacktrace=1",
};

const run = promisify(execFile);

function configText({ settings = {}, tokens = false }) {
  const sections = new Map(tokens ? [["token test", Object.entries(TOKEN_SECTION)]] : []);
  for (const [name, value] of Object.entries(settings)) {
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
  #child = null;
  #exited = null;
  #callOff = null;
  #out = "";
  #options;
  errors = ""; /* all that it wrote to stderr */

  /**
   * graph: text of edges; settings: {"section.key": value} of kith.conf; tokens: clients need a
   * JWT (see token.mjs), else auth = none; demo: as the demo page needs it.
   */
  constructor(options = {}) {
    this.#options = options;
  }

  async start() {
    this.folder = await mkdtemp(join(tmpdir(), "kith-"));
    const text = configText(this.#options);
    if (text) {
      this.config = join(this.folder, "kith.conf");
      await writeFile(this.config, text, { mode: 0o600 });
    }
    if (this.#options.graph) await this.import(this.#options.graph);
    await this.launch();
    return this;
  }

  get data() {
    return join(this.folder, "data");
  }

  /** `kith graph import`, into the folder. While no server runs. */
  async import(text) {
    const file = join(this.folder, "graph.txt");
    await writeFile(file, text);
    await run(KITH, ["graph", "import", file, "--data", this.data]);
  }

  /** Starts the program on what the folder holds; again after stop(), on the same port. */
  async launch() {
    const { tokens, demo } = this.#options;
    const port = this.host?.split(":").pop() ?? "0";
    const args = ["serve", "--data", this.data];
    if (this.config) args.push("--config", this.config);
    args.push("--listen", `127.0.0.1:${port}`, "--api", "127.0.0.1:0");
    if (demo) args.push("--demo");
    else if (!tokens) args.push("--auth", "none");
    this.#out = "";
    this.#child = spawn(KITH, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...QUIET_LEAKS, ...process.env },
    });
    this.#exited = new Promise((done) =>
      this.#child.on("close", (code, signal) => done({ code, signal })),
    );
    this.#child.on("error", (error) => (this.errors += `${error}\n`));
    if (this.pid) this.#callOff = watch(this.pid, this.folder);
    this.#child.stderr.on("data", (text) => (this.errors += text));
    await this.#ready();
  }

  #ready() {
    return new Promise((done, fail) => {
      const give = (why) => fail(new Error(`${KITH}: ${why}\n${this.#out}${this.errors}`));
      const timer = setTimeout(() => give("no ready line"), START_MS);
      this.#exited.then(({ code }) => give(`ended with ${code} before it was ready`));
      this.#child.stdout.on("data", (text) => {
        const line = READY.exec((this.#out += text));
        if (!line) return;
        clearTimeout(timer);
        [, this.websocket, this.host, this.api] = line;
        done();
      });
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** SIGTERM, and a clean end: exit code 0, and no sanitizer had anything to say. */
  async stop() {
    if (!this.#child) return;
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
    const { code, signal } = await this.#exited;
    clearTimeout(timer);
    this.#callOff?.();
    this.#child = null;
    assert.ok(!COMPLAINT.test(this.errors), this.errors);
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, this.errors);
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
