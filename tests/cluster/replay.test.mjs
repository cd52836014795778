// replay.test.mjs -- who listens at NATS, without the secret, says again what a node has said that is
// no more, to one that has begun since and has not heard it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Raw } from "../chaos/raw.mjs";
import { ownCluster } from "../lib/cluster.mjs";
import { metric } from "../lib/metrics.mjs";
import { Wire, eventually, known, sleep } from "../lib/wire.mjs";

const ROUNDS = 8; /* two seconds of heartbeats */

test("a run that is over is not raised from its own frames", async (t) => {
  const cluster = await ownCluster(t, 2, { graph: "ann ben\nben ann\n" });
  const [one, other] = cluster.nodes;
  const { hostname, port } = new URL(process.env.KITH_TEST_NATS);
  const raw = await Raw.open(hostname, cluster.name, Number(port));
  t.after(() => raw.close());
  const ann = await Wire.open(one, { user: "ann" });
  await ann.join("friends");
  await known(other, "ann");
  const heartbeats = () => raw.frames.filter(({ subject }) => subject.endsWith(".hb"));
  await eventually(() => heartbeats().length >= 4 * ROUNDS, "what they say of themselves");
  const heard = raw.frames.splice(0);
  ann.cut();
  await one.stop();
  await other.stop();
  await other.launch();
  const ben = await Wire.open(other, { user: "ben" });
  t.after(() => ben.cut());
  assert.deepEqual(await ben.join("friends"), {});
  /* That it is there, what it has, and that it is still there. */
  const isHeartbeat = ({ subject }) => subject.endsWith(".hb");
  const all = [...heard.filter(isHeartbeat), ...heard.filter((it) => !isHeartbeat(it))];
  const received = () => metric(other, "kith_cluster_frames_received_total");
  const before = await received();
  for (const { subject, bytes } of all) raw.publish(subject, bytes);
  await eventually(async () => (await received()) >= before + ROUNDS, "what is said again");
  assert.equal(await metric(other, "kith_cluster_peers_up"), 0);
  await sleep(300);
  assert.deepEqual(await ben.drain(), []);
});
