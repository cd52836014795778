// top.test.mjs -- `kith top` at servers of the tests' own, which tell what they are made to: as text,
// and on a terminal, which is afterwards as it was.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ownKith } from "../lib/kith.mjs";
import { Screen } from "../lib/screen.mjs";
import { kithCommand } from "../lib/terminal.mjs";
import { jwt } from "../lib/token.mjs";
import { Wire } from "../lib/wire.mjs";

const CLUSTER = 'kith_cluster_node{cluster="people",node="n1",state="up"} 1\n';
const peer = (node, state, silent = 0.5, relayed = "no") =>
  `kith_cluster_peer_silent_seconds{node="${node}",state="${state}",relayed="${relayed}"} ${silent}\n`;

const textOf = (figures) =>
  Object.entries(figures).map(([name, value]) => `${name} ${value}\n`).join("");

/** A server whose answer to each question is what `metrics(n)` says; {url, asked, stop()}. */
async function node(t, metrics) {
  const here = { asked: 0, headers: [] };
  const server = createServer((request, response) => {
    assert.equal(request.url, "/metrics");
    here.headers.push(request.headers);
    const said = metrics(++here.asked);
    if (said === undefined) return; /* it hangs */
    response.statusCode = said.status ?? 200;
    response.end(said.text ?? said);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  here.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  t.after(here.stop);
  here.port = server.address().port;
  here.url = `http://127.0.0.1:${here.port}`;
  return here;
}

/** What follows a name, in words. */
const row = (lines, name) => lines.find((line) => line.startsWith(`${name} `))?.trim().split(/ +/);
const rows = (lines, name) =>
  lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.trim().split(/ +/));

const once1 = (...words) => kithCommand(["top", "--once", "-i", "0.1", ...words]);

function screen(t, words, options) {
  const s = new Screen(["top", "-i", "0.1", ...words], options);
  t.after(() => s.cut());
  return s;
}

describe("kith top --once", () => {
  test("tells of a real server what it does for its clients", async (t) => {
    const kith = await ownKith(t, {
      tokens: true,
      graph: "1 2\n2 1\n",
      settings: { "server.workers": 1 }, /* what others count is up to a second old */
    });
    for (const user of ["1", "2"]) {
      const wire = await Wire.open(kith, { token: jwt(user) });
      t.after(() => wire.cut());
      await wire.join("friends");
    }
    const { code, out, err } = await once1(kith.api);
    assert.deepEqual([code, err], [0, ""]);
    const lines = out.split("\n");
    assert.match(lines[0], /^kith top  1 of 1 node answers  every 0.1 s$/);
    const titles = row(lines, "NODE");
    assert.deepEqual(titles.slice(0, 6), ["NODE", "STATE", "CONNS", "USERS", "JOINS/S", "FLIPS/S"]);
    const values = Object.fromEntries(row(lines, kith.api.slice(0, 22)).map((v, i) => [titles[i], v]));
    assert.equal(values.STATE, "up");
    assert.ok(Number(values.CONNS) >= 2, out);
    assert.equal(values.USERS, "2");
    assert.equal(values.STORE, "up");
    assert.match(values.MEMORY, /^[0-9.]+M$/);
    assert.doesNotMatch(out, /\x1b|CLUSTER|sees/);
  });

  test("rates are what was more at the second look, by the time between", async (t) => {
    const one = await node(t, (n) => textOf({ kith_connections: 7, kith_joins_total: 1000 * n }));
    const before = Date.now();
    const { out } = await once1(one.url);
    const [, , conns, , joins] = rows(out.split("\n"), one.url.slice(0, 22))[0];
    assert.equal(conns, "7");
    const rate = Number(joins.replace("k", "")) * (joins.endsWith("k") ? 1000 : 1);
    assert.ok(rate >= 1e6 / (Date.now() - before) && rate <= 20000, joins);
    assert.equal(one.asked, 2);
  });

  test("a server that has begun anew has no rate, and one that tells less has gaps", async (t) => {
    const one = await node(t, (n) => textOf({ kith_connections: 1, kith_joins_total: 100 / n }));
    const { code, out } = await once1(one.url);
    const [, state, conns, users, joins, , , , memory, store] = row(out.split("\n"), one.url.slice(0, 22));
    assert.deepEqual([code, state, conns, users, joins, memory, store], [0, "up", "1", "-", "-", "-", "-"]);
  });

  test("several nodes have a line each, and one for all", async (t) => {
    const nodes = await Promise.all(
      ["n1", "n2"].map((name) =>
        node(t, (n) => textOf({ kith_connections: 6000, kith_users: 4, kith_deliveries_total: n }) +
          CLUSTER.replace("n1", name) + peer(name === "n1" ? "n2" : "n1", "up")),
      ),
    );
    const { code, out } = await once1(...nodes.map(({ url }) => url));
    const lines = out.split("\n");
    assert.equal(code, 0);
    assert.match(lines[0], /cluster people  2 of 2 nodes answer/);
    assert.deepEqual(row(lines, "all").slice(1, 3), ["12.0k", "8"]);
    assert.deepEqual(rows(lines, "n1").map((words) => words[1]), ["up", "up", "sees"]);
    assert.match(out, /^n1 +sees  n2 up 0\.5s$/m);
    assert.match(out, /^n2 +sees  n1 up 0\.5s$/m);
  });

  test("what is wrong stands at the top", async (t) => {
    const one = await node(t, () =>
      textOf({
        kith_connections: 1,
        kith_ready: 1,
        kith_store_up: 0,
        kith_store_lost_seconds: 12.5,
        kith_source_up: 0,
        kith_source_lost_seconds: 7,
        kith_cluster_stale_seconds: 4.2,
        kith_cluster_digest_mismatches_total: 3,
      }) + CLUSTER.replace('"up"', '"isolated"') + peer("n3", "up") + peer("n2", "down", 600));
    const { code, out } = await once1(one.url);
    assert.equal(code, 0);
    assert.deepEqual(out.split("\n").slice(1, 7), [
      "n1: its database is lost, for 12 s",
      "n1: the source of friends is lost, for 7 s",
      "n1: cut off from the others, for 4 s",
      "n1: 3 digest mismatches, which must be 0: worth a report",
      "n1: takes n2 for dead, silent for 600 s",
      "",
    ]);
    assert.match(out, /^n1 +sees  n2 down 10m, n3 up 0\.5s$/m);
    assert.match(out, /^n1 +isolated +1 .* lost /m);
  });

  test("a source of friends that does not tell of changes is told", async (t) => {
    const one = await node(t, () =>
      textOf({ kith_connections: 1, kith_source_up: 1, kith_source_listening: 0 }));
    const { out } = await once1(one.url);
    assert.equal(out.split("\n")[1], `${one.url}: NOTIFY of the tables of friends is not heard`);
  });

  test("a source of friends that refuses what it is asked is told while it does", async (t) => {
    const count = (failures) =>
      textOf({ kith_connections: 1, kith_source_up: 1, kith_source_failures_total: failures });
    const [now, once] = await Promise.all([node(t, count), node(t, () => count(7))]);
    const { out } = await once1(now.url, once.url);
    assert.deepEqual(out.split("\n").slice(1, 3), [
      `${now.url}: the source of friends refuses what it is asked: see its log`,
      "",
    ]);
  });

  test("a node of another cluster is told", async (t) => {
    const one = await node(t, () => textOf({ kith_connections: 1 }) + CLUSTER);
    const other = await node(t, () =>
      textOf({ kith_connections: 1 }) + CLUSTER.replace("people", "poeple").replace("n1", "n2"));
    const { out } = await once1(one.url, other.url);
    assert.deepEqual(out.split("\n").slice(1, 3), ["n2: of another cluster, poeple", ""]);
  });

  test("frames made with another secret are told while there are more", async (t) => {
    for (const [grows, want] of [[1, "n1: hears frames made with another secret: compare secret_file"], [0, ""]]) {
      const one = await node(t, (n) =>
        textOf({ kith_connections: 1, kith_cluster_frames_forged_total: 7 + grows * n }) + CLUSTER);
      const { out } = await once1(one.url);
      assert.equal(out.split("\n")[1], want);
    }
  });

  test("states are those that nodes tell, and leaving where clients are taken no more", async (t) => {
    for (const [ready, state, want] of [
      [1, "joining", "joining"],
      [0, "up", "leaving"],
      [0, "leaving", "leaving"],
      [1, "up", "up"],
    ]) {
      const one = await node(t, () =>
        textOf({ kith_connections: 1, kith_ready: ready }) + CLUSTER.replace('"up"', `"${state}"`));
      const { out } = await once1(one.url);
      assert.equal(row(out.split("\n"), "n1")[1], want);
    }
    const alone = await node(t, () => textOf({ kith_connections: 1, kith_ready: 0 }));
    assert.match((await once1(alone.url)).out, / leaving +1 /);
  });

  test("whoever does not answer is told, and the exit code is 69", async (t) => {
    const one = await node(t, () => textOf({ kith_connections: 1 }));
    const page = await node(t, () => "<html>It works!</html>");
    const locked = await node(t, () => ({ status: 401, text: "" }));
    const barred = await node(t, () => ({ status: 403, text: "" }));
    const odd = await node(t, () => ({ status: 302, text: "" }));
    const huge = await node(t, () => "x".repeat(1100000));
    const hangs = await node(t, () => undefined);
    const all = [one, page, locked, barred, odd, huge, hangs].map(({ url }) => url);
    const { code, out, err } = await once1(...all, "http://127.0.0.1:9", "http://no.invalid");
    assert.equal(code, 69);
    assert.equal(err, "kith top: 8 of 9 nodes do not answer\n");
    for (const [who, why] of [
      [page.url, "what it says is not of a kith"],
      [locked.url, "it asks for a key, or for another one: --key-file FILE"],
      [barred.url, "it is not to be called by this name: see server.api_hosts"],
      [odd.url, "it answers 302: is that the API of a kith?"],
      [huge.url, "the answer has more than 1048576 bytes"],
      [hangs.url, "no answer in time"],
      ["http://127.0.0.1:9", "nobody listens there"],
      ["http://no.invalid", "no host of that name is known"],
    ])
      assert.ok(new RegExp(`^${who}: no answer, for \\d+ s: ${why.replace(/[?().]/g, ".")}`, "m").test(out), `${who}\n${out}`);
    assert.match(out.split("\n")[0], /1 of 9 nodes answer/);
  });

  test("a terminal obeys nothing of what a server says", async (t) => {
    const evil = "a\x1b[2J\x07\x9b1m\u00e9";
    const one = await node(t, () =>
      textOf({ kith_connections: 1 }) +
      `kith_cluster_node{cluster="${evil}",node="${evil}",state="\x1b]0;x\x07"} 1\n` +
      peer(evil, evil) + `kith_users{node="${evil}"} 5\nkith_users 1e999\nkith_users nan\n`);
    const { code, out } = await once1(one.url);
    assert.equal(code, 0);
    assert.doesNotMatch(out, /[^\n -~]/);
    assert.match(out, /cluster a\?\[2J/);
  });

  test("a key is sent where one is named, and nothing of the environment's proxies", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "kith-top-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "read.key");
    await writeFile(file, "0123456789abcdef0123456789abcdef\n", { mode: 0o600 });
    const one = await node(t, () => textOf({ kith_connections: 1 }));
    const env = { http_proxy: "http://127.0.0.1:9", KITH_API: `${one.url}//`, KITH_KEY_FILE: file };
    const { code } = await kithCommand(["top", "--once", "-i", "0.1"], { env });
    assert.equal(code, 0);
    assert.equal(one.headers[0].authorization, "Bearer 0123456789abcdef0123456789abcdef");
    const none = await kithCommand(["top", "--key-file", join(folder, "none"), one.url]);
    assert.equal(none.code, 66);
    assert.match(none.err, /none: No such file/);
  });

  test("where the output is no terminal it is as if it were said", async (t) => {
    const one = await node(t, () => textOf({ kith_connections: 1 }));
    const { code, out } = await kithCommand(["top", "-i", "0.1", one.url]);
    assert.equal(code, 0);
    assert.doesNotMatch(out, /\x1b|q: quit/);
  });
});

describe("kith top on a terminal", () => {
  const figures = (n) => textOf({ kith_connections: n, kith_gaps: 0 }) + CLUSTER + peer("n2", "up");

  test("shows what there is anew in each interval, until q", async (t) => {
    const one = await node(t, figures);
    const s = screen(t, [one.url]);
    await s.shows(/^kith top .* q: quit$/m);
    await s.until(() => s.pages > 5, "pages");
    await s.shows(/^n1 +up +([5-9]|\d\d) /m);
    s.keys("xq");
    assert.deepEqual(await s.end(), { code: 0, restored: true });
    assert.ok(s.out.startsWith("\x1b[?1049h\x1b[?25l"), "the other screen");
    assert.ok(s.out.endsWith("\x1b[0m\x1b[?25h\x1b[?1049l"), "and back, with the cursor");
  });

  for (const [name, how] of Object.entries({
    "Ctrl-C": (s) => s.keys("\x03"),
    SIGTERM: (s) => s.signal(15),
    SIGHUP: (s) => s.signal(1),
    "Ctrl-\\": (s) => s.keys("\x1c"),
  }))
    test(`${name} ends it, and the terminal is as it was`, async (t) => {
      const one = await node(t, figures);
      const s = screen(t, [one.url]);
      await s.shows(/^n1 /m);
      how(s);
      assert.deepEqual(await s.end(), { code: 0, restored: true });
      assert.ok(s.out.endsWith("\x1b[?25h\x1b[?1049l"));
    });

  test("Ctrl-Z gives the terminal back until it goes on", async (t) => {
    const one = await node(t, figures);
    const s = screen(t, [one.url]);
    await s.shows(/^n1 /m);
    s.keys("\x1a");
    await s.until(() => s.out.endsWith("\x1b[?1049l"), "the first screen");
    s.signal(18);
    await s.until(() => s.out.lastIndexOf("\x1b[?1049h") > s.out.lastIndexOf("\x1b[?1049l"), "the other");
    const pages = s.pages;
    await s.until(() => s.pages > pages + 1, "pages");
    s.keys("q");
    assert.deepEqual(await s.end(), { code: 0, restored: true });
  });

  test("follows the window's size: columns and lines that do not fit are left out", async (t) => {
    const one = await node(t, figures);
    const s = screen(t, ["-i", "60", one.url], { lines: 24, columns: 200 });
    await s.shows(/DROPPED/);
    s.size(24, 60);
    await s.until(() => s.page.every((line) => line.length <= 60), "narrow lines");
    assert.match(s.page.join("\n"), /NODE .*FLIPS\/S/);
    assert.doesNotMatch(s.page.join("\n"), /DROPPED/);
    s.size(5, 60);
    await s.until(() => s.page.length === 5, "five lines");
    assert.equal(s.page[4], "more: make the window taller");
    s.size(1, 3);
    await s.until(() => s.page.length === 1 && s.page[0].length <= 3, "next to nothing");
    s.size(40, 150);
    await s.shows(/n1 +sees  n2 up/);
    s.keys("q");
    assert.equal((await s.end()).code, 0);
  });

  test("a node that goes away is told at once, and is there again when it is", async (t) => {
    let there = true;
    const one = await node(t, (n) => (there ? figures(n) : { status: 500, text: "" }));
    const two = await node(t, (n) => figures(n).replaceAll("n1", "n9"));
    const s = screen(t, [one.url, two.url], { columns: 120 });
    await s.shows(/2 of 2 nodes answer/);
    there = false;
    await s.shows(/1 of 2 nodes answer/);
    await s.shows(new RegExp(`^${one.url}: no answer, for \\d+ s: it answers 500`, "m"));
    await s.shows(/^n1 +silent +- /m);
    await s.shows(/^n9 +up +\d+ /m);
    there = true;
    await s.shows(/2 of 2 nodes answer/);
    s.keys("q");
    assert.equal((await s.end()).code, 0);
  });

  test("one that hangs keeps nobody waiting", async (t) => {
    const hangs = await node(t, () => undefined);
    const one = await node(t, figures);
    const s = screen(t, [hangs.url, one.url], { columns: 120 });
    await s.shows(/^n1 +up/m);
    const pages = s.pages;
    await s.until(() => s.pages > pages + 5, "pages");
    await s.shows(/no answer in time/);
    s.keys("q");
    assert.equal((await s.end()).code, 0);
  });

  test("what may not be is red, and what grows yellow; with NO_COLOR nothing is", async (t) => {
    const told = (n) =>
      textOf({
        kith_connections: 1,
        kith_cluster_gaps_total: n,
        kith_cluster_digest_mismatches_total: 4,
      }) + CLUSTER;
    const one = await node(t, told);
    const s = screen(t, [one.url], { columns: 150 });
    await s.until(() => /\x1b\[33m\d+\x1b\[0m/.test(s.out), "yellow gaps");
    assert.ok(s.out.includes("\x1b[1;31m4\x1b[0m"), "red mismatches");
    s.keys("q");
    await s.end();
    const plain = screen(t, [one.url], { columns: 150, env: { NO_COLOR: "1" } });
    await plain.until(() => plain.pages > 3, "pages");
    plain.keys("q");
    await plain.end();
    assert.doesNotMatch(plain.out, /\x1b\[[0-9;]+m(?!\x1b\[(J|\?25h))/);
  });

  test("a terminal that knows no sequences is told none", async (t) => {
    const one = await node(t, figures);
    const s = screen(t, [one.url], { env: { TEST_TERM: "dumb" } });
    assert.equal((await s.end()).code, 0);
    assert.match(s.out, /^kith top /);
    assert.doesNotMatch(s.out, /\x1b/);
  });
});
