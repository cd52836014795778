// canary.mjs -- two friends, of whom one says something else ten times a second: after how long the other hears of it.
import { Person } from "../chaos/person.mjs";
import { sleep } from "../lib/wire.mjs";

const PAUSE_MS = 100;

export class Canary {
  #times = [];
  #said = new Map(); /* word: when */
  calm = true; /* else nothing is done to the servers, and it counts */

  constructor(stage, random) {
    Object.assign(this, { stage, random, retry_ms: 200 });
    [this.one, this.other] = ["canary1", "canary2"].map((id) => new Person(this, id, null));
  }

  get graph() {
    return "canary1 canary2\ncanary2 canary1\n";
  }

  async begin() {
    const { nodes } = this.stage;
    await Promise.all([this.one.come(nodes[0]), this.other.come(nodes.at(-1))]);
    this.running = this.#run();
  }

  async #run() {
    for (let n = 0; !this.over; n++) {
      if (this.one.joined && this.other.joined) {
        this.#said.set(`word ${n}`, performance.now());
        this.one.say(`word ${n}`);
      }
      await sleep(PAUSE_MS);
    }
  }

  /** The times since this was asked last: {count, p50_ms, p99_ms}. */
  take() {
    const times = this.#times.sort((a, b) => a - b);
    this.#times = [];
    this.#said.clear();
    const at = (part) => times[Math.min(times.length - 1, Math.floor(part * times.length))];
    return { count: times.length, p50_ms: at(0.5), p99_ms: at(0.99) };
  }

  async end() {
    this.over = true;
    await this.running;
    for (const it of [this.one, this.other]) it.go();
  }

  /* What its two people tell. */
  told(viewer, user, { join }) {
    if (user !== "canary1") return;
    for (const { status } of join?.metas ?? [])
      if (this.calm && this.#said.has(status)) this.#times.push(performance.now() - this.#said.get(status));
  }
  opened() {}
  stated() {}
  nextNode(person) {
    return person.node;
  }
  async closed(person) {
    if (person.wanted) await person.come(person.node);
  }
}
