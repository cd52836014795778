// locked.test.mjs -- another process has the store's file for writing: changes wait and are refused, and who joins is told
// its friends.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { ownKith } from "../lib/kith.mjs";
import { Rest, pairPath } from "../lib/rest.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

const HOLD = `
import sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
`;

test("a file that another process writes takes no changes, and who joins only waits behind them", async (t) => {
  const kith = await ownKith(t);
  const rest = new Rest(kith);
  await rest.put(pairPath("ann", "friends", "bob"));
  const bob = await Wire.open(kith, { user: "bob" });
  await bob.join("friends");
  const holder = spawn("python3", ["-c", HOLD, join(kith.data, "kith.db")], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => holder.kill());
  await once(holder.stdout, "data");
  const change = pairPath("ann", "friends", "eve");
  assert.deepEqual(await rest.refusal("PUT", change), [500, "store"]);
  assert.match(kith.errors, /the store does not answer in time \(database is locked\): .* who joins waits/);
  assert.doesNotMatch(kith.errors, /cannot be written/);
  const ann = await Wire.open(kith, { user: "ann" });
  const [, state] = await Promise.all([rest.refusal("PUT", change), ann.join("friends")]);
  assert.deepEqual(Object.keys(state), ["bob"]);
  holder.stdin.end();
  await once(holder, "close");
  await rest.put(change);
  await eventually(() => /the store can be written again, after/.test(kith.errors), "that it is said");
  for (const wire of [ann, bob]) await wire.cut();
});
