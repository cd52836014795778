// guides.test.mjs -- what the docs tell their readers to do, done: each page's marked blocks in their order, in a fresh
// folder, with the program. KITH_GUIDES: only pages whose name has this in it.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { commandsOf, shows, stepsOf } from "../lib/guide.mjs";
import { GuideTerminal } from "../lib/terminal_of_guide.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LONG = process.env.KITH_LONG === "1";

async function follow(page, text) {
  const terminal = new GuideTerminal(page);
  await terminal.open();
  try {
    for (const step of stepsOf(page, text)) await terminal.step(step);
  } finally {
    await terminal.close();
  }
}

async function pages() {
  const names = (await readdir(join(ROOT, "docs"))).filter((name) => name.endsWith(".md"));
  const all = ["README.md", "clients/js/README.md", ...names.map((name) => `docs/${name}`)];
  const found = [];
  for (const page of all.filter((name) => name.includes(process.env.KITH_GUIDES ?? ""))) {
    const text = await readFile(join(ROOT, page), "utf8");
    if (/^<!-- test: /m.test(text)) found.push({ page, text });
  }
  return found;
}

describe("what the pages say", { concurrency: 3 }, async () => {
  for (const { page, text } of await pages()) {
    const skip = /^<!-- test: long -->$/m.test(text) && !LONG && "it takes long: script/test --long";
    test(`${page} does what it says`, { skip }, () => follow(page, text));
  }
});

describe("a page that is wrong", { skip: Boolean(process.env.KITH_GUIDES) }, () => {
  const broken = (name, words, ...lines) =>
    test(name, async () => {
      const text = ["# A page", "", ...lines, ""].join("\n");
      await assert.rejects(follow("page.md", text), (error) => {
        assert.ok(error.message.startsWith(words), error.message);
        return true;
      });
    });

  broken("a command that fails is named by its line", "page.md:6: it fails", "<!-- test: run -->", "```sh", "true", "false", "```");
  broken("and one in a pipe of the second block", "page.md:9: it fails", "<!-- test: run -->", "```sh", "true", "```", "<!-- test: run -->", "```sh", "kith nonsense 2>&1", "```");
  broken("a command that prints something else", "page.md:5: it does not print what stands there, but\nthree\n", "<!-- test: run -->", "```console", "$ echo three", "four", "```");
  broken("a server that does not start", 'page.md:5: it does not say "ready"', "<!-- test: beside, until \"ready\" -->", "```sh", "kith serve --config nowhere.conf; exit 1", "```", "<!-- test: run -->", "```sh", "false", "```");
  broken("a mark that is none", "page.md:3: no such mark: walk", "<!-- test: walk -->", "```sh", "true", "```");
  broken("a mark of no block", "page.md:3: no block follows", "<!-- test: run -->", "", "```sh", "true", "```");
  broken("a block without an end", "page.md:3: it has no end", "<!-- test: run -->", "```sh", "true");

  test("what a page shows may leave out what varies, and nothing else", () => {
    assert.ok(shows('{"at":"..."}\n', '{"at":"17"}\n'));
    assert.ok(!shows('{"at":"..."}\n', '{"at":"17"}\nmore\n'));
    assert.ok(shows("a\n...\nz\n", "a\nb\nc\nz\n"));
    assert.ok(shows("a\n...\nz\n", "a\nz\n"));
    assert.ok(!shows("a.c\n", "abc\n"));
    assert.deepEqual(commandsOf({ line: 7, text: "$ one\n1\n2\n$ two\n" }), [
      { line: 7, command: "one", output: "1\n2\n" },
      { line: 10, command: "two", output: "" },
    ]);
  });
});
