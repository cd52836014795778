// attacked.mjs -- a server for the attacks of one file, on which two friends sing from the first to the last.
import { after, before } from "node:test";
import { Canary } from "./canary.mjs";
import { Kith } from "./kith.mjs";

/** As sharedKith; `how` for Canary.begin. What the canary heard is asserted when all attacks are over. */
export function attackedKith(options, how) {
  const kith = new Kith(options);
  let canary;
  before(async () => {
    await kith.start();
    canary = await Canary.begin(kith, how);
  });
  after(async () => {
    try {
      if (canary) console.log(await canary.end());
    } finally {
      await canary?.silence();
      await kith.end();
    }
  });
  return kith;
}
