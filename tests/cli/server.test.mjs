// server.test.mjs -- the commands at a real server that asks for keys: what they change holds at once,
// for those who are there, and what a key may not do is told.
import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { sharedKith } from "../lib/kith.mjs";
import { kithCommand } from "../lib/terminal.mjs";
import { jwt } from "../lib/token.mjs";
import { Wire, refused } from "../lib/wire.mjs";

const secret = (role) => `${role}-0123456789abcdef0123456789abcdef`;

const kith = sharedKith({
  tokens: true,
  graph: "1 2\n2 1\n",
  settings: Object.fromEntries(
    ["read", "write", "admin"].flatMap((role) => [
      [`key ${role}.role`, role],
      [`key ${role}.secret`, secret(role)],
    ]),
  ),
});

let folder;
const keyFile = (name) => join(folder, `${name}.key`);
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-keys-"));
  for (const role of ["read", "write", "admin", "strange"])
    await writeFile(keyFile(role), `${secret(role)}\n`, { mode: 0o600 });
});
after(() => rm(folder, { recursive: true, force: true }));

/** Runs a command at the server, with the key of a role. */
const as = (role, ...words) =>
  kithCommand([...words, "--api", kith.api, "--key-file", keyFile(role)]);

async function says(out, result) {
  const { code, out: said, err } = await result;
  assert.deepEqual({ code, out: said, err }, { code: 0, out, err: "" });
}

async function fails(code, err, result) {
  const { code: got, out, err: said } = await result;
  assert.equal(got, code, said);
  assert.match(said, err);
  assert.equal(out, "");
}

async function online(t, user) {
  const wire = await Wire.open(kith, { token: jwt(user) });
  t.after(() => wire.cut());
  await wire.join("friends");
  return wire;
}

const events = (messages) => messages.map(([, , topic, event]) => `${topic} ${event}`);

describe("the graph", () => {
  test("an edge that is added shows a friend at once, and taken away hides it", async (t) => {
    const ann = await online(t, "10");
    await online(t, "11");
    await says("holds now\n", as("write", "graph", "add", "10", "11"));
    assert.deepEqual(events(await ann.drain()), ["friends presence_diff"]);
    await says("holds now\n", as("write", "graph", "remove", "10", "11"));
    assert.deepEqual(events(await ann.drain()), ["friends presence_diff"]);
  });

  test("a friendship is two edges, and a block ends what both see", async (t) => {
    const ann = await online(t, "20");
    const ben = await online(t, "21");
    await says("holds now\n", as("write", "graph", "add", "20", "21", "--mutual"));
    await says("holds now\n", as("write", "graph", "block", "21", "20"));
    for (const wire of [ann, ben]) assert.equal((await wire.drain()).length, 2);
    await says("blocked       21\n", as("read", "audience", "20"));
    await says("holds now\n", as("write", "graph", "unblock", "21", "20"));
    await says("holds now\n", as("write", "graph", "remove", "20", "21", "--mutual"));
    await says("no edge\n", as("read", "audience", "20", "--viewer", "21"));
  });

  test("ids of any kind find their way", async () => {
    for (const id of ["a b", "..", ".", "a/b", "50%", "ü", "?x=1#y", "'\"\\", "x".repeat(128)]) {
      await says("holds now\n", as("write", "graph", "add", id, "target"));
      await says("sees\n", as("read", "audience", "target", "--viewer", id));
      await says("holds now\n", as("write", "graph", "remove", id, "target"));
    }
    const { code, out, err } = await as("read", "audience", "target");
    assert.deepEqual([code, out, err], [0, "", "kith audience: nobody watches target\n"]);
  });

  test("what is imported is exported", async () => {
    const text = Array.from({ length: 30000 }, (_, i) => `${i + 1000000} star\n`).join("");
    const input = { input: text };
    const at = ["--api", kith.api, "--key-file"];
    const told = await kithCommand(["graph", "import", "-", ...at, keyFile("write")], input);
    assert.equal(told.out, "standard input: 30000 lines, 30000 edges new\n");
    const { code, out } = await as("read", "graph", "export");
    assert.deepEqual([told.code, code], [0, 0]);
    assert.equal(out.split("\n").filter((line) => line.endsWith(" star")).length, 30000);
  });

  test("NDJSON is known by its beginning", async () => {
    const line = '{"watcher": "n d", "watched": "json"}\n';
    const words = ["graph", "import", "-", "--api", kith.api, "--key-file", keyFile("write")];
    const { out, err } = await kithCommand(words, { input: `# a comment\n${line.repeat(5000)}` });
    assert.deepEqual([out, err], ["standard input: 5001 lines, 1 edges new\n", ""]);
    await says("sees\n", as("read", "audience", "json", "--viewer", "n d"));
    await says("holds now\n", as("write", "graph", "remove", "n d", "json"));
  });

  test("an export tells what text cannot carry", async () => {
    await says("holds now\n", as("write", "graph", "add", "a b", "#c", "--mutual"));
    const { code, out, err } = await as("read", "graph", "export");
    assert.equal(code, 65);
    assert.match(err, /^kith graph: 2 edges were left out: their ids hold blanks.*; say --ndjson\n$/);
    assert.doesNotMatch(out, /^a b|#c/m);
    const whole = await as("read", "graph", "export", "--ndjson");
    assert.deepEqual([whole.code, whole.err], [0, ""]);
    assert.match(whole.out, /^\{"watcher":"a b","watched":"#c"\}$/m);
    await says("holds now\n", as("write", "graph", "remove", "a b", "#c", "--mutual"));
  });

  test("an audience of several pages is told whole", async () => {
    const { code, out } = await as("read", "audience", "star");
    assert.equal(code, 0);
    const lines = out.trimEnd().split("\n");
    assert.equal(lines.length, 30000);
    assert.equal(new Set(lines).size, 30000);
    assert.equal(lines[0], "sees          1000000");
  });

  test("a bad line is named, with what is kept", async () => {
    const text = `${"1 2\n".repeat(20005)}3\n`;
    await fails(
      65,
      /^kith graph: standard input: line 20006: only one id; .*The first 20000 lines are kept/,
      kithCommand(["graph", "import", "-", "--api", kith.api, "--key-file", keyFile("write")], {
        input: text,
      }),
    );
  });
});

test("visibility is shown as it can be said, and holds at once", async (t) => {
  const ann = await online(t, "1");
  await online(t, "2");
  await ann.sees("2");
  await says("friends\n", as("read", "visibility", "2"));
  await says("holds now\n", as("write", "visibility", "2", "only", "9", "a b", "9"));
  assert.deepEqual(events(await ann.drain()), ["friends presence_diff"]);
  await says("only 9 a b\n", as("read", "visibility", "2"));
  await says("not admitted  1\n", as("read", "audience", "2"));
  await says("holds now\n", as("write", "visibility", "2", "friends"));
});

describe("sessions", () => {
  test("who is online is told with what is shown of each session", async (t) => {
    await says("offline\n", as("read", "who", "30"));
    await online(t, "30");
    await online(t, "30");
    const { code, out } = await as("read", "who", "30");
    const [first, ...metas] = out.trimEnd().split("\n");
    assert.deepEqual([code, first, metas.length], [0, "online", 2]);
    for (const meta of metas) assert.match(JSON.parse(meta).phx_ref, /^[\w-]{16}$/);
  });

  test("a push comes to each session, as it was written", async (t) => {
    const ann = await online(t, "31");
    await says("1 session\n", as("write", "push", "31", "notice", '{"b": 1, "a": [1.50]}'));
    assert.deepEqual(await ann.drain(), [["1", null, "friends", "notice", { b: 1, a: [1.5] }]]);
    await says("0 sessions\n", as("write", "push", "nobody", "notice", "null"));
    await fails(65, /does not begin with phx_/, as("write", "push", "31", "phx_close", "{}"));
  });

  test("a disconnect ends them", async (t) => {
    const ann = await online(t, "32");
    await says("1 session\n", as("admin", "disconnect", "32"));
    await ann.closed;
    await says("offline\n", as("read", "who", "32"));
    await online(t, "32");
  });

  test("and bar the user, until it is lifted", async (t) => {
    const until = "2100-01-01T00:00:00Z";
    for (const [bar, told] of [[["--for", "1h"], /^1 session; barred until 20..-..-..T..:..:..Z\n$/],
      [["--until", until], new RegExp(`^1 session; barred until ${until}\n$`)]]) {
      await online(t, "33");
      const { code, out, err } = await as("admin", "disconnect", "33", ...bar);
      assert.equal(code, 0, err);
      assert.match(out, told);
      await refused(kith, { token: jwt("33") });
      await says("0 sessions; no longer barred\n", as("admin", "disconnect", "33", "--lift"));
    }
    await online(t, "33");
  });
});

describe("keys", () => {
  test("each role does what it may, and no more", async () => {
    const low = /^kith \w+: .*its role is read, and that takes write/;
    await fails(77, low, as("read", "graph", "add", "1", "3"));
    await fails(77, low, as("read", "push", "1", "e", "{}"));
    await fails(77, low, as("read", "visibility", "1", "nobody"));
    await fails(77, /its role is write, and that takes admin/, as("write", "disconnect", "1"));
  });

  test("without a key, or with a strange one, it says which to give", async () => {
    await fails(
      77,
      /asks for a key; say --key-file FILE, with the secret of a \[key NAME\] of its config/,
      kithCommand(["who", "1", "--api", kith.api]),
    );
    await fails(77, /does not know the key in .*strange\.key; say/, as("strange", "who", "1"));
    const import_ = ["graph", "import", "-", "--api", kith.api];
    await fails(77, /asks for a key/, kithCommand(import_, { input: "1 2\n".repeat(300000) }));
  });

  test("a variable may name the address, and then it is told", async () => {
    const env = { KITH_API: kith.api, KITH_KEY_FILE: keyFile("admin") };
    for (const words of [["graph", "add", "1", "2"], ["visibility", "1", "nobody"], ["visibility", "1", "friends"], ["who", "1"], ["audience", "2"], ["push", "1", "e", "{}"]]) {
      const { code, err } = await kithCommand(words, { env, cwd: folder });
      assert.deepEqual([code, err], [0, `kith ${words[0]}: at ${kith.api}\n`]);
    }
  });

  test("the port for clients is not taken for the API's", () =>
    fails(
      76,
      /answers 404, .*and not its port for clients\? The API's is 4001 unless said/,
      kithCommand(["who", "1", "--api", `http://${kith.host}`]),
    ));

  test("a variable may name the file", () =>
    says(
      "offline\n",
      kithCommand(["who", "nobody", "--api", kith.api], {
        env: { KITH_KEY_FILE: keyFile("read") },
      }),
    ));

  test("a file that is no key, or everybody's, is not sent", async () => {
    await fails(66, /none\.key: No such file/, as("none", "who", "1"));
    for (const text of ["", "\n", "two\nlines\n", "with blanks\n", "\u00fc\n", "x".repeat(4097)]) {
      await writeFile(keyFile("odd"), text, { mode: 0o600 });
      await fails(78, /odd\.key holds no key|more than 4098 bytes/, as("odd", "who", "1"));
    }
    await chmod(keyFile("odd"), 0o644);
    await writeFile(keyFile("odd"), "1 2\n2 1\n");
    await fails(78, /odd\.key holds no key/, as("odd", "who", "1"));
    await writeFile(keyFile("open"), secret("read"));
    await chmod(keyFile("open"), 0o644);
    await fails(78, /everybody may read .*; make it private: chmod 600/, as("open", "who", "1"));
  });
});
