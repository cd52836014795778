// timing.test.mjs -- by the time of an answer over a WebSocket, who may not be seen is not to be told
// from who is not there. With KITH_LONG=1.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { CLASSES, meet } from "../lib/denied.mjs";
import { KITH, ownKith } from "../lib/kith.mjs";
import { Rest } from "../lib/rest.mjs";
import { Witness } from "../lib/witness.mjs";

const SKIP = process.env.KITH_LONG !== "1" && "it takes long";
const SAMPLES = Number(process.env.KITH_SAMPLES ?? 20000);
const EACH = 16; /* their homes, and places in tables, are not those of one class */
const DELTA_MAX = 0.05;
const APART_US_MAX = 5;

const run = promisify(execFile);
const program = join(process.env.KITH_BUILD ?? dirname(KITH), "bench/denied_wire");

for (const workers of [1, 2])
  describe(`${workers} workers`, () => {
    /* All who are denied are here; {class: [{me, id}, ..]}. */
    async function scene(t, whose) {
      const settings = {
        "server.workers": workers,
        "presence.watch_budget": 0,
        "presence.grace_s": 0,
      };
      const kith = await ownKith(t, { settings });
      const rest = new Rest(kith);
      const all = {};
      for (let k = 0; k < EACH; k++)
        for (const [name, it] of Object.entries(CLASSES)) {
          const people = await meet(rest, it, whose);
          (all[name] ??= []).push(people);
          if (!it.here) continue;
          const wire = await Witness.open(kith, { user: people.id, session: it.query?.session });
          t.after(() => wire.cut());
          await wire.join("friends", { status: "here", text: "x".repeat(200) });
        }
      return { kith, all };
    }

    async function compare(kith, words, all, what) {
      const classes = Object.entries(all).map(([name, people]) => `${name}=${people.map(what)}`);
      const port = kith.host.split(":").pop();
      const { stdout } = await run(program, [port, `${SAMPLES}`, ...words, ...classes]);
      console.log(stdout);
      for (const line of stdout.trim().split("\n").slice(1)) {
        const [apart, delta] = line.trim().split(/\s+/).slice(-2).map(Number);
        assert.ok(Math.abs(delta) < DELTA_MAX && apart < APART_US_MAX, stdout);
      }
    }

    /* A join of one edge more takes longer, whoever it is to: who has an edge is compared with one
     * who is offline, who has none with one who does not exist. */
    async function compareJoins(t, whose) {
      const { kith, all } = await scene(t, whose);
      const names = Object.keys(CLASSES).reverse(); /* the unknown, too, is the first of its kind */
      const hasEdge = (name) => CLASSES[name].edges === true && name !== "former friend";
      const of = (some) => Object.fromEntries(some.map((name) => [name, all[name]]));
      const edges = Object.keys(CLASSES).filter(hasEdge);
      await compare(kith, ["join"], of(edges), (it) => it.me);
      await compare(kith, ["join"], of(names.filter((name) => !hasEdge(name))), (it) => it.me);
    }

    test("a join takes as long, whoever the viewer's friends are", { skip: SKIP }, (t) =>
      compareJoins(t),
    );

    test("and so does a join of who watches nobody else", { skip: SKIP }, (t) =>
      compareJoins(t, { alone: true }),
    );

    test("and so does a watch, whoever is asked for", { skip: SKIP }, async (t) => {
      const { kith, all } = await scene(t, { viewer: "viewer" });
      delete all["public, not asked for"]; /* for it is then */
      await compare(kith, ["watch", "viewer"], all, (it) => it.id);
    });
  });
