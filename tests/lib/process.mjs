// process.mjs -- what a process takes of its machine, as the system has it.
import { readFileSync, readdirSync } from "node:fs";

const CLOCK_TICKS_S = 100; /* as Linux tells them, whatever it counts by */

export const residentKiB = (pid) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

export const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;

/** For how long each of its threads has had something to do, whether it got a processor for it or waited for one. */
export const wantedSeconds = (pid) =>
  readdirSync(`/proc/${pid}/task`).map((thread) => {
    const [ran_ns, waited_ns] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
    return (Number(ran_ns) + Number(waited_ns)) / 1e9;
  });

/** For how long all of them have had a processor; to the nanosecond, where cpuSeconds counts ticks. */
export const ranSeconds = (pid) =>
  readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e9)
    .reduce((sum, it) => sum + it);

export function cpuSeconds(pid) {
  const [, fields] = /^.*\) (.*)$/.exec(readFileSync(`/proc/${pid}/stat`, "utf8").trim());
  const [user, system] = fields.split(" ").slice(11, 13).map(Number);
  return (user + system) / CLOCK_TICKS_S;
}
