// scenes.mjs -- what is done to three nodes, each scene by its name. A scene gets a world that has
// converged, {stage, oracle, long}, and returns figures; it throws if something is wrong. In the end
// whoever runs it asks for all views once more.
import { readFileSync } from "node:fs";
import { Load } from "./load.mjs";
import { CLUSTER, Node } from "./stage.mjs";
import { Raw, inboxes, spoilt } from "./raw.mjs";
import { sleep } from "../lib/wire.mjs";

const SLACK_MS = 2500; /* a busy machine; and leaves are paced over two seconds */
const at = (oracle, node) => oracle.people.filter((it) => it.joined && it.node === node);
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** The longest that the users of a dead node may be shown. */
const dead_ms = ({ times: t }) => (7 * t.heartbeat_s + t.node_grace_s + 2) * 1000;

/* What each viewer was told of the user since `from`, of those who were there all along. */
function toldOf(oracle, user, from) {
  const viewers = oracle.people.filter(
    (it) => it.wanted && it.friends.has(user.id) && it.joined && it.since < from && !held(oracle, it, user),
  );
  return viewers.map((viewer) => ({
    viewer,
    news: oracle.mentions.filter((it) => it.viewer === viewer && it.user === user.id && it.at >= from),
  }));
}

const held = (oracle, one, other) => oracle.blocks.get([one.id, other.id].sort().join(" "))?.held;

function oneUpdate(oracle, user, from) {
  for (const { viewer, news } of toldOf(oracle, user, from)) {
    const good = news.length === 1 && news[0].join && news[0].leave;
    const text = news.map((it) => `${it.at - from} ms ${it.join ? "join " : ""}${it.leave ? "leave" : ""}`);
    if (!good)
      throw new Error(`${viewer.id} at ${viewer.node.name} of ${user.id}, who moved, not one update: ${text}`);
  }
}

function oneLeave(oracle, user, from, limit_ms) {
  let last = 0;
  for (const { viewer, news } of toldOf(oracle, user, from)) {
    const text = news.map((it) => `${it.at - from} ms ${it.join ? "join " : ""}${it.leave ? "leave" : ""}`);
    const good = news.length === 1 && news[0].leave && !news[0].join;
    if (!good) throw new Error(`${viewer.id} of ${user.id}, who is dead, not one leave: ${text}`);
    last = Math.max(last, news[0].at - from);
  }
  if (last > limit_ms) throw new Error(`${user.id} left only after ${last} ms`);
  return last;
}

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

/* Two on different sides of `apart` cannot hear each other; `slack` after the cut has healed. */
function excuse(oracle, apart) {
  oracle.excused = (viewer, person) => apart(viewer.node, person.node);
}

async function cut({ stage, oracle }, long, begin) {
  const lone = stage.nodes[0];
  const ms = long ? 30000 : 10000;
  const load = new Load(oracle, { moves: false, pause_ms: 150 }).begin();
  excuse(oracle, (one, other) => (one === lone) !== (other === lone));
  begin();
  await sleep(ms);
  await load.end();
  const mentions = oracle.mentions.length;
  stage.net.heal();
  const converge = await oracle.converged(60000);
  oracle.excused = () => false;
  return { cut: seconds(ms), converge: seconds(converge), told: oracle.mentions.length - mentions };
}

/** Node 0 is cut off from the other two; clients reach all. */
const partition = (world) => cut(world, world.long, () => world.stage.net.isolate(0));

/** Nothing of node 0 arrives at the others; it hears them. */
const oneway = (world) =>
  cut(world, world.long, () => [1, 2].forEach((other) => world.stage.net.cutOneWay(0, other)));

/** Every nats-server ends, and is there again. Nobody is lost meanwhile. */
async function nats({ stage, oracle, long }) {
  const load = new Load(oracle, { moves: false, pause_ms: 150 }).begin();
  for (const it of stage.nats) await it.kill();
  await sleep(long ? 30000 : 4000);
  await Promise.all(stage.nats.map((it) => it.start()));
  await load.end();
  return { converge: seconds(await oracle.converged()) };
}

/** They end and come back in turn, all the time. */
async function flapping({ stage, oracle, long }) {
  const load = new Load(oracle, { moves: false, pause_ms: 150 }).begin();
  for (let round = 0; round < (long ? 12 : 4); round++)
    for (const it of stage.nats) {
      await it.kill();
      await sleep(300);
      await it.start();
    }
  await load.end();
  return { converge: seconds(await oracle.converged()) };
}

/** A fifth of all packets between the hosts is lost. */
async function loss({ stage, oracle, long }) {
  stage.net.lose(20);
  const load = new Load(oracle).begin();
  excuse(oracle, (one, other) => one !== other);
  await sleep(long ? 30000 : 8000);
  await load.end();
  const converge = await oracle.converged(60000);
  stage.net.heal();
  return { acts: load.acts, converge: seconds(converge) };
}

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
  oracle.excused = () => false;
  if (woken.length > 0) throw new Error(`${woken.length} changes told at the node that slept`);
  return { slept: seconds(ms), converge: seconds(converge) };
}

/** Frames without the secret, spoilt in every way, and true ones once more. */
async function forged({ stage, oracle, long }) {
  const raw = await Raw.open(stage.net.address(0), CLUSTER);
  const load = new Load(oracle, { moves: false, pause_ms: 30 }).begin();
  await sleep(3000);
  await load.end();
  await oracle.converged();
  const heard = raw.frames.splice(0);
  const before = oracle.mentions.length;
  const subjects = [`p.${CLUSTER}.hb`, `p.${CLUSTER}.d`, ...inboxes(heard, CLUSTER)];
  const rounds = long ? 50 : 5;
  let sent = 0;
  for (let round = 0; round < rounds; round++) {
    const { bytes } = oracle.pick(heard.filter((it) => it.bytes.length > 0));
    for (const some of Object.values(spoilt(bytes)).flat())
      for (const subject of subjects) raw.publish(subject, some) || sent++;
    for (const it of heard) raw.publish(it.subject, it.bytes) || sent++;
    await sleep(200);
  }
  await sleep(2000);
  raw.close();
  const counted = {};
  for (const what of ["forged", "garbled", "foreign"])
    for (const node of stage.nodes) {
      const count = await node.metric(`kith_cluster_frames_${what}_total`);
      if (!(count > 0)) throw new Error(`${node.name} counted ${count} frames as ${what}`);
      counted[what] = (counted[what] ?? 0) + count;
    }
  const told = oracle.mentions.slice(before);
  if (told.length > 0) throw new Error(`${told.length} changes were told that nobody made`);
  return { sent, ...counted };
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

const residentKiB = (pid) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

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

export const SCENES = {
  kill, rolling, hurry, partition, oneway, nats, flapping, loss, pause, forged, name, restarts, together, unplugged,
};
/* Not rolling: who moves while nodes end may for a while be shown twice (docs/cluster.md). */
export const SHORT = ["kill", "partition", "nats", "forged"];
