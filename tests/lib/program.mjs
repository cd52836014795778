// program.mjs -- the process of a server under test: started until it is ready, and a clean end.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { watch } from "./watchdog.mjs";

const START_MS = 60000; /* a sanitized build on a busy machine */
const STOP_MS = 60000;
const COMPLAINT = /Sanitizer|runtime error:|Assertion|assertion failed/;
const QUIET_LEAKS = {
  ASAN_OPTIONS: "abort_on_error=0:detect_leaks=1",
  UBSAN_OPTIONS: "print_stacktrace=1",
};

export class Program {
  #child = null;
  #exited = null;
  #callOff = null;
  #out = "";
  errors = ""; /* all that it wrote to stderr */

  constructor(file) {
    this.file = file;
  }

  /** Starts it, and returns how `ready` matched what it wrote; `folder` goes if the test dies; `env`: more variables. */
  async start(args, ready, folder, env = {}) {
    this.#out = "";
    this.#child = spawn(this.file, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...QUIET_LEAKS, ...process.env, ...env },
    });
    this.#exited = new Promise((done) =>
      this.#child.on("close", (code, signal) => done({ code, signal })),
    );
    this.#child.on("error", (error) => (this.errors += `${error}\n`));
    if (this.pid) this.#callOff = watch(this.pid, folder);
    this.#child.stderr.on("data", (text) => (this.errors += text));
    return await this.#ready(ready);
  }

  #ready(ready) {
    return new Promise((done, fail) => {
      const timer = setTimeout(() => give("no ready line"), START_MS);
      const give = (why) => {
        clearTimeout(timer);
        fail(new Error(`${this.file}: ${why}\n${this.#out}${this.errors}`));
      };
      this.#exited.then(({ code }) => give(`ended with ${code} before it was ready`));
      this.#child.stdout.on("data", (text) => {
        const line = ready.exec((this.#out += text));
        if (!line) return;
        clearTimeout(timer);
        done(line);
      });
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** SIGKILL: it has no time for anything. Until then it was well. */
  async kill() {
    this.#child.kill("SIGKILL");
    const end = await this.#exited;
    this.#callOff?.();
    this.#child = null;
    this.#assertEnd(end, { code: null, signal: "SIGKILL" });
  }

  /** SIGTERM, and a clean end: exit code 0, and no sanitizer had anything to say. */
  async stop() {
    if (!this.#child) return;
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
    const end = await this.#exited;
    clearTimeout(timer);
    this.#callOff?.();
    this.#child = null;
    this.#assertEnd(end, { code: 0, signal: null });
  }

  #assertEnd(end, wanted) {
    assert.ok(!COMPLAINT.test(this.errors), this.errors);
    assert.deepEqual(end, wanted, this.errors);
  }
}
