// churn.mjs -- what people do all the time in a soak: say something else, load a page again, go for longer, and change
// who may see whom. Of the rules only so many hold at once, so that the server has the same to do in each hour.
import { Load } from "../chaos/load.mjs";

const HELD_MAX = 60;
const AGAIN_MS = 200; /* a page is not back sooner; a machine that is busy sees by then that it went */
const WORDS = ["online", "away", "busy"];

export class Churn extends Load {
  static held = []; /* {one, key, undo}, the eldest first; they outlast the round */
  static rules = true; /* else they stay as they are */

  async act(one) {
    const { oracle } = this;
    const what = oracle.random();
    const again_ms = AGAIN_MS + 300 * oracle.random();
    if (what < 0.15) await (Churn.rules && this.#rule(one));
    else if (what < 0.3) await one.reload(one.node, again_ms);
    else if (what < 0.37) await one.reload(oracle.whole ? oracle.nextNode(one) : one.node, again_ms);
    else if (what < 0.4) await one.reload(one.node, oracle.stage.times.grace_s * 1500);
    else await one.say(oracle.pick(WORDS));
  }

  async #rule(one) {
    const { oracle } = this;
    const other = oracle.byId.get(oracle.pick([...one.friends]));
    const pair = [one.id, other.id].sort().join(" ");
    const [key, make] = oracle.pick([
      [`mode ${one.id}`, (held) => oracle.vanish(one, held)],
      [`session ${one.id}`, (held) => oracle.hide(one, held)],
      [pair, (held) => oracle.block(one, other, held)],
      [pair, (held) => oracle.block(one, other, held, "friends")],
    ]);
    if (Churn.held.some((it) => it.key === key)) return;
    Churn.held.push({ one, key, undo: () => make(false) });
    await make(true);
    if (Churn.held.length > HELD_MAX) await this.#undo();
  }

  /* The eldest of those whose user has nothing else to do. */
  async #undo() {
    const at = Churn.held.findIndex((it) => !this.busy.has(it.one));
    if (at < 0) return;
    const [{ one, undo }] = Churn.held.splice(at, 1);
    this.busy.add(one);
    await undo();
    this.busy.delete(one);
  }
}
