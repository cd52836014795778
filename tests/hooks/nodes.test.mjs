// nodes.test.mjs -- several nodes keep one log, which one of them sends: nodes are killed, stopped and
// cut off, and the back end hears all of it, and in the end the truth.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ownCluster } from "../lib/cluster.mjs";
import { Crowd } from "../lib/crowd.mjs";
import { metric } from "../lib/metrics.mjs";
import { Listener, PYTHON, Sample, logged } from "../lib/receiver.mjs";
import { Wire, eventually, sleep } from "../lib/wire.mjs";

const ROUNDS = process.env.KITH_LONG === "1" ? 6 : 1;

const leaders = async (nodes) => {
  const leads = await Promise.all(nodes.map((node) => metric(node, "kith_hook_leads")));
  return nodes.filter((_, i) => leads[i] === 1);
};

test("a user is online once, on however many nodes", async (t) => {
  const back = await Listener.begin(t);
  const { nodes } = await ownCluster(t, 2, { settings: back.settings() });
  const one = await Wire.open(nodes[0], { user: "ann", device: "a" });
  await one.join("friends");
  await back.hears(1);
  const two = await Wire.open(nodes[1], { user: "ann", device: "b" });
  await two.join("friends");
  await back.hears(2);
  await one.leave("friends");
  await back.hears(3);
  await two.leave("friends");
  await back.hears(4);
  assert.deepEqual(back.of("ann"), ["online", "status", "status", "offline"]);
  assert.equal((await leaders(nodes)).length, 1);
  for (const wire of [one, two]) wire.cut();
});

test("who moves from a node to another is not offline in between", async (t) => {
  const back = await Listener.begin(t);
  const { nodes } = await ownCluster(t, 2, { settings: back.settings() });
  const one = await Wire.open(nodes[0], { user: "ann", device: "a" });
  await one.join("friends", { status: "here" });
  await back.hears(1);
  one.cut();
  await sleep(200); /* it is lost there, and lingers */
  const two = await Wire.open(nodes[1], { user: "ann", device: "a" });
  await two.join("friends", { status: "there" });
  await back.hears(2);
  assert.deepEqual(back.of("ann"), ["online", "status"]);
  assert.equal(back.events[1].now.phx_ref_prev, back.events[0].now.phx_ref);
  await sleep(2500); /* its grace on the first would be over */
  assert.deepEqual(back.of("ann"), ["online", "status"]);
  two.cut();
});

test("of a node that is killed the others end the sessions, once, and who is back was never gone", async (t) => {
  const back = await Listener.begin(t);
  const { nodes } = await ownCluster(t, 3, { settings: back.settings() });
  const wires = [];
  for (const [i, user] of ["a0", "a1", "b0", "c0"].entries()) {
    const wire = await Wire.open(nodes[i < 2 ? 0 : i - 1], { user, device: "d" });
    await wire.join("friends");
    wires.push(wire);
  }
  await back.hears(4);
  await nodes[0].kill();
  const again = await Wire.open(nodes[1], { user: "a1", device: "d" });
  await again.join("friends");
  await eventually(() => back.of("a0").length === 2, "that a0 has gone");
  await sleep(7000); /* each of the others has looked by then */
  assert.deepEqual(back.of("a0"), ["online", "offline"]);
  assert.deepEqual(back.of("b0"), ["online"]);
  assert.deepEqual(back.of("c0"), ["online"]);
  const of = back.of("a1");
  assert.equal(of[0], "online");
  assert.ok(of.length > 1 && of.slice(1).every((event) => event === "status"), `${of}`);
  back.assertWhole(await logged(nodes[1].rest));
  for (const wire of [...wires, again]) wire.cut();
});

test("the node that delivers is stopped, and another one goes on", async (t) => {
  const back = await Listener.begin(t);
  const { nodes } = await ownCluster(t, 2, { settings: back.settings({ "cluster.leave_s": 0.2 }) });
  let leader;
  await eventually(async () => ([leader] = await leaders(nodes)), "that one delivers");
  const other = nodes.find((node) => node !== leader);
  const wire = await Wire.open(other, { user: "ann", device: "d" });
  await wire.join("friends");
  await back.hears(1);
  await leader.stop();
  await wire.push("friends", "status", { status: "away" });
  await back.hears(2);
  assert.deepEqual(back.of("ann"), ["online", "status"]);
  await eventually(async () => (await leaders([other])).length === 1, "that the other delivers");
  wire.cut();
});

test(`nodes and the back end are killed in turn, and nothing is lost`, async (t) => {
  const back = await Sample.begin(t, PYTHON);
  const cluster = await ownCluster(t, 3, { settings: back.settings({ "presence.grace_s": 0.3 }) });
  const crowd = new Crowd(cluster.nodes);
  for (let round = 0; round < ROUNDS * cluster.nodes.length; round++) {
    const node = cluster.nodes[round % cluster.nodes.length];
    await sleep(500);
    await node.kill();
    if (round % 2) await back.kill();
    await sleep(700);
    if (round % 2) await back.start();
    await node.launch();
  }
  await cluster.met();
  await crowd.stop();
  await crowd.assertTruth(cluster.nodes[0].rest, back);
  crowd.cut();
  await crowd.assertTruth(cluster.nodes[1].rest, back);
});

test("a node that was taken for dead and is not tells of its sessions again", async (t) => {
  const back = await Listener.begin(t);
  const { nodes } = await ownCluster(t, 2, { settings: back.settings({ "server.idle_s": 60 }) });
  const wire = await Wire.open(nodes[0], { user: "ann", device: "d" });
  await wire.join("friends");
  await back.hears(1);
  process.kill(nodes[0].pid, "SIGSTOP");
  try {
    await eventually(() => back.events.length >= 2, "that ann is taken for gone", 30000);
  } finally {
    process.kill(nodes[0].pid, "SIGCONT");
  }
  await eventually(() => back.events.length >= 3, "that ann is told of again", 30000);
  assert.deepEqual(back.of("ann"), ["online", "offline", "online"]);
  await wire.push("friends", "status", { status: "away" });
  await back.hears(4);
  assert.deepEqual(back.of("ann"), ["online", "offline", "online", "status"]);
  back.assertWhole(await logged(nodes[1].rest));
  wire.cut();
});
