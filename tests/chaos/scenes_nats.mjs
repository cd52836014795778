// scenes_nats.mjs -- what is done to NATS, and what somebody without the secret says there.
import { seconds, within } from "./judge.mjs";
import { Load } from "./load.mjs";
import { inboxes, Raw, spoilt } from "./raw.mjs";
import { CLUSTER } from "./stage.mjs";
import { sleep } from "../lib/wire.mjs";

/* After how long all views are one, from when all nats-servers take connections again. */
async function found({ stage, oracle }) {
  const converge = await oracle.converged();
  oracle.whole = true;
  return within("all views were one", converge, 2000 * stage.times.heartbeat_s);
}

async function without(world, ms) {
  const { stage, oracle } = world;
  const load = new Load(oracle, { moves: false, pause_ms: 150 }).begin();
  oracle.whole = false;
  for (const it of stage.nats) await it.kill();
  await sleep(ms);
  await load.end();
  await oracle.converged(10000, (viewer, person) => viewer.node === person.node);
  await Promise.all(stage.nats.map((it) => it.start()));
  return { out: seconds(ms), acts: load.acts, converge: await found(world) };
}

/** Every nats-server ends, and is there again. Nobody is lost meanwhile. */
const nats = (world) => without(world, world.long ? 45000 : 4000);

/** The same for longer than nodes show each other's people as they were. */
const natsless = async (world) => {
  world.oracle.excused = (viewer, person) => viewer.node !== person.node;
  return without(world, world.long ? 600000 : 25000);
};

/** Nodes start while there is no NATS, and serve their own; then there is. */
async function late(world) {
  const { stage, oracle } = world;
  const own = (viewer, person) => viewer.node === person.node;
  const ready = Math.max(...stage.nodes.map((it) => it.started_ms));
  await oracle.converged(10000, own);
  const load = new Load(oracle, { moves: false, pause_ms: 100 }).begin();
  oracle.whole = false;
  await sleep(3000);
  await load.end();
  await oracle.converged(10000, own);
  await Promise.all(stage.nats.map((it) => it.start()));
  const converge = await found(world);
  return { ready: within("nodes were ready", ready, 2000), acts: load.acts, converge };
}
late.nats = false;

/** They end and come back in turn, all the time. */
async function flapping(world) {
  const { stage, oracle, long } = world;
  const load = new Load(oracle, { moves: false, pause_ms: 150 }).begin();
  oracle.whole = false;
  for (let round = 0; round < (long ? 12 : 4); round++)
    for (const it of stage.nats) {
      await it.kill();
      await sleep(300);
      await it.start();
    }
  await load.end();
  return { acts: load.acts, converge: await found(world) };
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
  for (const what of ["forged", "garbled", "foreign", "repeated", "huge"])
    for (const node of stage.nodes) {
      const count = await node.metric(`kith_cluster_frames_${what}_total`);
      if (!(count > 0)) throw new Error(`${node.name} counted ${count} frames as ${what}`);
      counted[what] = (counted[what] ?? 0) + count;
    }
  const told = oracle.mentions.slice(before);
  if (told.length > 0) throw new Error(`${told.length} changes were told that nobody made`);
  return { sent, ...counted };
}

export const NATS = { nats, natsless, late, flapping, forged };
