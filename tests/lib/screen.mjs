// screen.mjs -- a command of kith on a terminal of its own, as a person would have it: what its screen
// shows at last, keys, sizes and signals, and whether the terminal is afterwards as it was.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { KITH } from "./kith.mjs";

const PROGRAM = fileURLToPath(new URL("on_terminal.py", import.meta.url));
const PATIENCE_MS = 20000;

export class Screen {
  #child;
  #ended;
  #said = "";
  out = ""; /* all that it wrote */

  /** Runs `kith` with these words. */
  constructor(words, { lines = 24, columns = 80, env = {} } = {}) {
    this.#child = spawn("python3", ["-B", PROGRAM, `${lines}`, `${columns}`, KITH, ...words], {
      env: { ...process.env, KITH_API: "http://127.0.0.1:9", ...env },
    });
    this.#child.stdout.on("data", (data) => (this.out += data));
    this.#child.stderr.on("data", (data) => (this.#said += data));
    this.#child.stdin.on("error", () => {}); /* it may have ended */
    this.#ended = once(this.#child, "close");
  }

  keys(text) {
    this.#child.stdin.write(`keys ${JSON.stringify(text)}\n`);
  }

  size(lines, columns) {
    this.#child.stdin.write(`size ${lines} ${columns}\n`);
  }

  signal(number) {
    this.#child.stdin.write(`signal ${number}\n`);
  }

  /** How often it has drawn a whole page. */
  get pages() {
    return this.out.split("\x1b[H").length - 1;
  }

  /** The latest page that was drawn whole, line by line, without its colours. */
  get page() {
    const pages = this.out.split("\x1b[H").slice(1);
    const whole = pages.filter((page) => page.includes("\x1b[J")).at(-1) ?? "";
    return whole.split("\x1b[0m\x1b[J")[0].replace(/\x1b\[[0-9;]*[mK]/g, "").split("\r\n");
  }

  /** Waits until `what` holds of this screen. */
  async until(what, name) {
    for (const end = Date.now() + PATIENCE_MS; !what(this); )
      if (Date.now() > end) throw new Error(`not within time: ${name}\n${this.page.join("\n")}\n${this.#said}`);
      else await new Promise((done) => setTimeout(done, 20));
  }

  async shows(pattern) {
    await this.until(() => pattern.test(this.page.join("\n")), `${pattern}`);
  }

  /** Its end: {code, restored}. */
  async end() {
    await this.#ended;
    return JSON.parse(this.#said.trim().split("\n").at(-1));
  }

  cut() {
    this.#child.kill("SIGKILL");
  }
}
