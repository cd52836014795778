// watchdog.mjs -- what a test starts ends with it, however it ends: killed with -9 too.
import { spawn } from "node:child_process";

const ORPHAN_MS = 500;

/* Waits for the end of its standard input: the pipe's other end dies with this process. Then the
 * server goes, and the folder that it keeps its files in. */
const SCRIPT = 'read _; kill -s KILL -- "$1" 2>/dev/null; rm -rf "$2"';

/** Ends process `pid` and removes `folder` once this process is no more; returns how to call off. */
export function watch(pid, folder) {
  const dog = spawn("sh", ["-c", SCRIPT, "watchdog", String(pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true /* a signal to the whole process group must not end it first */,
  });
  dog.unref();
  dog.stdin.unref?.();
  return () => dog.kill("SIGKILL");
}

/* The runner was killed: nobody reads what this process finds. */
const runner = process.ppid;
setInterval(() => process.ppid === runner || process.exit(1), ORPHAN_MS).unref();
