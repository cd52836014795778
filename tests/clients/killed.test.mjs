// killed.test.mjs -- a test that is killed takes its server along, and leaves no files behind.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { eventually } from "../lib/wire.mjs";

const TEST = `
  import { Kith } from ${JSON.stringify(new URL("../lib/kith.mjs", import.meta.url))};
  const kith = await new Kith().start();
  console.log(JSON.stringify({ pid: kith.pid, folder: kith.folder }));
`;

const lives = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

for (const signal of ["SIGTERM", "SIGKILL"])
  test(signal, async () => {
    const stdio = ["ignore", "pipe", "inherit"];
    const dying = spawn(process.execPath, ["--input-type=module", "-e", TEST], { stdio });
    const [line] = await once(dying.stdout, "data");
    const { pid, folder } = JSON.parse(line);
    assert.ok(lives(pid) && existsSync(folder));
    dying.kill(signal);
    await eventually(() => !lives(pid), "the server's end");
    await eventually(() => !existsSync(folder), "the folder's end");
  });
