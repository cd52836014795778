// timing.test.mjs -- who may not be seen, and is on another node, is by time not to be told from who is
// not there. With KITH_LONG=1.
import { describe } from "node:test";
import { ownCluster } from "../lib/cluster.mjs";
import { TIMED, timeDoors } from "../lib/timing.mjs";

describe("of those on another node", () => {
  timeDoors(async (t) => {
    const cluster = await ownCluster(t, 2, { settings: { ...TIMED, "server.workers": 1 } });
    const [near, far] = cluster.nodes;
    return { near, far, rest: near.rest };
  }, { api: true });
});
