// per_user.test.mjs -- a page that connects in a loop and never closes.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ownKith } from "../lib/kith.mjs";
import { Wire, known } from "../lib/wire.mjs";

const [MAX, TIMES] = [5, 20];

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
      for (let n = 0; n < TIMES; n++) {
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
