// vectors.test.mjs -- kith serve says what a real Phoenix server says, where that needs no room.
import { describe, test } from "node:test";
import { sharedKith } from "../lib/kith.mjs";
import { Replay } from "../lib/replay.mjs";
import { loadVector } from "../lib/vector.mjs";

const kith = sharedKith();

for (const name of ["close_codes", "connect_vsn", "heartbeat"])
  describe(name, () => {
    for (const it of loadVector(name).cases) test(it.name, () => new Replay(kith.host).play(it));
  });
