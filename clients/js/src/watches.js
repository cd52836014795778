// watches.js -- people who are on the screen for a while without being friends. A server forgets
// them with the connection, so they are asked for again at each join.
import { KithConnectionError } from "./errors.js";

export class Watches {
  #ids = new Set();
  #link;
  #friends;

  constructor(link, friends) {
    this.#link = link;
    this.#friends = friends;
  }

  has(id) {
    return this.#ids.has(id);
  }

  async watch(ids) {
    const fresh = ids.filter((id) => !this.has(id));
    for (const id of fresh) this.#ids.add(id);
    try {
      await this.#link.request("watch", { ids });
    } catch (error) {
      for (const id of fresh) this.#ids.delete(id);
      throw error;
    }
  }

  async unwatch(ids) {
    for (const id of ids) this.#ids.delete(id);
    await this.#link.request("unwatch", { ids });
  }

  /** Those who were here are kept over the join; now it turns out who still is. */
  async restore() {
    if (this.#ids.size === 0) return;
    try {
      await this.#link.request("watch", { ids: [...this.#ids] });
      await this.#link.ping();
    } catch (error) {
      if (error instanceof KithConnectionError) return; /* there will be another join */
      this.#ids.clear();
      this.#friends.settle();
      throw error;
    }
    this.#friends.settle();
  }
}
