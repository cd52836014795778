// vectors.test.mjs -- kith serve too says what a real Phoenix server says, wherever no room is needed.
import { describe, test } from "node:test";
import { sharedKith } from "../lib/kith.mjs";
import { Replay } from "../lib/replay.mjs";
import { loadVector } from "../lib/vector.mjs";

const kith = sharedKith();

for (const name of ["close_codes", "connect_vsn", "heartbeat"])
  describe(name, () => {
    for (const it of loadVector(name).cases) test(it.name, () => new Replay(kith.host).play(it));
  });
