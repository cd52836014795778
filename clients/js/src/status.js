// status.js -- what friends see of oneself: kept here, and told at each join, so that no
// reconnect forgets it.
import { KithConnectionError, KithRefusedError } from "./errors.js";

const MOST_BYTES = 1024;
const RESERVED = ["online_at", "phx_ref", "phx_ref_prev", "resume"];

/* As the server would: a status that it refuses would keep every later join out. */
function checked(status, more) {
  const fields = { ...more, status };
  const own = RESERVED.find((name) => Object.hasOwn(fields, name));
  if (own) throw new TypeError(`a status may not have "${own}", which is Kith's own`);
  const text = JSON.stringify(fields);
  if (new TextEncoder().encode(text).length > MOST_BYTES)
    throw new TypeError(`a status has at most ${MOST_BYTES} bytes as JSON: make it shorter`);
  return JSON.parse(text); /* whatever the caller does with theirs */
}

export class Status {
  #kept;
  #accepted;
  #joinedWith = null;

  constructor(status, more) {
    this.#kept = this.#accepted = checked(status, more);
  }

  get fields() {
    return { ...this.#kept };
  }

  joinPayload() {
    return (this.#joinedWith = this.#kept);
  }

  /** Resolves when the server has it: at the next connection, if there is none. */
  async set(link, status, more) {
    const mine = (this.#kept = checked(status, more));
    await link.online();
    if (this.#kept !== mine) return; /* a newer one has taken its place */
    try {
      if (this.#joinedWith !== mine) await link.request("status", mine);
      this.#accepted = mine;
    } catch (error) {
      if (error instanceof KithConnectionError) return link.online(); /* the join tells it */
      if (error instanceof KithRefusedError && this.#kept === mine) this.#kept = this.#accepted;
      throw error;
    }
  }
}
