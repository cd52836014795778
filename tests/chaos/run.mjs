// run.mjs [SCENE...] [--long] [--short] [--seed N] [--people N] [--jobs N] -- plays scenes, each on a
// stage of its own, N at the same time, and prints a line for each. Called by script/chaos, which has a database made.
import { chance, Oracle } from "./oracle.mjs";
import { SCENES, SHORT } from "./scenes.mjs";
import { Stage } from "./stage.mjs";
import { lacking, sweep } from "./net.mjs";

const PATIENCE_MS = 600000;

const USAGE = "script/chaos [SCENE...] [--short] [--long] [--seed N] [--people N] [--jobs N]";

function refuse(what) {
  console.error(`${what}. Usage: ${USAGE}`);
  process.exit(64);
}

/** What is no number would play nothing, and all would be well. */
function number(option, text, least) {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  return refuse(`${option} takes a whole number, ${least} at least`);
}

function options(args) {
  const asked = { scenes: [], long: false, seed: Date.now() % 1000000, people: 0, jobs: 1 };
  for (let i = 0; i < args.length; i++)
    if (args[i] === "--long") asked.long = true;
    else if (args[i] === "--short") asked.scenes.push(...SHORT);
    else if (args[i] === "--seed") asked.seed = number("--seed", args[++i], 0);
    else if (args[i] === "--jobs") asked.jobs = number("--jobs", args[++i], 1);
    else if (args[i] === "--people") asked.people = number("--people", args[++i], 2);
    else if (args[i].startsWith("-")) refuse(`unknown option ${args[i]}`);
    else asked.scenes.push(args[i]);
  if (asked.scenes.length === 0) asked.scenes = Object.keys(SCENES);
  asked.people ||= asked.long ? 300 : 24;
  return asked;
}

async function play(name, { long, seed, people }) {
  const scene = SCENES[name];
  const random = chance(seed);
  const stage = new Stage({ long, scene, chance: random });
  const count = scene.people?.(long) ?? people;
  const oracle = new Oracle(stage, { people: count, friends: Math.min(8, count - 1), random });
  try {
    await stage.begin(oracle.graph);
    scene.prepare?.({ stage, oracle });
    await oracle.begin(scene.place);
    if (scene.nats !== false) await oracle.converged();
    const figures = await scene({ stage, oracle, long });
    await oracle.converged();
    oracle.judge();
    return { ...figures, ...oracle.counts };
  } catch (problem) {
    const logs = (stage.nodes ?? []).map((it) => `${it.name}:\n${it.errors.slice(-1500)}`);
    const story = oracle.story(new Set([...oracle.suspects].slice(0, 3)));
    throw new Error([problem.stack, ...story, ...logs].join("\n"), { cause: problem });
  } finally {
    oracle.end();
    await stage.end();
  }
}

const asked = options(process.argv.slice(2));
const unknown = asked.scenes.filter((it) => !SCENES[it]);
if (unknown.length > 0) {
  console.error(`no such scene: ${unknown}. There are: ${Object.keys(SCENES).join(" ")}`);
  process.exit(64);
}
const why = lacking();
if (why) {
  console.log(why);
  process.exit(77);
}
sweep();
process.on("exit", () => sweep());
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
setTimeout(() => process.exit(1), PATIENCE_MS * (asked.long ? 10 : 1)).unref();

let failed = 0;
async function tell(scene) {
  const begin = Date.now();
  const { problem, ...figures } = await play(scene, asked).catch((it) => ({ problem: it.message }));
  const took = `${((Date.now() - begin) / 1000).toFixed(1)} s`;
  const text = Object.entries(figures).map(([key, value]) => `${key} ${value}`).join(", ");
  const verdict = problem ? "not ok" : "ok";
  console.log(`${verdict} - ${scene} (${took}, seed ${asked.seed}): ${text}${problem ?? ""}`);
  if (problem) failed++;
}

const waiting = [...asked.scenes];
async function work() {
  for (let scene = waiting.shift(); scene; scene = waiting.shift()) await tell(scene);
}
await Promise.all(Array.from({ length: asked.jobs }, work));
console.log(`${asked.scenes.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
