// package.test.mjs -- the package as `npm install` would bring it: what is in it, its README's
// lines run as they stand, its types, and Node's own WebSocket.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { promisify } from "node:util";
import WebSocket from "ws";
import { circlesGraph } from "../lib/circles.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { MODULE, folderOf, path } from "../lib/module.mjs";
import { jwt } from "../lib/token.mjs";
import { Wire, eventually } from "../lib/wire.mjs";
import { start } from "../lib/command.mjs";

const run = promisify(execFile);
const README = await readFile(join(MODULE, "README.md"), "utf8");
const NPM = ["--offline", "--no-audit", "--no-fund", "--loglevel=error"];

/* The only things that are not as the README has it: where the server and the back end are. */
const RUN_SNIPPET = `
  import WebSocket from "ws";
  const [host, backEnd] = process.argv.slice(2);
  globalThis.WebSocket = class extends WebSocket {
    constructor(url, protocols) {
      super(String(url).replace("wss://kith.example/", "ws://" + host + "/"), protocols);
    }
  };
  const { fetch } = globalThis;
  globalThis.fetch = (address) => fetch(new URL(address, backEnd));
  await import("./snippet.mjs");
`;

/* Without ws: what Node 22 has by itself, and Node 20 behind a flag. */
const NATIVE = `
  import { connect } from "kith-client";
  const kith = connect(process.argv[1], { token: () => process.argv[2] });
  await kith.online();
  console.log(kith.state);
  kith.close();
`;

const TYPES = `
  import { connect, KithError, KithUnsupportedError, type Friend, type State } from "kith-client";

  const kith = connect("wss://x/socket", { token: async () => ({ token: "t", expiresAt: new Date() }) });
  const friend: Friend | undefined = kith.friends.get("1");
  const note: unknown = friend?.meta.note;
  const off: () => void = kith.friends.on("changed", (now, before) => now.since > before.since);
  for (const [id, { status }] of kith.friends) id.concat(status);
  kith.on("state", ({ state, error, retryInMs }) => {
    const known: State = state;
    const why: string = error?.message ?? known;
    const ms: number | null = retryInMs;
    return [why, ms];
  });
  kith.on("error", (error) => error instanceof KithError);
  await kith.setVisibility("only", new Set(["1"])).catch((error) => {
    if (error instanceof KithUnsupportedError) error.event.length;
  });
  const seen: Map<string, unknown> = await kith.lastSeen(["1"]);
  export { note, off, seen };

  // @ts-expect-error: there is no such event
  kith.friends.on("join", () => {});
  // @ts-expect-error: friends are the server's to change
  kith.friends.set("1", friend);
  // @ts-expect-error: and so is each of them
  friend!.status = "mine";
  // @ts-expect-error: no such visibility
  kith.setVisibility("everybody");
  // @ts-expect-error: a token is a text
  connect("wss://x/socket", { token: () => 5 });
`;

const folder = await folderOf("package");

describe("the package", () => {
  const kith = sharedKith({ graph: circlesGraph(1), tokens: true });
  let tarball;
  before(async () => {
    await writeFile(
      join(folder, "package.json"),
      '{ "name": "app", "private": true, "type": "module" }',
    );
    const { stdout } = await run("npm", ["pack", MODULE, "--json"], { cwd: folder });
    [tarball] = JSON.parse(stdout);
    const beside = ["phoenix18", "ws"].map((name) => path(`../node_modules/${name}`));
    await run("npm", ["install", ...NPM, `./${tarball.filename}`, ...beside], { cwd: folder });
  });

  test("has the module, its types, its README and the licence, and nothing else", async () => {
    const sources = (await readdir(join(MODULE, "src"))).map((name) => `src/${name}`);
    const files = tarball.files.map(({ path }) => path).sort();
    assert.deepEqual(files, [...sources, "LICENSE", "README.md", "package.json"].sort());
    const licences = [path("../../LICENSE"), join(MODULE, "LICENSE")];
    const [ours, its] = await Promise.all(licences.map((file) => readFile(file, "utf8")));
    assert.equal(its, ours);
  });

  test("is installed as its README says, by the name that npm pack gives it", () => {
    const [, commands] = /^```sh\n([^]*?)^```/m.exec(README);
    assert.match(commands, /^npm pack \S+\/clients\/js\b/);
    assert.ok(commands.includes(`\nnpm install ./${tarball.filename} phoenix\n`), commands);
  });

  test("is all that its types promise", async () => {
    const { connect } = await import(`${folder}/node_modules/kith-client/src/index.js`);
    const kith = connect("ws://127.0.0.1:1/socket", { userId: "1", WebSocket });
    kith.close();
    const types = await readFile(join(MODULE, "src/index.d.ts"), "utf8");
    for (const [name, it] of Object.entries({ Kith: kith, Friends: kith.friends })) {
      const [, body] = new RegExp(`interface ${name}\\b.*{\n([^]*?)\n}`).exec(types);
      const members = [...body.matchAll(/^  (?:readonly )?(\w+)[:(]/gm)].map(
        ([, member]) => member,
      );
      assert.ok(members.length > 5, `${members}`);
      for (const member of members) assert.ok(member in it, `${name}.${member}`);
    }
  });

  test("sees friends by the lines of its README, in an empty project", async (t) => {
    const backEnd = createServer((_, response) => response.end(jwt("ann0")));
    t.after(() => backEnd.close());
    backEnd.listen(0, "127.0.0.1");
    await once(backEnd, "listening");
    const [, snippet] = /^```js\n([^]*?)^```/m.exec(README);
    assert.ok(snippet.split("\n").length <= 12, snippet);
    await writeFile(join(folder, "snippet.mjs"), snippet);
    await writeFile(join(folder, "run.mjs"), RUN_SNIPPET);
    const address = `http://127.0.0.1:${backEnd.address().port}`;
    const said = start(t, folder, process.execPath, "run.mjs", kith.host, address);
    const prints = (line) =>
      eventually(() => said.out.endsWith(`${line}\n`), line).catch(() =>
        assert.fail(`wanted ${line}, got:\n${said.out}${said.err}`),
      );
    await prints("online ");
    const ben = await Wire.open(kith, { token: jwt("ben0") });
    t.after(() => ben.cut());
    const meta = await ben.metaOf("ann0", "away", await ben.join("friends"));
    assert.equal(meta.note, "lunch");
    await prints("ben0 is online");
    await ben.push("friends", "status", { status: "busy" });
    await prints("ben0 is now busy");
    await ben.leave("friends");
    await prints("ben0 is gone");
    assert.equal(said.err, "");
  });

  const FLAG = "--experimental-websocket";
  const has = globalThis.WebSocket || process.allowedNodeEnvironmentFlags.has(FLAG);
  const skip = has ? false : "this Node has none";

  test("is content with the WebSocket that Node has", { skip }, async () => {
    const flags = globalThis.WebSocket ? [] : [FLAG];
    const args = [`ws://${kith.host}/socket`, jwt("ben0")];
    const command = [...flags, "--input-type=module", "-e", NATIVE, ...args];
    const { stdout } = await run(process.execPath, command, { cwd: folder });
    assert.equal(stdout, "online\n");
  });

  for (const resolution of ["nodenext", "bundler"])
    test(`its types say what it does, module resolution ${resolution}`, async () => {
      await writeFile(join(folder, "app.ts"), TYPES);
      const module = resolution === "bundler" ? "esnext" : resolution;
      const flags = [
        "--noEmit",
        "--strict",
        "--target",
        "es2022",
        "--lib",
        "es2022,dom,dom.iterable",
      ];
      const tsc = path("../node_modules/typescript/bin/tsc");
      const options = [...flags, "--module", module, "--moduleResolution", resolution];
      await run(process.execPath, [tsc, ...options, "app.ts"], { cwd: folder }).catch(
        ({ stdout }) => assert.fail(stdout),
      );
    });
});
