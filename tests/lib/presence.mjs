// presence.mjs -- comparing what is volatile: refs are named in the order they show up.
import assert from "node:assert/strict";

const REF = /^[A-Za-z0-9_-]{16}$/;
const CLOCK_SKEW_S = 60;

/** Replaces phx_ref, phx_ref_prev and online_at, after a look at each. One a test. */
export class Names {
  #refs = new Map();

  #ref(value) {
    assert.match(value, REF);
    if (!this.#refs.has(value)) this.#refs.set(value, `ref${this.#refs.size + 1}`);
    return this.#refs.get(value);
  }

  #time(value) {
    assert.match(value, /^\d{10}$/);
    assert.ok(Math.abs(Number(value) - Date.now() / 1000) < CLOCK_SKEW_S, value);
    return "now";
  }

  of(value) {
    if (Array.isArray(value)) return value.map((item) => this.of(item));
    if (value === null || typeof value !== "object") return value;
    const named = Object.entries(value).map(([key, item]) => {
      if (key === "phx_ref" || key === "phx_ref_prev") return [key, this.#ref(item)];
      if (key === "online_at") return [key, this.#time(item)];
      return [key, this.of(item)];
    });
    return Object.fromEntries(named);
  }
}

export const meta = (phx_ref, status = "online", more = {}) => ({
  online_at: "now",
  phx_ref,
  status,
  ...more,
});
export const metas = (user, ...list) => ({ [user]: { metas: list } });

/** A diff as it comes on `topic`, in the form of the wire `to`. */
export const diff = (to, topic, { joins = {}, leaves = {} }) =>
  to.frame(null, null, topic, "presence_diff", { joins, leaves });
