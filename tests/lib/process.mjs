// process.mjs -- what a process takes of its machine, as the system has it.
import { readFileSync, readdirSync } from "node:fs";

const CLOCK_TICKS_S = 100; /* as Linux tells them, whatever it counts by */

export const residentKiB = (pid) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

export const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;

export function cpuSeconds(pid) {
  const [, fields] = /^.*\) (.*)$/.exec(readFileSync(`/proc/${pid}/stat`, "utf8").trim());
  const [user, system] = fields.split(" ").slice(11, 13).map(Number);
  return (user + system) / CLOCK_TICKS_S;
}
