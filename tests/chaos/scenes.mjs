// scenes.mjs -- what can happen to three nodes, each scene by its name. A scene gets a world that has
// converged, {stage, oracle, long}, and returns figures; it throws if something is wrong. In the end
// whoever runs it asks for all views once more. Beside itself it may say
//   people    (long) how many there are (by default as many as are asked for), and by
//   place     (i, nodes) at which node each is;
//   nats      false: there is none, and the world has not converged;
//   slow      nodes reach NATS by slow wires (proxy.mjs);
//   server    more lines for [server] in the nodes' settings, and
//   cluster   for [cluster];
//   retries   how often hosts send again what is not acknowledged;
//   times     what is not as in stage.mjs;
//   walls     nodes' wall clocks can be moved (wall.c);
//   prepare   a function of {stage, oracle}, before anybody comes.
import { NATS } from "./scenes_nats.mjs";
import { NODES } from "./scenes_nodes.mjs";
import { WIRES } from "./scenes_wires.mjs";

export const SCENES = { ...NODES, ...WIRES, ...NATS };

/* Those that the tests play, the longest first. */
export const SHORT = ["partition", "halfopen", "kill", "hurry", "forged", "nats", "late"];
