// backoff.js -- how long to wait before the next try. Pure.

const LEAST_MS = 500;
const CEILING_MS = 2000; /* of the first try: well inside the server's grace of 5 s */
const MOST_MS = 10000;

/**
 * Full jitter, so that those who lost a server together do not come back together: anywhere
 * between half a second and a ceiling that doubles with each attempt, from 2 s up to 10 s.
 */
export function retryMs(attempt, random = Math.random) {
  const ceiling = Math.min(MOST_MS, CEILING_MS * 2 ** (attempt - 1));
  return LEAST_MS + random() * (ceiling - LEAST_MS);
}
