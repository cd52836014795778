// attempt.mjs -- a server that is started on a folder that may be no good: it serves, or ends with a word.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { KITH } from "./kith.mjs";
import { watch } from "./watchdog.mjs";

const PATIENCE_MS = 60000;
const READY = /^ready (\S+) api (\S+)$/m;
const REFUSALS = new Set([66, 69, 73, 74, 77, 78]); /* of sysexits.h: input, service, output, permission, settings */

const serve = (data) => [KITH, "serve", "--data", data, "--listen", "127.0.0.1:0", "--api", "127.0.0.1:0", "--auth", "none"];

/** Starts `kith serve`; once it is ready, `look` at {api} is awaited, and it is ended. {code, out, err}. */
export async function attempt(data, { look = () => {}, uid, wrap = (command) => [command[0], command.slice(1)] } = {}) {
  const [file, args] = wrap(serve(data));
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], uid, gid: uid });
  const callOff = watch(child.pid, "");
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const closed = once(child, "close");
  const said = { out: "", err: "" };
  child.stderr.on("data", (text) => (said.err += text));
  let looked = Promise.resolve();
  child.stdout.on("data", (text) => {
    const [, , api] = READY.exec((said.out += text)) ?? [];
    if (api) looked = Promise.resolve(look({ api })).finally(() => child.kill("SIGTERM"));
  });
  const [code, signal] = await closed;
  clearTimeout(timer);
  callOff();
  await looked;
  assert.equal(signal, null, `ended by ${signal}: ${said.err}`);
  assert.doesNotMatch(said.err, /Sanitizer|runtime error|ssertion/);
  return { code, ...said };
}

/** It was refused: with an exit code that says so, one line that has all of `words`, and nothing was begun. */
export function assertRefused({ code, out, err }, ...words) {
  assert.ok(REFUSALS.has(code), `${code}: ${err}`);
  assert.equal(out, "");
  assert.match(err, /^kith serve: [^\n]+; [^\n]+\n$/, "one line, with what to do");
  assert.doesNotMatch(err, /not an error/);
  for (const word of words) assert.match(err, word);
}
