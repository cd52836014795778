// run.mjs [--minutes N] [--nodes N] [--people N] [--seed N] [--plant WHAT] -- a soak, with a line for each round and a
// table at the end. Called by script/soak.
import { cpus, loadavg } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { chance, Oracle } from "../chaos/oracle.mjs";
import { sleep } from "../lib/wire.mjs";
import { Canary } from "./canary.mjs";
import { Churn } from "./churn.mjs";
import { faultsOf, restart } from "./faults.mjs";
import { STOOD_MS, judge } from "./meter.mjs";
import { Stage } from "./stage.mjs";

const USAGE = "script/soak [--minutes N] [--nodes N] [--people N] [--seed N] [--plant memory|descriptors|views|pace]";
const WARM = 0.25; /* of the time */
const JOINING = 50; /* at once, when all come */
const ACT_MS = 40;

function refuse(what) {
  console.error(`${what}. Usage: ${USAGE}`);
  process.exit(64);
}

function options(args) {
  const asked = { minutes: 15, nodes: 1, people: 2000, seed: Date.now() % 1000000 };
  for (let i = 0; i < args.length; i += 2) {
    const name = args[i].slice(2);
    const text = args[i + 1] ?? "";
    if (args[i] === "--plant" && /^(memory|descriptors|views|pace)$/.test(text)) asked.plant = text;
    else if (!args[i].startsWith("--") || !(name in asked) || name === "plant") refuse(`unknown option ${args[i]} ${text}`);
    else if (!/^\d{1,6}(\.\d+)?$/.test(text) || !(Number(text) > 0)) refuse(`${args[i]} takes a number, not '${text}'`);
    else if (name !== "minutes" && text.includes(".")) refuse(`${args[i]} takes a whole number, not '${text}'`);
    else asked[name] = Number(text);
  }
  if (asked.people < 20) refuse("--people takes 20 at least");
  return asked;
}

const asked = options(process.argv.slice(2));
const round_ms = Math.min(60000, Math.max(2000, asked.minutes * 4000));
const short = round_ms < 30000;
const times = { heartbeat_s: short ? 0.25 : 1, node_grace_s: short ? 0.5 : 4, grace_s: short ? 2 : 5 };
const random = chance(asked.seed);
const stage = new Stage({ nodes: asked.nodes, times });
const oracle = new Oracle(stage, { people: asked.people, friends: Math.min(8, asked.people - 1), random });
const canary = new Canary(stage, random);
const lag = monitorEventLoopDelay({ resolution: 5 });
const begun = Date.now();
const elapsed = () => Date.now() - begun;
const say = (text) => console.log(`${(elapsed() / 60000).toFixed(1).padStart(5)} min  ${text}`);

/* Not in the seed's order, which is that of answers. */
async function come() {
  oracle.elsewhere = stage.count > 1;
  for (let i = 0; i < oracle.people.length; i += JOINING)
    await Promise.all(oracle.people.slice(i, i + JOINING).map((it, j) => it.come(stage.nodes[(i + j) % stage.count])));
}

async function harm(fault) {
  canary.calm = false;
  await fault({ stage, oracle, ms: Math.min(3000, round_ms / 4) });
  await sleep(Math.min(1000, round_ms / 8)); /* what waited has been done */
  canary.calm = true;
}

/* What is planted in a round, to be found. */
function plant() {
  if (asked.plant === "views") oracle.pick(oracle.people).mode.held = true; /* and nobody has told the server */
  if (asked.plant !== "pace") return () => {};
  const timer = setInterval(() => {
    stage.nodes[0].pause();
    setTimeout(() => stage.nodes[0].wake(), 400);
  }, 1000);
  return () => clearInterval(timer);
}

/** Churn, a fault, and a look when all has come to rest. */
async function play(fault) {
  lag.reset();
  const stop = plant();
  const churn = new Churn(oracle, { pause_ms: ACT_MS }).begin();
  await sleep(round_ms * 0.6);
  if (fault) await harm(fault);
  await churn.end();
  stop();
  const lag_ms = lag.percentile(99) / 1e6;
  const { p50_ms, p99_ms } = canary.take();
  const load = loadavg()[0] / cpus().length;
  const problem = await oracle.converged(short ? 15000 : 60000).then(() => [], (it) => [it.message]);
  const nodes = await Promise.all(stage.nodes.map((it) => it.figures()));
  const story = oracle.story(new Set([...oracle.suspects].slice(0, 1)));
  const wrong = [...oracle.forget(), ...problem];
  const stood_ms = lag.max / 1e6;
  return { hours: elapsed() / 3600000, nodes, p50_ms, p99_ms, lag_ms, stood_ms, load, wrong, story, acts: churn.acts };
}

function tell(name, { nodes, p50_ms, p99_ms, lag_ms, stood_ms, load, wrong, story, acts }, note) {
  const of = nodes.map((it) => `${it.name} ${(it.rss_KiB / 1024).toFixed(1)} MB, ${it.descriptors} descriptors`);
  const ms = (value) => value?.toFixed(1) ?? "-";
  say(`${acts} acts, ${name}${note}: ${of.join("; ")}; p50 ${ms(p50_ms)}, p99 ${ms(p99_ms)} ms (driver ${ms(lag_ms)} late, load ${ms(load)})`);
  if (stood_ms > STOOD_MS) return say(`the driver stood still for ${(stood_ms / 1000).toFixed(1)} s: views are not judged`);
  for (const it of wrong.slice(0, 5)) say(`WRONG ${it}`);
  if (wrong.length > 0) for (const it of story.slice(-40)) console.log(`    ${it}`);
}

async function soak() {
  await stage.begin(oracle.graph + canary.graph);
  say(`${stage.count} server${stage.count > 1 ? "s" : ""}, ${asked.people} people come, seed ${asked.seed}`);
  await Promise.all([come(), canary.begin()]);
  await oracle.converged(60000);
  say(`all are there, and see whom they may`);
  lag.enable();
  const faults = Object.entries(faultsOf(stage));
  const rounds = [];
  const end_ms = elapsed() + asked.minutes * 60000;
  const warm_ms = elapsed() + WARM * asked.minutes * 60000;
  for (let n = 0; n === 0 || elapsed() + round_ms < end_ms; n++) {
    const [name, fault] = n === 0 ? ["restart", restart] : faults[n % faults.length];
    const warming = elapsed() < warm_ms;
    rounds.push({ ...(await play(fault)), warming });
    tell(name, rounds.at(-1), warming ? " (warming up)" : "");
  }
  rounds.push({ ...(await play(restart)), warming: true });
  tell("restart", rounds.at(-1), " (the last)");
  return rounds;
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
let broken = 0;
let unseen = 0; /* rounds were too few, or the machine too busy */
try {
  const rounds = await soak();
  oracle.end();
  await canary.end();
  await stage.end();
  console.log(`\n| ${asked.people} sockets, ${stage.count} servers, ${asked.minutes} min | | |\n|---|---|---|`);
  for (const it of judge(rounds)) {
    console.log(`| ${it.what} | ${it.text} | ${{ true: "BROKEN", false: "kept" }[it.broken] ?? "not seen"} |`);
    if (it.broken) broken++;
    if (it.broken === undefined) unseen++;
  }
  const rest = unseen ? `; ${unseen} not seen, whether kept or not` : "";
  console.log(`\n${broken ? `${broken} promises broken` : "no promise broken"}${rest}`);
} catch (problem) {
  console.error(problem);
  for (const it of stage.nodes) console.error(`${it.name}:\n${it.kith.errors.slice(-1500)}`);
  broken = 1;
}
process.exit(broken > 0 ? 1 : 0);
