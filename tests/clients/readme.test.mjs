// readme.test.mjs -- the README's lines, run as they stand there: what it shows works.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, chmod, constants, mkdir, mkdtemp, readFile } from "node:fs/promises";
import { rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { KITH } from "../lib/kith.mjs";
import { start } from "../lib/command.mjs";
import { Wire, eventually } from "../lib/wire.mjs";

const run = promisify(execFile);
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const README = await readFile(path("../../README.md"), "utf8");

/* The only thing that is not as the README has it: ports that are free. */
const DEFAULT_HOST = "127.0.0.1:4000";
const FREE_PORTS = `#!/bin/sh
[ "$1" != serve ] || set -- "$@" --listen 127.0.0.1:0 --api 127.0.0.1:0
exec "${KITH}" "$@"
`;
const RUN_SNIPPET = `
import WebSocket from "ws"
const [host] = process.argv.slice(2)
globalThis.WebSocket = class extends WebSocket {
  constructor(url, protocols) { super(String(url).replace("//${DEFAULT_HOST}/", "//" + host + "/"), protocols) }
}
await import("./snippet.mjs")
`;

/** The code of this language below a heading. */
function block(heading, language) {
  const section = README.split(/^## /m).find((text) => text.startsWith(heading));
  const fence = new RegExp("^```" + language + "\\n([^]*?)^```", "m").exec(section ?? "");
  assert.ok(fence, `no ${language} below "${heading}"`);
  return fence[1];
}

describe("the README", () => {
  let folder;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "kith-readme-"));
    await mkdir(join(folder, "build"));
    await mkdir(join(folder, "node_modules"));
    await writeFile(join(folder, "build/kith"), FREE_PORTS);
    await chmod(join(folder, "build/kith"), 0o755);
    for (const [name, from] of [
      ["phoenix", "phoenix18"],
      ["ws", "ws"],
    ])
      await symlink(path(`../node_modules/${from}`), join(folder, "node_modules", name));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test("'Try it': the scripts are there", async () => {
    const scripts = block("Try it", "sh").match(/^\S+/gm);
    assert.ok(scripts.includes("script/server"), `${scripts}`);
    for (const script of scripts) await access(path(`../../${script}`), constants.X_OK);
  });

  test("'Use it': its shell lines start a server, and its JavaScript sees a friend", async (t) => {
    const server = start(t, folder, "sh", "-euc", block("Use it", "sh"));
    const ready = () => /^ready (ws:\/\/(\S+?)(\/\S+))/m.exec(server.out);
    const [, websocket, host, endpoint] = await eventually(ready, "ready").catch((error) =>
      assert.fail(`${error.message}\n${server.out}${server.err}`),
    );
    assert.ok(README.includes(`ws://${DEFAULT_HOST}${endpoint}`), "the address in the comment");

    await writeFile(join(folder, "snippet.mjs"), block("Use it", "js"));
    await writeFile(join(folder, "run.mjs"), RUN_SNIPPET);
    const snippet = start(t, folder, process.execPath, "run.mjs", host);
    const prints = (line) =>
      eventually(() => snippet.out.endsWith(`${line}\n`), line).catch(() =>
        assert.fail(`wanted ${line}, got:\n${snippet.out}${snippet.err}`),
      );
    await prints("[]");

    const friend = await Wire.open({ websocket }, { user: "2" });
    t.after(() => friend.cut());
    const meta = await friend.metaOf("1", "away", await friend.join("friends"));
    assert.equal(meta.note, "lunch");
    await prints("[ [ '2', 'online' ] ]");
    await friend.leave("friends");
    await prints("[]");
    assert.equal(snippet.err, "");
  });

  test("its other commands do what it says", async () => {
    const said = [...README.matchAll(/`(?:build\/)?(kith [a-z][^`]*)`/g)].map(([, command]) => command);
    assert.ok(said.length >= 2, `${said}`);
    for (const command of said)
      await run("sh", ["-c", `build/${command}`], { cwd: folder }).catch((error) =>
        assert.fail(`${command}: ${error.message}`),
      );
    const config = await readFile(join(folder, "kith.conf"), "utf8");
    assert.match(config, /^#listen = .*:4000$/m);
    await run("build/kith", ["config", "check", "kith.conf"], { cwd: folder });
  });
});
