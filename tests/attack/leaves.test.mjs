// leaves.test.mjs -- to lose sight of somebody is, to the byte, to see it go: one leave for each of
// its sessions, the oldest first.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meet } from "../lib/denied.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { Rest, pairPath, userPath } from "../lib/rest.mjs";
import { known } from "../lib/wire.mjs";
import { Witness, assertAlike } from "../lib/witness.mjs";

const GRACE_MS = 100;
const DEVICES = ["laptop", "phone", "tablet"];

const seen = (to) => (rest, { me, id }) =>
  rest.put(userPath(id, "visibility"), { ...to, ...(to.ids && { ids: to.ids(me) }) });

/* How a viewer loses sight of all sessions, and how those really end. */
const ENDS = {
  "all leave": async (rest, { wires }) => {
    for (const wire of wires) await wire.granted("friends", "phx_leave");
  },
  "all are cut off": async (rest, { kith, id, wires }) => {
    for (const [i, wire] of wires.entries()) {
      await wire.cut();
      await known(kith, id, ({ metas }) => metas.length === wires.length - 1 - i);
    }
  },
};
const LOSSES = {
  "no friends any more": (rest, { me, id }) => rest.delete(pairPath(me, "friends", id)),
  "no watch any more": (rest, { me, id }) => rest.delete(pairPath(me, "watches", id)),
  "it has blocked the viewer": (rest, { me, id }) => rest.put(pairPath(id, "blocks", me)),
  "the viewer has blocked it": (rest, { me, id }) => rest.put(pairPath(me, "blocks", id)),
  "visible to nobody": seen({ mode: "nobody" }),
  "visible to others only": seen({ mode: "only", ids: () => ["other"] }),
  "the viewer is left out": seen({ mode: "except", ids: (me) => [me] }),
  "all sessions are hidden": async (rest, { wires }) => {
    for (const wire of wires) await wire.granted("friends", "visibility", { session: "hidden" });
  },
};

const FORMS = [
  { transport: "WebSocket", vsn: "2.0.0" },
  { transport: "WebSocket", vsn: "1.0.0" },
  { transport: "long-poll" },
];

for (const workers of [1, 2])
  describe(`${workers} workers`, () => {
    const kith = sharedKith({
      settings: {
        "server.workers": workers,
        "server.longpoll_s": 15 /* who does not poll while others end is there for twice that */,
        "presence.grace_s": GRACE_MS / 1000,
      },
    });
    const rest = new Rest(kith);

    async function watchTheEnd(end, { transport, vsn }, topicOf) {
      const people = await meet(rest, { edges: true });
      const { me, id } = people;
      const wires = [];
      for (const device of DEVICES) {
        const wire = await Witness.open(kith, { user: id, device });
        await wire.join("friends", { status: device });
        wires.push(wire);
      }
      const viewer = await Witness.open(kith, { user: me, vsn }, transport);
      const state = await viewer.join(topicOf(me));
      assert.deepEqual(
        state[id].metas.map((it) => it.status),
        DEVICES,
      );
      await end(rest, { ...people, kith, wires });
      const leaves = [];
      while (leaves.length < DEVICES.length) leaves.push(await viewer.next());
      assert.deepEqual(
        leaves.map(([, , , , it]) => it.leaves[id].metas.map(({ status }) => status)),
        DEVICES.map((it) => [it]),
      );
      assert.deepEqual(await viewer.drain(), []);
      await viewer.cut();
      for (const wire of wires) await wire.cut();
      return viewer.story(people);
    }

    for (const form of FORMS)
      for (const topicOf of [() => "friends", (me) => `user:${me}`])
        test(`${form.transport} ${form.vsn ?? ""}, ${topicOf("<id>")}`, async () => {
          const all = Object.entries({ ...ENDS, ...LOSSES }).map(async ([name, end]) => [
            name,
            await watchTheEnd(end, form, topicOf).catch((e) => {
              throw new Error(`${name}: ${e.message}`, { cause: e });
            }),
          ]);
          assertAlike(Object.fromEntries(await Promise.all(all)));
        });
  });
