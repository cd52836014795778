// usage.test.mjs -- each example as a program: its help, what a mistake gets, and its end; and that
// it is short enough to be read.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Person, ownExample, program } from "../lib/example.mjs";

const SOURCES = join(dirname(fileURLToPath(import.meta.url)), "../../examples");
const LINES_MAX = 150;

const sourceOf = (file) => readFileSync(join(SOURCES, file), "utf8");
const names = readdirSync(SOURCES)
  .filter((file) => file.endsWith(".c") && /\nint main\(/.test(sourceOf(file)))
  .map((file) => file.slice(0, -2));
const withGraph = names.filter((name) => name !== "hello");
const serving = names.filter((name) => name !== "playground"); /* that has tests of its own */

function run(name, ...args) {
  const { status, stdout, stderr } = spawnSync(program(name), args, {
    encoding: "utf8",
    timeout: 15000,
  });
  return { status, stdout, stderr };
}

function fileOf(t, text) {
  const folder = mkdtempSync(join(tmpdir(), "graph-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "graph.txt"), text);
  return join(folder, "graph.txt");
}

test("the examples are these", () => {
  const known = "before_social friend_rooms hello intercept playground single_room social";
  assert.deepEqual(names.sort(), known.split(" "));
});

for (const name of serving)
  test(`${name}.c is under ${LINES_MAX} lines and on the public headers alone`, () => {
    const text = sourceOf(`${name}.c`);
    assert.ok(text.split("\n").length <= LINES_MAX);
    for (const [, file] of text.matchAll(/#include [<"]([^>"]+)[>"]/g))
      assert.match(file, /^(kith\/\w+\.h|common\.h|std\w+\.h|string\.h|time\.h|sysexits\.h)$/);
  });

for (const name of names)
  describe(name, () => {
    test("--help says how to call it", () => {
      const { status, stdout, stderr } = run(name, "--help");
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
      assert.match(stdout, /^Usage: \S+ \[/);
    });

    for (const wrong of [["--no-such-flag", "1"], ["--port"], ["one", "two"]])
      test(`${wrong.join(" ")} is misuse`, () => {
        const { status, stdout, stderr } = run(name, ...wrong);
        assert.deepEqual({ status, stdout }, { status: 64, stdout: "" });
        assert.match(stderr, /^Usage: /);
      });
  });

for (const name of withGraph)
  describe(`${name} and its files`, () => {
    test("what is wrong on its command line is said last, by its name", () => {
      const last = (...args) => run(name, ...args).stderr.trimEnd().split("\n").at(-1);
      assert.equal(last("4000"), `${name}: 4000 is not an option`);
      assert.equal(last("--port"), `${name}: --port needs a value`);
    });

    test("a graph that is a folder", () => {
      const { status, stderr } = run(name, "--port", "0", "--graph", SOURCES);
      assert.equal(status, 66);
      assert.equal(stderr, `${SOURCES}: Is a directory\n`);
    });

    test("a graph with a line of three words, or of a word too long for an id", (t) => {
      for (const line of ["ann ben cleo", `${"a".repeat(200)} ben`]) {
        const file = fileOf(t, `ann ben\n${line}\n`);
        const { status, stderr } = run(name, "--port", "0", "--graph", file);
        assert.equal(status, 65);
        assert.ok(stderr.startsWith(`${file}: a line has more than two words`), stderr);
      }
    });

    test("a graph that is not there", () => {
      const { status, stderr } = run(name, "--port", "0", "--graph", "no/such/file");
      assert.equal(status, 66);
      assert.match(stderr, /^no\/such\/file: cannot be read; name a file with lines/);
    });

    test("a graph with half a line", (t) => {
      const file = fileOf(t, "# friends\nann ben\n\nben # alone\n");
      const { status, stderr } = run(name, "--port", "0", "--graph", file);
      assert.equal(status, 65);
      assert.ok(stderr.startsWith(`${file}: a line has one word; write`), stderr);
    });

    test("a port that is none", () => {
      const { status, stderr } = run(name, "--port", "70000");
      assert.equal(status, 64);
      assert.match(stderr, /127\.0\.0\.1:70000/);
    });
  });

for (const name of serving)
  describe(`${name} while it runs`, () => {
    test("a second one on its port says that the port is taken", async (t) => {
      const { host } = await ownExample(t, name, []);
      const args = name === "hello" ? [host] : ["--port", host.split(":")[1]];
      const { status, stdout, stderr } = run(name, ...args);
      assert.deepEqual({ status, stdout }, { status: 69, stdout: "" });
      assert.match(stderr, new RegExp(`^${name}: .*${host}.*(in use|taken)`));
    });

    test("SIGTERM closes its clients with 1012, and it ends with 0", async (t) => {
      const server = await ownExample(t, name, []);
      const ann = new Person(t, server, "ann");
      await new Promise((done) => ann.socket.onOpen(done));
      await server.stop(); /* which looks at the exit code */
      assert.equal(await ann.closed, 1012);
    });
  });
