// crowd.mjs -- people who come, change and go until they are stopped, whatever becomes of their
// server; and whether a back end that has heard of them knows the truth.
import assert from "node:assert/strict";
import { logged } from "./receiver.mjs";
import { Wire, eventually, sleep } from "./wire.mjs";

export class Crowd {
  #going = true;
  #all = [];
  #wires = new Map();

  /** `nodes`: where they may connect; each time to another. */
  constructor(nodes, count = 12) {
    this.users = Array.from({ length: count }, (_, i) => `u${i}`);
    for (const [i, user] of this.users.entries()) this.#all.push(this.#live(nodes, user, i));
  }

  async #live(nodes, user, i) {
    for (let n = i; this.#going; n++) {
      try {
        const wire = await Wire.open(nodes[n % nodes.length], { user, device: "d" });
        this.#wires.set(user, wire);
        await wire.join("friends", { status: `s${n}` });
        await wire.push("friends", "status", { status: `t${n}` });
        await sleep(20 * (1 + (n % 7)));
        if (n % 3) await wire.leave("friends");
        if (this.#going) wire.cut();
        if (this.#going) this.#wires.delete(user);
        await sleep(10 * (n % 5));
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        await sleep(50); /* the server is gone, or not yet back */
      }
    }
  }

  /** Who is connected then stays so. */
  async stop() {
    this.#going = false;
    await Promise.all(this.#all);
  }

  cut() {
    for (const wire of this.#wires.values()) wire.cut();
    this.#wires.clear();
  }

  /** What the back end has heard is all of the log, and tells of all users what holds. */
  async assertTruth(rest, back) {
    const caught = async () => {
      const { presence } = await rest.post("/v1/presence/query", { ids: this.users });
      const log = await logged(rest);
      return (
        back.events.length === log.length &&
        this.users.every((user) => Boolean(back.online.get(user)) === user in presence)
      );
    };
    await eventually(caught, "that the back end knows who is online", 40000);
    back.assertWhole(await logged(rest));
    for (const user of this.users) assertAlternates(user, back.of(user));
  }
}

/* Nobody comes twice, or goes twice. */
function assertAlternates(user, events) {
  let online = false;
  for (const event of events) {
    if (event === "status") assert.ok(online, `${user}: a status while offline`);
    else assert.equal(event === "online", !online, `${user}: ${events}`);
    online = event !== "offline";
  }
}
