// vectors.test.mjs -- kith serve says what a real Phoenix server says, where that needs no room.
import { describe, test } from "node:test";
import { sharedKith } from "../lib/kith.mjs";
import { Replay } from "../lib/replay.mjs";
import { loadVector } from "../lib/vector.mjs";

const kith = sharedKith();
const beyond = /(\\?)"resume\1":\1"[\w-]{43}\1"/; /* in the reply to a join */

for (const name of ["close_codes", "connect_vsn", "heartbeat"])
  describe(name, () => {
    for (const it of loadVector(name).cases) test(it.name, () => new Replay(kith.host).play(it));
  });

describe("longpoll_expire", () => {
  const POLL_MS = 1000;
  const { cases, edges } = loadVector("longpoll_expire");
  const settings = { "server.longpoll_s": POLL_MS / 1000, "presence.grace_s": 0 };
  const polled = sharedKith({ graph: edges.map((it) => `${it}\n`).join(""), settings });
  for (const it of cases)
    test(it.name, () => new Replay(polled.host, { poll: POLL_MS }, { beyond }).play(it));
});
