/* figures.js -- what lies between two looks at a node: rates, and how long deliveries took. Pure. */

/** Of two figures of one node; null: they are no two looks at the same run of it. */
export function between(before, now) {
  const seconds = (now.mono_ms - before.mono_ms) / 1000;
  const again = now.connections_opened < before.connections_opened || now.cpu_ms < before.cpu_ms;
  if (!(seconds > 0) || again) return null;
  const rate = (name) => (now[name] - before[name]) / seconds;
  return {
    joins: rate("joins"),
    refused: rate("joins_refused"),
    flips: rate("announcements"),
    deliveries: rate("deliveries"),
    withheld: rate("deliveries_dropped"),
    slow: rate("clients_fallen_behind"),
    handshakes_refused: rate("handshakes_refused"),
    received: rate("received_bytes"),
    sent: rate("sent_bytes"),
    cpu: (now.cpu_ms - before.cpu_ms) / (seconds * 10),
    ...percentiles(before.delivery, now.delivery),
    join99: percentiles(before.join, now.join).p99,
  };
}

/** {p50, p90, p99} in microseconds of what happened between two looks; null each: nothing did. */
export function percentiles(before, now) {
  if (!before || !now) return { p50: null, p90: null, p99: null }; /* a node of another version */
  const counts = now.counts.map((count, i) => count - (before.counts[i] ?? 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const at = (share) => (total > 0 ? percentile(counts, now.bounds_us, total * share) : null);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}

/* Within its bucket as if all in it were spread evenly; above the last bound nothing is known but
 * that bound. */
function percentile(counts, bounds, rank) {
  let below = 0;
  for (let i = 0; i < counts.length; i++) {
    if (below + counts[i] >= rank && counts[i] > 0) {
      if (i >= bounds.length) return bounds.at(-1);
      const from = i ? bounds[i - 1] : 0;
      return from + ((bounds[i] - from) * (rank - below)) / counts[i];
    }
    below += counts[i];
  }
  return bounds.at(-1);
}

/** What is so at the moment. */
export const standing = (figures) => ({
  connections: figures.connections + figures.longpolls_opened - figures.longpolls_closed,
  users: figures.users,
  presences: figures.presences,
  memory: figures.memory_bytes,
});
