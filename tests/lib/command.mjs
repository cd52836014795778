// command.mjs -- a command, with all that it starts, that runs for as long as a test does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "./watchdog.mjs";

/**
 * Starts a program with its children as one group, which goes when the test does; returns what it
 * writes, as it grows: {out, err}.
 */
export function start(t, folder, ...command) {
  const child = spawn(command[0], command.slice(1), { cwd: folder, detached: true });
  const text = { out: "", err: "" };
  child.stdout.on("data", (data) => (text.out += data));
  child.stderr.on("data", (data) => (text.err += data));
  const callOff = watch(-child.pid, folder);
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, "SIGTERM");
      await once(child, "close");
    }
    callOff();
  });
  return text;
}
