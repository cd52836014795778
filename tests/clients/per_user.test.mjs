// per_user.test.mjs -- a page that connects in a loop and never closes, and more pages of one user
// than it may have sockets, each of which comes back by itself.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import WebSocket from "ws";
import { ownKith } from "../lib/kith.mjs";
import { moduleOn } from "../lib/module.mjs";
import { Wire, eventually, known } from "../lib/wire.mjs";

const MAX = 5;
const TAKEN = MAX - 1; /* places, each once */

for (const workers of [1, 2])
  describe(`${workers} workers`, () => {
    test("its newest sockets are there, and nobody else loses one", async (t) => {
      const kith = await ownKith(t, {
        graph: "ben ann\nann ben\n",
        settings: { "server.max_per_user": MAX, "server.workers": workers },
      });
      const ben = await Wire.open(kith, { user: "ben" });
      await ben.join("friends");
      const wires = [];
      for (let n = 0; n < MAX + TAKEN; n++) {
        wires.push(await Wire.open(kith, { user: "ann" }));
        await wires[n].join("friends");
      }
      for (const wire of wires.slice(0, -MAX)) assert.equal(await wire.closeCode(), 1000);
      for (const wire of wires.slice(-MAX)) await wire.drain(); /* is answered */
      await known(kith, "ann", ({ metas }) => metas.length === MAX);
      await ben.drain();
      const another = await Wire.open(kith, { user: "ann", device: "phone" });
      assert.equal(await wires.at(-MAX).closeCode(), 1000);
      for (const wire of [ben, another, ...wires.slice(1 - MAX)]) wire.cut();
    });
  });

/** A class of sockets that counts how many were let in, and refused, and knows which are open. */
function counted() {
  const count = { letIn: 0, refused: 0, open: new Set() };
  const Counted = class extends WebSocket {
    constructor(...given) {
      super(...given);
      const page = new URL(this.url).searchParams.get("device");
      this.once("open", () => (count.letIn++, count.open.add(page)));
      this.once("error", () => count.refused++);
      this.once("close", () => count.open.delete(page));
    }
  };
  return { count, Counted };
}

/* A page of the user, which connects; returns how it ends. */
const CLIENTS = {
  "phoenix.js": ({ Socket }, WebSocket, url, device) => {
    const socket = new Socket(url, { params: { user_id: "ann", device }, transport: WebSocket });
    socket.connect();
    socket.channel("friends").join();
    return () => socket.disconnect();
  },
  "kith-client": ({ connect }, WebSocket, url, device) => {
    const kith = connect(url, { userId: "ann", device, WebSocket });
    return () => kith.close();
  },
};
const PATIENCE_MS = 60000; /* kith-client waits for up to 10 s between two tries */

for (const [name, open] of Object.entries(CLIENTS))
  test(`three pages where two may be do not take turns: ${name}`, async (t) => {
    const kith = await ownKith(t, {
      settings: { "server.max_per_user": 2, "server.workers": 2 },
    });
    const module = await moduleOn("18");
    const { count, Counted } = counted();
    const pages = new Map();
    t.after(() => pages.forEach((end) => end()));
    for (const page of ["1", "2", "3"]) {
      pages.set(page, open(module, Counted, `ws://${kith.host}/socket`, page));
      await eventually(() => count.open.has(page), `page ${page}`);
    }
    /* The third has the place of the first, which takes that of the second: four are let in, and
     * two more for each half minute that this takes. */
    const ENOUGH = 9;
    const settled = () => (count.refused >= 3 && count.open.size === 2) || count.letIn >= ENOUGH;
    await eventually(settled, "one is refused", PATIENCE_MS);
    assert.ok(count.letIn < ENOUGH, `${count.letIn} were let in, ${count.refused} refused`);

    const [gone] = count.open;
    pages.get(gone)();
    pages.delete(gone);
    const both = () => [...pages.keys()].every((page) => count.open.has(page));
    await eventually(both, "whoever is refused has the place of who goes", PATIENCE_MS);
  });
