// load.mjs -- what people do all the time: say something else, load a page again, go to another
// node, go for longer, block each other and make up, hide and show themselves.
import { sleep } from "../lib/wire.mjs";

const WORDS = ["online", "away", "busy"];

export class Load {
  #done = false;
  busy = new Set(); /* who is doing something */
  acts = 0;

  /** One act in each pause. `moves`: connections are ended, too. */
  constructor(oracle, { pause_ms = 60, moves = true } = {}) {
    Object.assign(this, { oracle, pause_ms, moves });
  }

  begin() {
    this.running = this.#run();
    return this;
  }

  async #run() {
    while (!this.#done) {
      const { oracle } = this;
      const one = oracle.pick(oracle.people);
      if (one.joined && !this.busy.has(one)) this.#turn(one);
      await sleep(this.pause_ms);
    }
  }

  #turn(one) {
    this.busy.add(one);
    this.acts++;
    this.act(one).finally(() => this.busy.delete(one));
  }

  /** What one does, by chance. */
  async act(one) {
    const { oracle } = this;
    const last = Math.max(one.since, one.saidAt, one.mode.since, one.session.since);
    const moves = this.moves && Date.now() - last >= oracle.settled_ms;
    const what = oracle.random();
    if ((one.mode.held || one.session.held) && oracle.random() < 0.3) {
      await (one.mode.held ? oracle.vanish(one, false) : oracle.hide(one, false));
    } else if (what < 0.03) {
      await oracle.vanish(one, true);
    } else if (what < 0.06) {
      await oracle.hide(one, true);
    } else if (what < 0.2) {
      const other = oracle.byId.get(oracle.pick([...one.friends]));
      const known = oracle.blocks.get([one.id, other.id].sort().join(" "));
      if (known?.held && known.by !== one.id) return;
      await oracle.block(one, other, !known?.held);
    } else if (moves && what < 0.35) await one.reload(one.node, 300 * oracle.random());
    else if (moves && what < 0.45) await one.reload(oracle.nextNode(one), 300 * oracle.random());
    else if (moves && what < 0.5) await one.reload(one.node, oracle.stage.times.grace_s * 1500);
    else await one.say(oracle.pick(WORDS));
  }

  /** Nothing more happens, and all that was begun is done. */
  async end() {
    this.#done = true;
    await this.running;
    while (this.busy.size > 0) await sleep(20);
  }
}
