// timing.mjs -- by the time of an answer, who may not be seen is not to be told from who is not
// there: at each door of a real server, by the programs of bench/denied*.c. With KITH_LONG=1.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { loadavg } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { CLASSES, meet } from "./denied.mjs";
import { KITH } from "./kith.mjs";
import { userPath } from "./rest.mjs";
import { known } from "./wire.mjs";
import { Witness } from "./witness.mjs";

const SAMPLES = process.env.KITH_SAMPLES ?? "20000";
const EACH = 16; /* their homes, and places in tables, are not those of one class */
const DELTA_MAX = 0.05;
const APART_US_MAX = 5;
const VIEWER = "viewer";

const run = promisify(execFile);

export const SKIP = process.env.KITH_LONG !== "1" && "it takes long";

/** Settings without which what is measured is a bound, or who has gone and lingers. */
export const TIMED = {
  "server.max_messages_s": 0,
  "presence.watch_budget": 0,
  "presence.grace_s": 0,
};

/** The program asks for all of {class: [what it takes]}; none is to be told from the first. */
export async function compare(program, port, words, classes) {
  const build = process.env.KITH_BUILD ?? dirname(KITH);
  const args = Object.entries(classes).map(([name, items]) => `${name}=${items}`);
  const { stdout } = await run(join(build, "bench", program), [port, SAMPLES, ...words, ...args]);
  console.log(`${program} ${words.join(" ")} (load ${loadavg()[0].toFixed(1)})\n${stdout}`);
  for (const line of stdout.trim().split("\n").slice(1)) {
    const [apart, delta] = line.trim().split(/\s+/).slice(-2).map(Number);
    assert.ok(Math.abs(delta) < DELTA_MAX, stdout);
    assert.ok(apart < APART_US_MAX, stdout);
  }
}

/* A join of one edge more takes longer, whoever it is to; and so does one of who has blocked
 * somebody, which it knows. The first of each are not there. */
const hasEdge = (name) => CLASSES[name].edges === true && name !== "former friend";
const ALIKE = [
  Object.keys(CLASSES).filter((name) => hasEdge(name) && !name.startsWith("blocked")),
  ["blocked, not here", "blocked"],
  Object.keys(CLASSES).filter((name) => !hasEdge(name)).reverse(),
];

/* Whether it has an edge a viewer knows: who has none is compared with who does not exist; and a
 * former friend is to be as one who is offline, too. One who is public is seen, or is by being asked for. */
const allBut = (names) => Object.keys(CLASSES).filter((name) => !names.includes(name));
const ASKED = [allBut(["public, not asked for", "unknown"]), ["unknown", "stranger", "no edge back", "former friend"]];

/** Tests of what one is told at `near` of those who are at `far`, which open(t) gives, and `rest`; and `ready`,
 * which is called when all are there. doors: some or "all", of which the API has one thread, that is nearer to some
 * homes where there are several. */
export function timeDoors(open, { doors = "all" } = {}) {
  const at = (door) => doors === "all" || doors.includes(door);

  /* {class: [{me, id}, ..]}: all who are denied are here. */
  async function scene(t, whose) {
    const { near, far, rest, ready } = await open(t);
    const all = {};
    for (let k = 0; k < EACH; k++)
      for (const [name, it] of Object.entries(CLASSES)) {
        const people = await meet(rest, it, whose);
        (all[name] ??= []).push(people);
        if (!it.here) continue;
        const wire = await Witness.open(far, { user: people.id, session: it.query?.session });
        t.after(() => wire.cut());
        await wire.join("friends", { status: "here", text: "x".repeat(200) });
        await rest.put(userPath(people.id, "visibility"), { last_seen: "exact" });
        await known(near, people.id, ({ metas, hidden }) => metas.length + hidden.length === 1);
      }
    await ready?.();
    return { near, all };
  }

  const pick = (all, names, what) => Object.fromEntries(names.map((name) => [name, all[name].map(what)]));
  const portOf = (kith) => kith.host.split(":").pop();

  function joins(door, what, [program, ...words], whose) {
    if (!at(door)) return;
    test(what, { skip: SKIP }, async (t) => {
      const { near, all } = await scene(t, whose);
      for (const names of ALIKE)
        await compare(program, portOf(near), words, pick(all, names, (it) => it.me));
    });
  }
  joins("join", "a join takes as long, whoever the viewer's friends are", ["denied_wire", "friends"]);
  joins("other joins", "and so it does where it watches nobody else", ["denied_wire", "friends"], { alone: true });
  joins("other joins", "and so does a join of its own topic", ["denied_wire", "user"]);
  joins("long-poll", "and by long-polls", ["denied_poll"]);

  for (const door of ["watch", "last_seen", "door", "presence"].filter(at))
    test(`at ${door} an answer takes as long, whoever is asked for`, { skip: SKIP }, async (t) => {
      const { near, all } = await scene(t, { viewer: VIEWER });
      for (const names of ASKED)
        await compare("denied_wire", portOf(near), [door, VIEWER], pick(all, names, (it) => it.id));
    });

  if (!at("API")) return;
  for (const [what, request] of [
    ["one", `GET /v1/users/@/presence?as=${VIEWER}`],
    ["many", `POST /v1/presence/query {"ids":["@"],"as":"${VIEWER}"}`],
  ])
    test(`the API answers as soon about ${what}, as a viewer`, { skip: SKIP }, async (t) => {
      const { near, all } = await scene(t, { viewer: VIEWER });
      const { port } = new URL(near.api);
      for (const names of ASKED)
        await compare("denied", port, ["", request], pick(all, names, (it) => it.id));
    });
}
