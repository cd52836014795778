// library.test.mjs -- the first server of docs/library.md, started with the settings that stand
// beside it, does what the page says. KITH_ROOMS names the program.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Program } from "../lib/program.mjs";
import { Wire } from "../lib/wire.mjs";

const path = fileURLToPath(new URL("../../docs/library.md", import.meta.url));
const PAGE = await readFile(path, "utf8");
const SETTINGS = /^```ini\n([^]*?)^```/m.exec(PAGE)[1];
const READY = /^ready (ws:\/\/\S+)/m;

describe("the first server of docs/library.md", () => {
  const rooms = new Program(process.env.KITH_ROOMS);
  const server = {};
  let folder, home;
  before(async () => {
    home = process.cwd();
    folder = await mkdtemp(join(tmpdir(), "kith-rooms-"));
    const free = SETTINGS.replace(":4000", ":0") + "api = off\n";
    assert.notEqual(free, SETTINGS);
    await writeFile(join(folder, "rooms.conf"), free);
    process.chdir(folder); /* it looks for rooms.conf where it is started */
    [, server.websocket] = await rooms.start([], READY, folder);
  });
  after(async () => {
    process.chdir(home);
    await rooms.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const metas = (state, user) => state[user].metas.map(({ status }) => status);

  test("whoever joins a room sees who is in it", async (t) => {
    const ann = await Wire.open(server, { user: "ann" });
    const ben = await Wire.open(server, { user: "ben" });
    t.after(() => Promise.all([ann.cut(), ben.cut()]));
    assert.deepEqual(metas(await ann.join("room:one"), "ann"), ["here"]);
    assert.equal(ann.eventOf(await ann.next()), "presence_diff");
    const state = await ben.join("room:one");
    assert.deepEqual(Object.keys(state), ["ann", "ben"]);
    assert.deepEqual(metas((await ann.next())[4].joins, "ben"), ["here"]);
  });

  test("what is said there reaches all, and what else is said ends the channel", async (t) => {
    const ann = await Wire.open(server, { user: "ann" });
    t.after(() => ann.cut());
    await ann.join("room:two");
    await ann.sees("ann");
    ann.send("1", "9", "room:two", "say", { text: "hello" });
    await ann.expect(
      ann.frame(null, null, "room:two", "said", { text: "hello" }),
      ann.reply("1", "9", "room:two", "ok", {}),
    );
    ann.send("1", "10", "room:two", "sing", {});
    await ann.expect(ann.frame("1", "1", "room:two", "phx_error", {}));
  });
});
