// lookout.mjs -- somebody who watches all users of a server: who has just joined is known to it, and
// so to whoever joins next, once the lookout has heard of it.
import { Wire } from "./wire.mjs";

const LOOKOUT = "lookout";

/** The edges with which it sees all whom these name. */
export const watchedBy = (edges) => {
  const users = new Set(edges.flatMap((edge) => edge.split(" ")));
  return [...edges, ...[...users].map((user) => `${LOOKOUT} ${user}`)];
};

export class Lookout {
  #metas; /* user -> how many are there */

  async begin(server, edges) {
    this.#metas = new Map(edges.flatMap((edge) => edge.split(" ")).map((user) => [user, 0]));
    this.wire = await Wire.open(server, { user: LOOKOUT });
    await this.wire.join(`user:${LOOKOUT}`);
  }

  end() {
    return this.wire?.cut();
  }

  /** Whoever was shown this frame of the wire, its own state, has joined: waits till that is known. */
  async follow(text) {
    const frame = JSON.parse(text);
    const [topic, event] = Array.isArray(frame) ? frame.slice(2) : [frame.topic, frame.event];
    if (event !== "presence_state" || !topic.startsWith("user:")) return;
    const user = topic.slice("user:".length); /* others are seen by nobody */
    while (this.#metas.get(user) === 0) this.#count(await this.wire.next());
  }

  #count(frame) {
    const { joins, leaves } = this.wire.payloadOf(frame);
    for (const [sign, side] of [
      [1, joins],
      [-1, leaves],
    ])
      for (const [user, { metas }] of Object.entries(side))
        this.#metas.set(user, this.#metas.get(user) + sign * metas.length);
  }
}
