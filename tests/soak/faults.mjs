// faults.mjs -- what is done to the servers of a soak while people go on. Each takes {stage, oracle, ms}, and is over
// when the servers are well again.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { excuse, heard } from "../chaos/judge.mjs";
import { sleep } from "../lib/wire.mjs";
import { Churn } from "./churn.mjs";

/* Two nodes hear each other once a few heartbeats have gone by. */
const settle = async ({ stage }) => {
  await stage.met();
  await sleep(stage.count > 1 ? 2000 * stage.times.heartbeat_s : 0);
};

/* Two nodes of which it is true will not hear each other, and nobody goes from one to another: who did would be shown
 * twice until they do. */
async function apart({ stage, oracle }, these) {
  if (stage.count === 1) return;
  excuse(oracle, these);
  await sleep(1000);
}

/** The last node stands still. Of several it would hear of rules when it goes on, and tell of them so late. */
async function pause(world) {
  const { stage, oracle, ms } = world;
  const node = stage.nodes.at(-1);
  Churn.rules = stage.count === 1;
  await apart(world, (a, b) => (a === node) !== (b === node));
  node.pause();
  await sleep(ms);
  node.wake();
  await settle(world);
  heard(oracle);
  Churn.rules = true;
}

const SQLITE = `import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
db.execute("BEGIN EXCLUSIVE")
time.sleep(float(sys.argv[2]))`;

const POSTGRES = (s) => `BEGIN;
DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'kith' LOOP
EXECUTE 'LOCK TABLE kith.' || quote_ident(t) || ' IN ACCESS EXCLUSIVE MODE'; END LOOP; END $$;
SELECT pg_sleep(${s}); COMMIT;`;

/** Somebody else holds the store. */
async function lock(world) {
  const { stage, oracle, ms } = world;
  const [node] = stage.nodes;
  await apart(world, (a, b) => a !== b);
  const [program, args] =
    stage.count > 1
      ? ["psql", ["-X", "-q", "-c", POSTGRES(ms / 1000), process.env.KITH_BENCH_POSTGRES]]
      : ["python3", ["-c", SQLITE, join(node.kith.data, "kith.db"), String(ms / 1000)]];
  const holder = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
  const code = await new Promise((done) => holder.on("close", done));
  if (code !== 0) throw new Error(`the store could not be locked: ${program} ended with ${code}`);
  await settle(world);
  heard(oracle);
}

/** The last node ends and is started again; alone, nobody notices. */
async function restart(world) {
  const { stage } = world;
  const node = stage.nodes.at(-1);
  await node.stop();
  await node.start();
  await settle(world);
}

/** NATS says nothing any more, and then all that it had. */
async function nats(world) {
  const { stage, oracle, ms } = world;
  const pid = Number(process.env.KITH_BENCH_NATS_PID);
  await apart(world, (a, b) => a !== b);
  process.kill(pid, "SIGSTOP");
  stage.note("NATS is silent");
  await sleep(2 * ms);
  process.kill(pid, "SIGCONT");
  stage.note("NATS goes on");
  await settle(world);
  await sleep(2 * ms); /* lanes that were taken for dead come back */
  heard(oracle);
}

/** Those of rounds, in turn. A node that is alone has a new life after a restart: it has its own at begin and end. */
export const faultsOf = (stage) => (stage.count > 1 ? { pause, nats, lock, restart } : { pause, lock });
export { restart };
