// arguments.test.mjs -- what of the command line others on the machine can read while a server runs.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { KITH, SECRET } from "../lib/kith.mjs";
import { Program } from "../lib/program.mjs";
import { jwt } from "../lib/token.mjs";
import { Wire } from "../lib/wire.mjs";

test("a secret that is said by --set holds, and is shown to nobody", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kith-arguments-"));
  const program = new Program(KITH);
  t.after(async () => {
    await program.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const all = ["--data", join(folder, "data"), "--listen", "127.0.0.1:0", "--api", "127.0.0.1:0"];
  const set = ["--set", "token t.kind=jwt", "--set", "token t.alg=HS256", "--set", `token t.secret=${SECRET}`];
  const [, websocket] = await program.start(["serve", ...all, ...set], /^ready (\S+)/m, folder);
  const shown = await readFile(`/proc/${program.pid}/cmdline`, "utf8");
  assert.match(shown, /HS256/);
  assert.ok(!shown.includes(SECRET), shown);
  (await Wire.open({ websocket }, { token: jwt("ann") })).cut();
});
