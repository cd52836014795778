// metrics.mjs -- Prometheus' text, read: what it is of each metric that is said, and the values.

/** [{name, type, help, labels, samples: [{name, labels, value}]}], in their order. */
export function readMetrics(text) {
  const metrics = [];
  for (const line of text.split("\n").slice(0, -1)) {
    const [, word, name, rest] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (word === "HELP") metrics.push({ name, help: rest, labels: new Set(), samples: [] });
    else if (word === "TYPE") metrics.at(-1).type = rest;
    else readSample(metrics.at(-1), line);
  }
  return metrics;
}

function readSample(metric, line) {
  const [, name, , inside = "", value] = /^([a-z_]+)(\{(.*)\})? (\S+)$/.exec(line);
  const labels = Object.fromEntries([...inside.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, k, v]) => [k, v]));
  for (const label of Object.keys(labels)) if (label !== "le") metric.labels.add(label);
  metric.samples.push({ name, labels, value: Number(value) });
}

/** The value of the one that has no label, at this server or node now; undefined: it says none. */
export async function metric({ api }, name) {
  const text = await (await fetch(`${api}/metrics`)).text();
  const [, value] = new RegExp(`^${name} (\\S+)$`, "m").exec(text) ?? [];
  return value && Number(value);
}

/** As a row of the table of docs/metrics.md. */
export function rowOf({ name, type, help, labels }) {
  const shown = labels.size ? `${name}{${[...labels].join(",")}}` : name;
  return `| \`${shown}\` | ${type} | ${help.replaceAll("|", "\\|")} |`;
}
