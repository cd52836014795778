/* nodes.js -- the nodes of the cluster, as the one that answers sees them. */
import { badge, byId, foreign, make, show } from "./parts.js";
import { bytes, count, micros, percent, several, span } from "./words.js";

const KINDS = { up: "good", suspect: "fair", joining: "fair", leaving: "fair", isolated: "bad", down: "bad" };

function fact(name, value) {
  return make("div", "", make("dt", "", name), make("dd", "", value));
}

/* Of one that is down, or too old to say, no more is known than its name. */
function facts(figures, history, alone) {
  if (!figures) return make("p", "empty", "It says nothing of itself.");
  return make(
    "dl",
    "facts-list",
    fact("Connections", count(history.last("connections"))),
    fact("Users", count(figures.users)),
    fact("Joins", `${count(history.last("joins"))}/s`),
    fact("Deliveries", `${count(history.last("deliveries"))}/s`),
    fact("Delivery, 99 %", micros(history.last("p99"))),
    fact("Memory", bytes(figures.memory_bytes)),
    fact("CPU", percent(history.last("cpu"))),
    alone ? fact("Flips", `${count(history.last("flips"))}/s`) : fact("Streams behind", count(figures.cluster_streams_behind)),
  );
}

function heard({ self, state, silent_ms, relayed }) {
  if (self) return "This page asks this node.";
  if (state === "up") return relayed ? `Heard by way of others, ${span(silent_ms)} ago.` : "Heard within its last heartbeat.";
  return `Silent for ${span(silent_ms)}.`;
}

function card(live, node) {
  const element = make(
    "article",
    "card node",
    make("header", "", make("h2", "", foreign(node.name)), badge(KINDS[node.state] ?? "off", node.state)),
    make("p", "quiet", heard(node)),
    facts(live.figures.get(node.name), live.histories.get(node.name), live.cluster === null),
  );
  element.dataset.state = node.state;
  return element;
}

function lead(live) {
  if (live.cluster === null) return "This server is alone: no [cluster] is configured. All users are on it.";
  const up = live.nodes.filter(({ state }) => state === "up").length;
  return `Cluster ${live.cluster}: ${up} of ${several(live.nodes.length, "node")} up.`;
}

export function nodes(live) {
  let here = false;
  function draw() {
    if (!here || !live.own) return;
    byId("nodes-lead").textContent = lead(live);
    show(byId("node-list"), ...live.nodes.map((node) => card(live, node)));
  }
  live.listen(draw);
  return {
    enter() {
      here = true;
      draw();
    },
    leave() {
      here = false;
    },
  };
}
