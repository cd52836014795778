// page.test.mjs -- docs/rest.md: every example, run as it stands there, says what stands there; and
// no path of the API is without one.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { ownKith } from "../lib/kith.mjs";
import { DOCUMENT, operationOf } from "../lib/openapi.mjs";
import { KEYS, Rest, bearer } from "../lib/rest.mjs";
import { jwt } from "../lib/token.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

const run = promisify(execFile);
const PAGE = await readFile(new URL("../../docs/rest.md", import.meta.url), "utf8");

/** Commands with what they print: [{command, output}]. */
const EXAMPLES = [...PAGE.matchAll(/^```console\n([^]*?)^```$/gm)].flatMap(([, block]) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const at = text.indexOf("\n");
      return { command: text.slice(0, at), output: text.slice(at + 1) };
    }),
);
const SETUP = /^```sh\n([^]*?)^```$/m.exec(PAGE)[1];

/* What varies. */
const masked = (text) =>
  text
    .replace(/"phx_ref":"[\w-]{16}"/g, '"phx_ref":"*"')
    .replace(/"online_at":"\d+"/g, '"online_at":"*"')
    .replace(/"(id|at_ms|next)":\d+/g, '"$1":0');

describe("docs/rest.md", () => {
  test("its examples do what it says", async (t) => {
    const kith = await ownKith(t, { tokens: true, settings: { ...KEYS, "hooks.log": "on" } });
    const events = new Rest(kith, "read");
    await writeFile(join(kith.folder, "api.key"), bearer("admin").authorization.split(" ")[1]);
    const setup = SETUP.replace("http://127.0.0.1:4001", kith.api);
    assert.notEqual(setup, SETUP);
    const wire = await Wire.open(kith, { token: jwt("1") });
    t.after(() => wire.cut());
    await wire.join("user:1", { status: "away", note: "lunch" });
    const logged = async () => (await events.get("/v1/events")).events.length === 1;
    await eventually(logged, "that it is in the log");
    assert.ok(EXAMPLES.length >= 25, `${EXAMPLES.length}`);
    for (const { command, output } of EXAMPLES) {
      const { stdout } = await run("sh", ["-euc", `${setup}${command}`], { cwd: kith.folder });
      assert.equal(masked(stdout), masked(output), command);
    }
  });

  test("every path of the API is in one of them, with each method", () => {
    const asked = new Set();
    for (const { command } of EXAMPLES) {
      const [, path] = /\$API(\/[^\s"?|]*)/.exec(command);
      const [, method] = /-X ([A-Z]+)/.exec(command) ?? [];
      const posts = / (-d|--data-binary) /.test(command);
      const { operation } = operationOf(method ?? (posts ? "POST" : "GET"), path);
      asked.add(operation.operationId);
    }
    const all = Object.values(DOCUMENT.paths)
      .flatMap((item) => Object.values(item))
      .map(({ operationId }) => operationId)
      .filter((id) => id && id !== "getOpenapi");
    const lacking = all.filter((id) => !asked.has(id));
    assert.deepEqual(lacking, []);
  });

  test("its table of problems has each code", () => {
    const table = PAGE.slice(PAGE.indexOf("| status | `code` |"), PAGE.indexOf("A change that was"));
    const told = [...table.matchAll(/`([a-z]+_?[a-z]+_?[a-z]*)`/g)].map(([, code]) => code);
    const codes = DOCUMENT.components.schemas.Code.enum;
    for (const code of codes) assert.ok(told.includes(code), code);
  });
});
