/* overview.js -- the charts, and whom to look at: hot users, slow clients, refused joins. */
import { Chart } from "./charts.js";
import { busiest, refused, slow } from "./lists.js";
import { byId, show } from "./parts.js";
import { bytes, count, micros, percent } from "./words.js";

const each = (value) => `${count(value)}/s`;
const eachBytes = (value) => `${bytes(value)}/s`;

/* What a chart shows: of one node the lines of `alone`, of several one line each, of `name`. */
const CHARTS = [
  { title: "Connections", name: "connections", words: count, alone: { connections: "connections", users: "users" }, hint: "Sockets and long-polls open now, operators’ too; and users with sessions, on several threads counted on each" },
  { title: "Joins", name: "joins", words: each, alone: { joined: "joins", refused: "refused" } },
  { title: "Flips", name: "flips", words: each, hint: "Changes of presence that were announced" },
  { title: "Deliveries", name: "deliveries", words: each, alone: { delivered: "deliveries", withheld: "withheld" }, hint: "Presence frames to sockets; withheld: from slow ones" },
  { title: "Delivery time, 99 %", name: "p99", words: micros, worst: "none", least: 100, alone: { "50 %": "p50", "90 %": "p90", "99 %": "p99" }, hint: "From a change at its user’s home to the write that tells a socket of it" },
  { title: "Join time, 99 %", name: "join99", words: micros, worst: "none", least: 100, hint: "From the join to its reply and its state" },
  { title: "Traffic", name: "sent", words: eachBytes, binary: true, alone: { sent: "sent", received: "received" } },
  { title: "Memory", name: "memory", words: bytes, binary: true, hint: "Resident, of the whole process" },
  { title: "CPU", name: "cpu", words: percent, hint: "Of all threads; 100 % is one core" },
];

function linesOf({ name, alone }, histories) {
  if (histories.length > 1) return histories.map(([node, history]) => ({ name: node, values: history.of(name) }));
  const [, history] = histories[0];
  return Object.entries(alone ?? { now: name }).map(([text, of]) => ({ name: text, values: history.of(of) }));
}

/* Of several nodes together: their sum, or the worst of them. */
function nowOf({ name, words, worst }, histories) {
  const values = histories.map(([, history]) => history.last(name)).filter(Number.isFinite);
  if (!values.length) return worst ?? "–";
  return words(worst ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0));
}

export function overview(live) {
  const charts = CHARTS.map((what) => ({ what, chart: new Chart(what) }));
  byId("charts").append(...charts.map(({ chart }) => chart.element));
  let here = false;

  function draw() {
    if (!here || !live.own) return;
    const histories = live.nodes.map(({ name }) => [name, live.histories.get(name)]);
    const at = histories[0][1].at;
    for (const { what, chart } of charts) chart.draw(at, aligned(linesOf(what, histories), at), nowOf(what, histories));
    show(byId("lists"), busiest(live.own), slow(live.own), refused(live.own));
  }

  live.listen(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    charts.forEach(({ chart }) => chart.repaint()),
  );
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

/* A node that came later has no past. */
const aligned = (lines, at) =>
  lines.map(({ name, values }) => ({
    name,
    values: [...Array(Math.max(0, at.length - values.length)).fill(null), ...values].slice(-at.length),
  }));
