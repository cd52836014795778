// timing.test.mjs -- who may not be seen, and is on another node, is by time not to be told from who is
// not there; nor behind a time in which the nodes did not hear each other. With KITH_LONG=1.
import { describe } from "node:test";
import { ownCluster } from "../lib/cluster.mjs";
import { Gate } from "../lib/gate.mjs";
import { metric } from "../lib/metrics.mjs";
import { TIMED, timeDoors } from "../lib/timing.mjs";
import { eventually } from "../lib/wire.mjs";

const DOORS = ["join", "watch", "API"];

describe("of those on another node", () => {
  timeDoors(async (t) => {
    const cluster = await ownCluster(t, 2, { settings: { ...TIMED, "server.workers": 1 } });
    const [near, far] = cluster.nodes;
    return { near, far, rest: near.rest };
  }, { doors: DOORS });
});

describe("of those on a node that was not heard for a while", () => {
  timeDoors(async (t) => {
    const gate = await Gate.open(t, process.env.KITH_TEST_NATS);
    const settings = { ...TIMED, "server.workers": 1, "cluster.urls": gate.url, "cluster.stale_hold_s": 1 };
    const cluster = await ownCluster(t, 2, { settings });
    const [near, far] = cluster.nodes;
    const stale = (is) => async () => (await metric(near, "kith_cluster_stale_seconds")) > 0 === is;
    const ready = async () => {
      gate.shut();
      await eventually(stale(true), "that it is cut off");
      await gate.mend();
      await eventually(stale(false), "that it hears the other again");
    };
    return { near, far, rest: near.rest, ready };
  }, { doors: DOORS });
});
