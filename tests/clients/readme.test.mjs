// readme.test.mjs -- the README's two commands are there. What its pages tell to do is done by the suite guides.
import assert from "node:assert/strict";
import { access, constants, readFile } from "node:fs/promises";
import { test } from "node:test";

const README = await readFile(new URL("../../README.md", import.meta.url), "utf8");

test("the commands of 'Try it' are there", async () => {
  const scripts = /^## Try it\n+```sh\n([^]*?)^```/m.exec(README)[1].match(/^\S+/gm);
  assert.deepEqual(scripts, ["script/server", "script/test"]);
  for (const script of scripts) await access(new URL(`../../${script}`, import.meta.url), constants.X_OK);
});
