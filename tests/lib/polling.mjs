// polling.mjs -- a long-poll session by hand: each request on a connection of its own, so that
// with several workers it comes to any of them.
import assert from "node:assert/strict";
import { Asking } from "./asking.mjs";

const PATIENCE_MS = 30000; /* a poll of ten seconds, and a busy machine */

export class Polling {
  static async begin(host, query) {
    const session = new Polling(host, query);
    const { status, token } = await session.poll();
    assert.equal(status, 410);
    session.token = token;
    return session;
  }

  constructor(host, query) {
    this.host = host;
    this.query = `vsn=2.0.0&${query}`;
  }

  #ask(method, rest = {}) {
    const token = this.token ? `&token=${this.token}` : "";
    const path = `/socket/longpoll?${this.query}${token}`;
    return Asking.send(this.host, { method, path, ...rest });
  }

  /** A poll whose answer somebody may wait for, or cut off. */
  polling() {
    return this.#ask("GET");
  }

  async poll() {
    return JSON.parse((await (await this.polling()).answer(PATIENCE_MS)).body);
  }

  /** Frames, or lines as they are; returns what the server says to them. */
  async post(...frames) {
    const headers = [["content-type", "application/x-ndjson"]];
    const lines = frames.map((it) => (typeof it === "string" ? it : JSON.stringify(it)));
    const body = lines.join("\n");
    const asking = await this.#ask("POST", { headers, body });
    return JSON.parse((await asking.answer(PATIENCE_MS)).body);
  }

  /** Polls until `count` messages have come, and returns them as they are. */
  async messages(count) {
    const all = [];
    while (all.length < count) {
      const { status, messages } = await this.poll();
      assert.equal(status, 200, `after ${all.length} messages`);
      all.push(...messages);
    }
    assert.equal(all.length, count);
    return all;
  }
}
