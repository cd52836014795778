// killed.test.mjs -- the back end is killed, the server is killed, both are stopped: what the back end
// hears is the log, whole, in its order, and in the end the truth.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ownKith } from "../lib/kith.mjs";
import { NODE, PYTHON, Sample, logged } from "../lib/receiver.mjs";
import { Rest } from "../lib/rest.mjs";
import { Wire, eventually, sleep } from "../lib/wire.mjs";

const ROUNDS = process.env.KITH_LONG === "1" ? 20 : 3;
const QUICK = { "presence.grace_s": 0.3, "presence.restart_grace_s": 1 };
const USERS = 12;

/** People who come, change and go until they are stopped, or their server is gone. */
class Crowd {
  wires = new Map();
  #going = true;
  #all = [];

  constructor(kith) {
    for (let i = 0; i < USERS; i++) this.#all.push(this.#live(kith, `u${i}`, i));
  }

  async #live(kith, user, i) {
    for (let n = i; this.#going; n++) {
      try {
        const wire = await Wire.open(kith, { user, device: "d" });
        this.wires.set(user, wire);
        await wire.join("friends", { status: `s${n}` });
        await wire.push("friends", "status", { status: `t${n}` });
        await sleep(20 * (1 + (n % 7)));
        if (n % 3) await wire.leave("friends");
        if (this.#going) wire.cut();
        if (this.#going) this.wires.delete(user);
        await sleep(10 * (n % 5));
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        await sleep(50); /* the server is gone, or not yet back */
      }
    }
  }

  async stop() {
    this.#going = false;
    await Promise.all(this.#all);
  }

  cut() {
    for (const wire of this.wires.values()) wire.cut();
    this.wires.clear();
  }
}

const ALL = Array.from({ length: USERS }, (_, i) => `u${i}`);

/** What the back end has heard is all of the log, and tells of all users what holds. */
async function assertTruth(kith, back) {
  const rest = new Rest(kith);
  const caught = async () => {
    const { presence } = await rest.post("/v1/presence/query", { ids: ALL });
    const log = await logged(rest);
    return (
      back.events.length === log.length &&
      ALL.every((user) => Boolean(back.online.get(user)) === user in presence)
    );
  };
  await eventually(caught, "that the back end knows who is online");
  back.assertWhole(await logged(rest));
  assertAlternates(back);
}

/* Nobody comes twice, or goes twice. */
function assertAlternates(back) {
  for (const user of ALL) {
    let online = false;
    for (const event of back.of(user)) {
      if (event === "status") assert.ok(online, `${user}: a status while offline`);
      else assert.equal(event === "online", !online, `${user}: ${back.of(user)}`);
      online = event !== "offline";
    }
  }
}

test("a back end that is killed and comes again has missed nothing", async (t) => {
  const back = await Sample.begin(t, PYTHON);
  const kith = await ownKith(t, { settings: back.settings(QUICK) });
  const crowd = new Crowd(kith);
  for (let round = 0; round < ROUNDS; round++) {
    await sleep(300);
    await back.kill();
    await sleep(300);
    await back.start();
  }
  await crowd.stop();
  await assertTruth(kith, back);
  crowd.cut();
  await assertTruth(kith, back);
});

test(`a server that is killed ${ROUNDS} times has told all that it had written, and in the end the truth`, async (t) => {
  const back = await Sample.begin(t, NODE);
  const kith = await ownKith(t, { settings: back.settings(QUICK) });
  const crowd = new Crowd(kith);
  for (let round = 0; round < ROUNDS; round++) {
    await sleep(400 + 37 * round);
    await kith.kill();
    await kith.launch();
  }
  await sleep(300);
  await crowd.stop();
  await assertTruth(kith, back);
  crowd.cut();
  await assertTruth(kith, back);
});

test("over a clean restart nobody has gone who is back, and who is not has", async (t) => {
  const back = await Sample.begin(t, NODE);
  const kith = await ownKith(t, { settings: back.settings(QUICK) });
  for (const user of ["u0", "u1"]) {
    const wire = await Wire.open(kith, { user, device: "d" });
    await wire.join("friends");
  }
  await back.hears(2);
  await kith.stop();
  await kith.launch();
  const wire = await Wire.open(kith, { user: "u0", device: "d" });
  await wire.join("friends");
  await back.hears(3);
  assert.deepEqual(back.of("u0"), ["online"]);
  assert.deepEqual(back.of("u1"), ["online", "offline"]);
  await assertTruth(kith, back);
  wire.cut();
});

test("both are away, and what was before is told after", async (t) => {
  const back = await Sample.begin(t, PYTHON);
  const kith = await ownKith(t, { settings: back.settings(QUICK) });
  await back.kill();
  const wire = await Wire.open(kith, { user: "u0" });
  await wire.join("friends");
  await eventually(async () => (await logged(new Rest(kith))).length === 1, "that it is in the log");
  await kith.kill();
  await back.start();
  await kith.launch();
  await eventually(() => back.of("u0").length === 2, "that u0 has come and gone");
  assert.deepEqual(back.of("u0"), ["online", "offline"]);
  assert.deepEqual(Object.keys(back.events[1].old), ["phx_ref"]);
  await assertTruth(kith, back);
});

test("what is taken off the log before the back end has had it is counted, and said", async (t) => {
  const back = await Sample.begin(t, NODE);
  const kith = await ownKith(t, { settings: back.settings({ ...QUICK, "hooks.keep_events": 1000 }) });
  await back.kill();
  const wire = await Wire.open(kith, { user: "u0" });
  await wire.join("friends");
  const statuses = Array.from({ length: 1200 }, (_, i) => ({ status: `s${i}` }));
  await wire.pushAll("friends", "status", statuses);
  await eventually(async () => (await logged(new Rest(kith))).length === 1201, "that all are in the log");
  await kith.stop();
  await kith.launch(); /* it looks for what is too old when it begins */
  await eventually(async () => (await logged(new Rest(kith))).length <= 1001, "that the oldest are gone");
  await back.start();
  await eventually(() => back.events.length >= 1000, "the rest");
  assert.match(kith.errors, /events were taken off the log, as it is bounded/);
  wire.cut();
});
