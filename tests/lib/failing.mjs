// failing.mjs -- system calls of a running server that fail as they do on a machine that is broken: strace says so to
// it, and lets go of it again.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { eventually } from "./wire.mjs";

/** Why no process can be watched here, for a test's `skip`; false: one can. */
export function unwatched() {
  const { error, status } = spawnSync("strace", ["-qq", "-o", "/dev/null", "true"]);
  if (error) return "there is no strace: apt-get install strace";
  return status !== 0 && "ptrace is not allowed here";
}

/** What strace is told: `path`: where the call is about this file; `when`: which of them, as in "1..5". */
const words = (call, error, { path, when }) => [
  ...["-f", "-e", `trace=${call}`, "-e", `inject=${call}:error=${error}${when ? `:when=${when}` : ""}`],
  ...(path ? ["-P", path] : []),
];

/**
 * From now on `call` fails with `error` in all threads of the process. Resolves to {count(), end()}: how many have failed
 * so far, and that no more do.
 */
export async function failing(t, pid, call, error, which = {}) {
  const args = ["-p", `${pid}`, ...words(call, error, which)];
  const strace = spawn("strace", args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(strace, "close");
  let said = "";
  strace.stderr.on("data", (text) => (said += text));
  const end = async () => {
    strace.kill();
    await ended;
  };
  t.after(end);
  await eventually(() => / attached/.test(said) || strace.exitCode !== null, "that strace has it");
  assert.match(said, / attached/);
  return { count: () => said.split("(INJECTED)").length - 1, end };
}

/** The command, whose calls fail from its start: for execFile. Of leaks it says nothing, since it is watched. */
export const failingFrom = (call, error, command) => [
  "strace",
  ["-qq", "-o", "/dev/null", ...words(call, error, {}), "env", `ASAN_OPTIONS=detect_leaks=0`, ...command],
];
