// doors.test.mjs -- who may not be seen is, to the byte, who is not there: all that a client is
// told from its first join to its last leave, whatever it asks, and whatever the other does
// meanwhile.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CLASSES } from "../lib/denied.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { Rest, userPath } from "../lib/rest.mjs";
import { LONG_TEXT, TOPICS, Visit } from "../lib/visit.mjs";
import { assertAlike } from "../lib/witness.mjs";

const GRACE_MS = 200;

/* With reciprocity there are two more: one who does not watch back; and whoever looks while it is
 * itself visible to nobody, which sees no friend either. */
const RECIPROCAL = { "one way": { edgeOnly: true, here: true } };
const UNSEEING = {
  ...CLASSES,
  friend: { edges: true, here: true },
  "public friend": {
    edges: true,
    here: true,
    say: (rest, me, id) => rest.put(userPath(id, "visibility"), { mode: "public" }),
  },
};

const FORMS = [
  { transport: "WebSocket", vsn: "2.0.0" },
  { transport: "WebSocket", vsn: "1.0.0" },
  { transport: "long-poll" },
];

for (const workers of [1, 2])
  for (const reciprocity of ["off", "on"])
    describe(`${workers} workers, reciprocity ${reciprocity}`, () => {
      const kith = sharedKith({
        settings: {
          "server.workers": workers,
          "server.longpoll_s": 15 /* who does not poll while others act is there for twice that */,
          "presence.reciprocity": reciprocity,
          "presence.grace_s": GRACE_MS / 1000,
          "presence.watch_budget": 0,
        },
      });
      const rest = new Rest(kith);

      const world = { near: kith, nearRest: rest, far: kith, farRest: rest };

      async function visit(...of) {
        const it = new Visit(world, ...of);
        await it.begin();
        await it.denied.live();
        await it.denied.arrived();
        await it.lookOn();
        return it.end();
      }

      async function compare(classes, how) {
        const all = Object.entries(classes).map(async ([name, scene]) => [
          name,
          await visit(name, scene, how),
        ]);
        return assertAlike(Object.fromEntries(await Promise.all(all)));
      }

      const classes = reciprocity === "on" ? { ...CLASSES, ...RECIPROCAL } : CLASSES;
      for (const form of FORMS)
        for (const topics of TOPICS) {
          const named = `${form.transport} ${form.vsn ?? ""}, ${topics}`;
          test(`${named}: all that a viewer is told is the same`, async () => {
            const story = await compare(classes, { ...form, topics });
            assert.ok(story.includes('"status":"away"'), "a friend is seen by it");
            assert.ok(!story.includes(LONG_TEXT));
            assert.ok(topics === "both" || story.includes('"resumed":true'));
          });
          if (reciprocity === "on")
            test(`${named}: and so it is for one whom nobody may see`, async () => {
              const story = await compare(UNSEEING, { ...form, topics, blind: true });
              assert.ok(!story.includes("presence_diff"));
            });
        }
    });
