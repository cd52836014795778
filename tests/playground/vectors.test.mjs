// vectors.test.mjs -- the playground says, frame by frame, what the vectors want: what a real
// Phoenix server says to the same clients, save where the two are meant to differ.
import { after, before, describe, test } from "node:test";
import { Lookout, watchedBy } from "../lib/lookout.mjs";
import { Playground, UNITS } from "../lib/playground.mjs";
import { Replay } from "../lib/replay.mjs";
import { loadVector, vectorNames } from "../lib/vector.mjs";

for (const name of vectorNames()) {
  const { cases, edges, units } = loadVector(name);
  describe(name, () => {
    const playground = new Playground({ edges: watchedBy(edges), units });
    const lookout = new Lookout();
    const follow = edges.length ? (text) => lookout.follow(text) : undefined;
    before(() => playground.start());
    if (follow) before(() => lookout.begin(playground, edges));
    after(() => lookout.end());
    after(() => playground.end());
    for (const it of cases) test(it.name, () => new Replay(playground.host, UNITS, { follow }).play(it));
  });
}
