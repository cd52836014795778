/* live.js -- each second the server is asked how it is, as long as somebody looks; the last five
 * minutes of each node are kept. */
import * as api from "./api.js";
import { between, standing } from "./figures.js";

export const EVERY_MS = 1000;
export const KEPT = 300;

/** Of one node: lists that grow together, `at` in unix seconds. What was not seen is null. */
class History {
  constructor() {
    this.at = [];
    this.series = new Map();
  }

  add(at, values) {
    this.at.push(at);
    for (const name of Object.keys(values))
      if (!this.series.has(name)) this.series.set(name, Array(this.at.length - 1).fill(null));
    for (const [name, list] of this.series) list.push(values[name] ?? null);
    if (this.at.length <= KEPT) return;
    this.at.shift();
    for (const list of this.series.values()) list.shift();
  }

  of(name) {
    return this.series.get(name) ?? Array(this.at.length).fill(null);
  }

  last(name) {
    return this.of(name).at(-1) ?? NaN;
  }
}

/** What is known, and whoever wants to hear that there is more: listen(hears) of each look. */
export class Live {
  #hearers = new Set();
  #before = new Map();
  #timer = 0;
  #turn = 0;

  nodes = []; /* as /v1/nodes has them: the one that is asked, then by name */
  histories = new Map(); /* by a node's name */
  figures = new Map(); /* likewise, the latest */
  own = null; /* as /v1/live has it */
  cluster = null;
  problem = null;

  listen(hears) {
    this.#hearers.add(hears);
    return () => this.#hearers.delete(hears);
  }

  start() {
    this.stop();
    this.#look(++this.#turn);
  }

  stop() {
    this.#turn++;
    clearTimeout(this.#timer);
  }

  async #look(turn) {
    const from = performance.now();
    try {
      const [own, all] = await Promise.all([api.live(), api.nodes()]);
      if (turn !== this.#turn) return;
      this.#take(own, all);
      this.problem = null;
    } catch (problem) {
      if (turn !== this.#turn) return;
      this.problem = problem;
    }
    for (const hears of this.#hearers) hears(this);
    if (this.problem?.isOfKey) return;
    const rest = EVERY_MS - (performance.now() - from);
    this.#timer = setTimeout(() => this.#look(turn), Math.max(rest, EVERY_MS / 5));
  }

  #take(own, all) {
    this.own = own;
    this.cluster = all.cluster;
    this.nodes = all.nodes.sort((a, b) => b.self - a.self || (a.name < b.name ? -1 : 1));
    this.figures = new Map(Object.entries(all.figures));
    this.figures.set(all.nodes.find(({ self }) => self).name, own.figures); /* of all its threads at once */
    for (const { name } of all.nodes) this.#note(name, own.now / 1000, this.figures.get(name));
  }

  #note(name, at, figures) {
    if (!this.histories.has(name)) this.histories.set(name, new History());
    const before = this.#before.get(name);
    this.#before.set(name, figures);
    if (!figures) return this.histories.get(name).add(at, {});
    const rates = before ? between(before, figures) : null;
    this.histories.get(name).add(at, { ...standing(figures), ...rates });
  }
}
