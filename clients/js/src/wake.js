// wake.js -- moments after which a connection may be dead without knowing it, or is worth a try at
// once: the network came or went, the page is shown again, the machine was asleep.

const TICK_MS = 10000;
const SLEPT_MS = 75000; /* browsers run the timers of a hidden page once a minute */

/** Returns how to stop. */
export function onWake(callback) {
  const controller = new AbortController();
  const { document } = globalThis;
  const listen = (target, event, listener) =>
    target?.addEventListener?.(event, listener, { signal: controller.signal });

  for (const event of ["online", "offline", "pageshow"]) listen(globalThis, event, callback);
  listen(document, "resume", callback);
  listen(document, "visibilitychange", () => document.visibilityState === "visible" && callback());

  let ticked = Date.now();
  const timer = setInterval(() => {
    const slept = Date.now() - ticked > SLEPT_MS;
    ticked = Date.now();
    if (slept) callback();
  }, TICK_MS);

  return () => {
    controller.abort();
    clearInterval(timer);
  };
}
