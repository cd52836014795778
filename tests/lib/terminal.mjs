// terminal.mjs -- a command of kith, as a person runs it: what it says, and its exit code.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { KITH } from "./kith.mjs";

/** Where nobody is, whatever runs on this machine. */
const NOBODY = "http://127.0.0.1:9";

/* How far a command is that takes longer than a second: a busy machine makes it so. */
const PROGRESS = /^.*: \d+ lines, \d+ a second\n/gm;

/** Runs `kith` with these words: {code, out, err}, err without its progress. input: its standard
 * input. */
export async function kithCommand(words, { input = "", env = {}, cwd } = {}) {
  const child = spawn(KITH, words, { cwd, env: { ...process.env, KITH_API: NOBODY, ...env } });
  const text = { out: "", err: "" };
  child.stdout.on("data", (data) => (text.out += data));
  child.stderr.on("data", (data) => (text.err += data));
  child.stdin.on("error", () => {}); /* it may end before it has read all */
  child.stdin.end(input);
  const [code] = await once(child, "close");
  return { code, out: text.out, err: text.err.replace(PROGRESS, "") };
}
