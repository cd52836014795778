// meter.mjs -- what a soak's rounds say of the promises: memory and descriptors that do not grow, deliveries that do
// not become slower, views that are true. Pure.
//
// A round is {hours, nodes: [{name, pid, rss_KiB, descriptors}], p50_ms, p99_ms, lag_ms, stood_ms, load, wrong: [text]};
// descriptors are those beside sockets of clients, lag_ms is how late the driver itself was, stood_ms how late at most, load
// how many processes a core had.
export const GROWTH_MB_H = 1;
export const STEP_KiB = 768; /* an allocator's heap grows in steps, also where nothing is lost */
export const DESCRIPTORS_MORE = 8; /* a few files and connections of operators come and go */
export const P99_MS = 250;
export const LAG_MS = 50; /* a driver that is later tells of itself, */
export const STOOD_MS = 1000; /* one that stood still for so long has let its clients' grace go by */
export const LOAD_MAX = 2; /* and a machine that has more to do, of others */
const LEAST = 6; /* rounds, of which thirds are compared */

export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** The first third of the list, and the last. */
function ends(list) {
  const third = Math.max(1, Math.floor(list.length / 3));
  return [list.slice(0, third), list.slice(-third)];
}

/** From the first third to the last: {from, to, hours}, of the medians of what `of` takes; null: too few. */
function change(samples, of) {
  if (samples.length < LEAST) return null;
  const [first, last] = ends(samples);
  const [from, to] = [median(first.map(of)), median(last.map(of))];
  return { from, to, hours: median(last.map((it) => it.hours)) - median(first.map((it) => it.hours)) };
}

/** Of each node its longest life: [{name, samples}]. */
function lives(rounds) {
  const found = new Map();
  for (const { hours, nodes } of rounds)
    for (const { name, pid, ...figures } of nodes) {
      const life = `${name} ${pid}`;
      if (!found.has(life)) found.set(life, { name, samples: [] });
      found.get(life).samples.push({ hours, ...figures });
    }
  const longest = new Map();
  for (const life of found.values())
    if (!(longest.get(life.name)?.samples.length >= life.samples.length)) longest.set(life.name, life);
  return [...longest.values()];
}

function memory(name, samples) {
  const it = change(samples, ({ rss_KiB }) => rss_KiB);
  if (!it) return { what: `${name}: memory`, text: "too short a life to say" };
  const grown = it.to - it.from;
  const least = Math.max(GROWTH_MB_H * it.hours * 1024, STEP_KiB);
  const mb = (KiB) => (KiB / 1024).toFixed(1);
  const slope = mb(grown / it.hours);
  const text = `${mb(it.from)} to ${mb(it.to)} MB: ${slope} MB/h; more than ${mb(least / it.hours)} is a leak`;
  return { what: `${name}: memory`, text, broken: grown > least };
}

function descriptors(name, samples) {
  const it = change(samples, (sample) => sample.descriptors);
  if (!it) return { what: `${name}: descriptors`, text: "too short a life to say" };
  const text = `${it.from} to ${it.to}, beside clients' sockets`;
  return { what: `${name}: descriptors`, text, broken: it.to > it.from + DESCRIPTORS_MORE };
}

function pace(rounds) {
  const own = rounds.filter((it) => it.lag_ms <= LAG_MS && it.load <= LOAD_MAX && it.p99_ms !== undefined);
  const it = change(own, ({ p99_ms }) => p99_ms);
  if (!it) return { what: "deliveries", text: `${own.length} rounds tell of the server: the machine was busy in the others` };
  const slow = own.filter(({ p99_ms }) => p99_ms > P99_MS).length;
  const text = `p99 ${it.from.toFixed(1)} to ${it.to.toFixed(1)} ms; above ${P99_MS} ms in ${slow} of ${own.length} rounds; the machine was busy in ${rounds.length - own.length}`;
  return { what: "deliveries", text, broken: slow > own.length / 20 || it.to > 2 * it.from + 20 };
}

function views(rounds) {
  const own = rounds.filter(({ stood_ms }) => stood_ms <= STOOD_MS);
  const wrong = own.flatMap((round) => round.wrong);
  const known = wrong.length === 0 ? `true in ${own.length} rounds` : `${wrong.length} wrong, first: ${wrong[0]}`;
  const text = own.length < rounds.length ? `${known}; in ${rounds.length - own.length} the driver stood still` : known;
  return { what: "views", text, broken: wrong.length > 0 || own.length < rounds.length / 2 };
}

/** [{what, text, broken}]: `all` the rounds; figures are of those that were not there to warm up. */
export function judge(all) {
  const rounds = all.filter((it) => !it.warming);
  const nodes = lives(rounds).flatMap(({ name, samples }) => [memory(name, samples), descriptors(name, samples)]);
  return [views(all), ...nodes, pace(rounds)];
}
