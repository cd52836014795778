// terminal_of_guide.mjs -- a folder, a network and a shell of a guide's own, in which its blocks are run as a reader
// would: one after the other, in one shell, some of them in another terminal beside it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { watch } from "./watchdog.mjs";
import { commandsOf, shows } from "./guide.mjs";
import { KITH } from "./kith.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STEP_MS = 60000; /* a sanitized build on a busy machine */
const LOOK_MS = 50;
const COMPLAINT = /Sanitizer|runtime error:|assertion failed/;
const PACKAGES = {
  phoenix: "tests/node_modules/phoenix18",
  ws: "tests/node_modules/ws",
  "kith-client": "clients/js",
};

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/* A loopback of its own, so that the ports which pages name are free. */
const BEGIN = `ip link set lo up || exit 77
set -eE
trap 'echo "$LINENO" >&3; exit 1' ERR
`;

export class GuideTerminal {
  #page;
  #shell;
  #told = "";
  #ended = false;
  #steps = 0;
  #beside; /* what the latest one beside writes into */

  constructor(page) {
    this.#page = page;
  }

  async open() {
    this.folder = await mkdtemp(join(tmpdir(), "kith-guide-"));
    this.own = await mkdtemp(join(tmpdir(), "kith-guide-own-"));
    await symlink(KITH, join(this.own, "kith"));
    await symlink(dirname(KITH), join(this.folder, "build"));
    await mkdir(join(this.folder, "node_modules"));
    for (const [name, path] of Object.entries(PACKAGES))
      await symlink(resolve(ROOT, path), join(this.folder, "node_modules", name));
    const { KITH_API, KITH_KEY_FILE, ...env } = process.env;
    const wrap = process.getuid() === 0 ? ["-n"] : ["-rn"];
    this.#shell = spawn("unshare", [...wrap, "bash"], {
      cwd: this.folder,
      detached: true,
      stdio: ["pipe", "ignore", "inherit", "pipe"],
      env: { ...env, PATH: `${this.own}:${process.env.PATH}`, KITH_ROOT: ROOT },
    });
    this.#shell.on("exit", () => (this.#ended = true));
    this.#shell.stdin.on("error", () => {});
    this.#shell.stdio[3].on("data", (text) => (this.#told += text));
    this.callOff = watch(-this.#shell.pid, this.folder);
    this.#shell.stdin.write(BEGIN);
  }

  async close() {
    const gone = () => {
      try {
        process.kill(-this.#shell.pid, 0);
        return false;
      } catch {
        return true;
      }
    };
    for (const signal of ["SIGTERM", "SIGKILL"]) {
      if (!gone()) process.kill(-this.#shell.pid, signal);
      for (let waited = 0; !gone() && waited < STEP_MS / 2; waited += LOOK_MS) await pause(LOOK_MS);
    }
    this.callOff();
    const complaint = await this.#complaint();
    await rm(this.own, { recursive: true, force: true });
    await rm(this.folder, { recursive: true, force: true });
    if (complaint) throw new Error(`${this.#page}: ${complaint}`);
  }

  async #complaint() {
    for (let i = 1; i <= this.#steps; i++) {
      const said = await this.#said(i);
      if (COMPLAINT.test(said)) return said;
    }
    return null;
  }

  /* As a terminal shows it. */
  async #said(step) {
    const text = await readFile(join(this.own, `out.${step}`), "utf8").catch(() => "");
    return text.replaceAll("\r\n", "\n");
  }

  #fail(line, why, said = "") {
    throw new Error(`${this.#page}:${line}: ${why}\n${said}`);
  }

  /** Does what a step says; an error names the page and the line. */
  async step(step) {
    if (step.kind === "file") await writeFile(join(this.folder, step.name), step.text, { mode: 0o600 });
    else if (step.kind === "beside") await this.#startBeside(step);
    else if (step.kind === "prints") await this.#prints(step);
    else if (step.language === "console")
      for (const one of commandsOf(step)) await this.#command(one);
    else await this.#run(step.line, step.text);
  }

  async #write(text, then) {
    const number = ++this.#steps;
    await writeFile(join(this.own, `step.${number}`), text);
    this.#told = "";
    this.#shell.stdin.write(then(join(this.own, `step.${number}`), join(this.own, `out.${number}`)));
    return number;
  }

  /** Waits until it is so, or the shell has failed; false: it took too long. */
  async #until(holds) {
    for (let waited = 0; waited < STEP_MS; waited += LOOK_MS) {
      if (await holds()) return true;
      if (this.#ended) return false;
      await pause(LOOK_MS);
    }
    return false;
  }

  async #run(line, text) {
    const number = await this.#write(text, (step, out) => `. ${step} >${out} 2>&1 </dev/null; echo ok >&3\n`);
    const done = await this.#until(() => this.#told.endsWith("ok\n"));
    const said = await this.#said(number);
    if (!done) this.#fail(line + (parseInt(this.#told, 10) || 1), "it fails, or takes too long", said);
    return said;
  }

  async #command({ line, command, output }) {
    const said = await this.#run(line, `${command}\n`);
    if (!shows(output, said)) this.#fail(line + 1, `it does not print what stands there, but`, said);
  }

  async #startBeside({ line, text, until }) {
    const number = await this.#write(text, (step, out) => `{ (. ${step}) || :; : >${out}.ended; } >${out} 2>&1 </dev/null &\n`);
    this.#beside = number;
    const ended = () => existsSync(join(this.own, `out.${number}.ended`));
    let there = false;
    const looked = async () => (there = (await this.#said(number)).includes(until)) || ended();
    await this.#until(looked);
    if (!there) this.#fail(line + 1, `it does not say "${until}"`, await this.#said(number));
  }

  async #prints({ line, text }) {
    const there = await this.#until(async () => shows(text, await this.#said(this.#beside)));
    if (!there)
      this.#fail(line + 1, "the one beside prints something else", await this.#said(this.#beside));
  }
}
