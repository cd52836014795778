// emitter.js -- named events, and listeners that cannot harm each other.

/** Calls a listener. What it throws is reported as uncaught, and stops nobody else. */
export function tell(listener, ...args) {
  try {
    listener(...args);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

export class Emitter {
  #listeners;

  constructor(...events) {
    this.#listeners = new Map(events.map((event) => [event, new Set()]));
  }

  /** Returns how to stop listening. */
  on(event, listener) {
    const listeners = this.#listeners.get(event);
    if (!listeners)
      throw new TypeError(
        `no event "${event}": there are ${[...this.#listeners.keys()].join(", ")}`,
      );
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit(event, ...args) {
    for (const listener of [...this.#listeners.get(event)]) tell(listener, ...args);
  }
}
