// scenes_nodes.mjs -- what is done to nodes: killed, ended, started, stopped.
import { at, dead_ms, excuse, heard, oneLeave, oneUpdate, seconds, SLACK_MS, within } from "./judge.mjs";
import { Load } from "./load.mjs";
import { Node } from "./stage.mjs";
import { Canary } from "../lib/canary.mjs";
import { residentKiB } from "../lib/process.mjs";
import { pairPath } from "../lib/rest.mjs";
import { jwt } from "../lib/token.mjs";
import { refused, sleep } from "../lib/wire.mjs";

/** SIGKILL: half of its people come back elsewhere, half do not. */
async function kill({ stage, oracle }) {
  const node = stage.nodes[2];
  const theirs = at(oracle, node);
  const [back, gone] = [theirs.filter((_, i) => i % 2), theirs.filter((_, i) => i % 2 === 0)];
  for (const one of gone) one.wanted = false;
  oracle.patience_ms = stage.times.node_grace_s * 500;
  const from = Date.now();
  await node.kill();
  await sleep(dead_ms(stage) + SLACK_MS);
  const left = gone.map((one) => oneLeave(oracle, one, from, dead_ms(stage) + SLACK_MS));
  for (const one of back) oneUpdate(oracle, one, from);
  const converge = await oracle.converged();
  await node.start();
  await stage.met();
  for (const one of gone) one.come(node);
  return { left: seconds(Math.max(...left)), moved: back.length, converge: seconds(converge) };
}

/* Each node ends and is started again, in turn, while people go on. */
async function inTurn({ stage, oracle }, pause_ms) {
  const load = new Load(oracle).begin();
  oracle.patience_ms = 500;
  for (const node of stage.nodes) {
    await node.stop();
    await node.start();
    await stage.met();
    await sleep(pause_ms);
  }
  await load.end();
  return { acts: load.acts, converge: seconds(await oracle.converged()) };
}

/** The next node ends once who lingered at the one before is gone or back. */
const rolling = (world) => inTurn(world, dead_ms(world.stage));

/** The next node ends as soon as the one before is ready. */
const hurry = (world) => inTurn(world, 0);

/** SIGSTOP, for longer than it takes to be dead; its people stay connected. */
async function pause({ stage, oracle, long }) {
  const node = stage.nodes[1];
  const ms = long ? 40000 : 9000;
  excuse(oracle, (viewer, person) => person === node);
  node.pause();
  await sleep(ms);
  const from = Date.now();
  node.wake();
  const converge = await oracle.converged(30000);
  const woken = oracle.mentions.filter((it) => it.viewer.node === node && it.at >= from);
  heard(oracle);
  if (woken.length > 0) throw new Error(`${woken.length} changes told at the node that slept`);
  return { slept: seconds(ms), converge: seconds(converge) };
}

/** A second node of a name that is taken is refused, and nobody notices. */
async function name({ stage, oracle }) {
  const before = oracle.mentions.length;
  const other = new Node(stage, 1, "n0");
  const refused = await other.start({ port: 4100 }).then(
    () => null,
    (problem) => String(problem.message),
  );
  if (refused === null) await other.kill();
  if (!/a node named n0/.test(refused)) throw new Error(`not refused as it should: ${refused}`);
  await sleep(2000);
  if (oracle.mentions.length > before) throw new Error("somebody was told of it");
  return { exit: /ended with (\d+)/.exec(refused)?.[1] };
}

/** One node is killed and started again, over and over; its people have gone elsewhere. */
async function restarts({ stage, oracle, long }) {
  const node = stage.nodes[2];
  const rss = () => residentKiB(stage.nodes[0].pid);
  oracle.patience_ms = 200;
  await node.kill();
  const before = rss();
  const rounds = long ? 50 : 8;
  for (let round = 0; round < rounds; round++) {
    await node.start();
    await node.kill();
  }
  await node.start();
  await stage.met();
  const converge = await oracle.converged();
  return { rounds, converge: seconds(converge), grown_KiB: rss() - before };
}

/** All nodes at once are killed and started again; everybody comes back where it was. */
async function together({ stage, oracle }) {
  oracle.elsewhere = false;
  oracle.excused = () => true;
  await Promise.all(stage.nodes.map((it) => it.kill()));
  const from = Date.now();
  await Promise.all(stage.nodes.map((it) => it.start()));
  await oracle.converged(60000);
  return { people: oracle.people.length, all_back: seconds(Date.now() - from - 800) };
}

/* Of host i's kernel: connections that found no place to wait at a listening socket. */
function overflows(stage, i) {
  const text = stage.net.in(i, "cat", "/proc/net/netstat");
  const [names, values] = text.split("\n").filter((it) => it.startsWith("TcpExt:"));
  return Number(values.split(" ")[names.split(" ").indexOf("ListenOverflows")]);
}

/** A node that has most of the people ends and is started again, and all come back to it at once. */
async function mass({ stage, oracle }) {
  const node = stage.nodes[2];
  const count = at(oracle, node).length;
  const befriend = (one, other) => stage.nodes[0].ask("PUT", pairPath(one, "friends", other));
  const canary = await Canary.begin(stage.nodes[0], { befriend, token: (user) => jwt(user, 3600) });
  let ready;
  oracle.open = new Promise((done) => (ready = done));
  await node.stop();
  await node.start();
  const from = Date.now();
  ready();
  while (at(oracle, node).length < count) await sleep(20);
  const back = Date.now() - from;
  const sang = await canary.end();
  const converge = await oracle.converged(60000);
  const lost = overflows(stage, 2);
  if (lost > 0) throw new Error(`${lost} connections found no place to wait`);
  return { people: count, back: within("all were back", back, 15000), sang, converge: seconds(converge) };
}
mass.people = (long) => (long ? 5060 : 360);
mass.cluster = "leave_s = 0"; /* all lose it at the same time, */
mass.times = { grace_s: 30 }; /* and have as long as restart_grace to be back */
mass.prepare = ({ oracle }) => Object.assign(oracle, { elsewhere: false, retry_ms: 500 });
mass.place = (i, nodes) => (i < 60 ? nodes[i % 2] : nodes[2]);

/** Wall clocks jump by two hours, go back in steps, and are off where a node is started. */
async function clocks({ stage, oracle, long }) {
  const [first, second, third] = stage.nodes;
  const load = new Load(oracle).begin();
  first.wall(7200);
  await refused(first, { token: jwt("u0", 3600) }); /* it goes by that clock */
  for (const [node, off_s] of [[second, -7200], [first, 0], [second, 3600]]) {
    node.wall(off_s);
    await sleep(long ? 10000 : 1500);
  }
  for (let step = 1; step <= (long ? 30 : 5); step++) {
    third.wall(-10 * step);
    await sleep(1000);
  }
  await load.end();
  if (oracle.cuts > 0) throw new Error(`${oracle.cuts} clients were cut off`);
  const converge = await oracle.converged();
  for (const off_s of [-7200, 7200, 0]) {
    third.wall(off_s);
    await third.stop();
    await third.start();
    await stage.met();
    await oracle.converged();
  }
  return { acts: load.acts, converge: seconds(converge) };
}
clocks.walls = true;

export const NODES = { kill, rolling, hurry, pause, name, restarts, together, mass, clocks };
