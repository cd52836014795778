// scenes_wires.mjs -- what is done to the wires between nodes, and between them and their clients.
import { at, dead_ms, excuse, heard, oneLeave, seconds, SLACK_MS, within } from "./judge.mjs";
import { Load } from "./load.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

async function cut({ stage, oracle }, ms, begin) {
  const lone = stage.nodes[0];
  const load = new Load(oracle, { moves: false, pause_ms: 150 }).begin();
  excuse(oracle, (one, other) => (one === lone) !== (other === lone));
  begin();
  await sleep(ms);
  await load.end();
  const mentions = oracle.mentions.length;
  stage.net.heal();
  const converge = await oracle.converged(60000);
  heard(oracle);
  return { cut: seconds(ms), converge: seconds(converge), told: oracle.mentions.length - mentions };
}

/** Node 0 is cut off from the other two; clients reach all. */
const partition = (world) =>
  cut(world, world.long ? 30000 : 10000, () => world.stage.net.isolate(0));

/** The same where connections that get no answer are given up after seconds (docs/cluster.md). */
async function briefly(world) {
  const figures = await cut(world, world.long ? 30000 : 10000, () => world.stage.net.isolate(0));
  within("all views were one", 1000 * parseFloat(figures.converge), 7000);
  return figures;
}
briefly.retries = 5;

/** The same for longer than node 0 shows the others' people as they were. */
const estranged = (world) =>
  cut(world, world.long ? 600000 : 25000, () => world.stage.net.isolate(0));

/** Nothing of node 0 arrives at the others; it hears them. */
const oneway = (world) =>
  cut(world, world.long ? 30000 : 10000, () =>
    [1, 2].forEach((other) => world.stage.net.cutOneWay(0, other)),
  );

/* Who moves on before other nodes can know what it did last is shown twice for a grace. So long nobody
 * moves. */
const SETTLED_MS = 1000;

/** A fifth of all packets between the hosts is lost. */
async function loss({ stage, oracle, long }) {
  oracle.settled_ms = SETTLED_MS;
  stage.net.lose(20);
  const load = new Load(oracle).begin();
  excuse(oracle, (one, other) => one !== other);
  await sleep(long ? 30000 : 8000);
  await load.end();
  const converge = await oracle.converged(60000);
  stage.net.heal();
  heard(oracle);
  return { acts: load.acts, converge: seconds(converge) };
}

/** What nodes and NATS say to each other takes 50 to 150 ms each way, and comes in pieces. */
async function delay({ stage, oracle, long }) {
  oracle.settled_ms = SETTLED_MS;
  const load = new Load(oracle).begin();
  excuse(oracle, (one, other) => one !== other);
  await sleep(long ? 60000 : 8000);
  await load.end();
  const converge = await oracle.converged(60000);
  const pieces = stage.proxies.reduce((sum, it) => sum + it.pieces, 0);
  for (const node of stage.nodes) {
    const spoilt = await node.metric("kith_cluster_frames_garbled_total");
    if (spoilt > 0) throw new Error(`${node.name} could not read ${spoilt} frames`);
  }
  return { acts: load.acts, pieces, converge: seconds(converge) };
}
delay.slow = true;

/** A host loses its wire without a word: friends elsewhere see its people leave. */
async function unplugged({ stage, oracle }) {
  const node = stage.nodes[2];
  const theirs = at(oracle, node);
  for (const one of theirs) one.wanted = false;
  oracle.excused = (viewer, person) => theirs.includes(viewer) || theirs.includes(person);
  const from = Date.now();
  stage.net.unplug(2);
  await sleep(dead_ms(stage) + SLACK_MS);
  const left = theirs.map((one) => oneLeave(oracle, one, from, dead_ms(stage) + SLACK_MS));
  stage.net.heal();
  for (const one of theirs) one.go();
  await sleep(1000);
  await Promise.all(theirs.map((one) => one.come(node)));
  const converge = await oracle.converged(60000);
  return { left: seconds(Math.max(...left)), converge: seconds(converge) };
}

const IDLE_S = 5;

/* Clients that vanish without a word: of what they send nothing arrives any more. */
async function halfopen({ stage, oracle }) {
  const gone = oracle.people.filter((it) => it.localAddress);
  const live = oracle.people.filter((it) => !it.localAddress);
  for (const one of gone) one.wanted = false;
  oracle.excused = (viewer, person) => gone.includes(viewer) || gone.includes(person);
  const from = Date.now();
  for (const i of stage.nodes.keys()) stage.net.drop(i, stage.net.elsewhere);
  const limit_ms = (IDLE_S + stage.times.grace_s) * 1000;
  await sleep(limit_ms + SLACK_MS);
  const left = gone.map((one) => oneLeave(oracle, one, from, limit_ms + SLACK_MS));
  for (const node of stage.nodes) {
    const theirs = live.filter((it) => it.node === node).length + 2; /* and who asks for figures */
    const freed = async () => (await node.metric("kith_connections")) <= theirs;
    await eventually(freed, `the end of sockets of ${node.name}`);
  }
  const ended = live.filter((it) => !it.joined || it.since > from);
  if (ended.length > 0) throw new Error(`${ended.length} who live were cut off`);
  stage.net.heal();
  for (const one of gone) one.go();
  await sleep(500);
  await Promise.all(gone.map((one) => one.come()));
  return { vanished: gone.length, left: within("they left", Math.max(...left), limit_ms) };
}
halfopen.people = (long) => (long ? 400 : 30);
halfopen.server = `ping_s = 2\nidle_s = ${IDLE_S}`;
halfopen.prepare = ({ stage, oracle }) => {
  for (const [i, one] of oracle.people.entries())
    if (i % 2) one.localAddress = stage.net.elsewhere;
};

export const WIRES = { partition, briefly, oneway, estranged, loss, delay, unplugged, halfopen };
