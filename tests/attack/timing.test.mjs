// timing.test.mjs -- by the time of an answer, who may not be seen is not to be told from who is not
// there, at any door. With KITH_LONG=1.
import { describe } from "node:test";
import { ownKith } from "../lib/kith.mjs";
import { Rest } from "../lib/rest.mjs";
import { TIMED, timeDoors } from "../lib/timing.mjs";

for (const workers of [1, 2])
  for (const reciprocity of workers === 1 ? ["off", "on"] : ["off"])
    describe(`${workers} workers, reciprocity ${reciprocity}`, () => {
      const settings = { ...TIMED, "server.workers": workers, "presence.reciprocity": reciprocity };
      timeDoors(async (t) => {
        const kith = await ownKith(t, { settings });
        return { near: kith, far: kith, rest: new Rest(kith) };
      }, { doors: workers === 1 && reciprocity === "off" ? "all" : ["join", "watch"] });
    });
