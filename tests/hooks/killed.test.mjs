// killed.test.mjs -- the back end is killed, the server is killed, both are stopped: what the back end
// hears is the log, whole, in its order, and in the end the truth.
import assert from "node:assert/strict";
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Crowd } from "../lib/crowd.mjs";
import { ownKith } from "../lib/kith.mjs";
import { NODE, PYTHON, Sample, logged } from "../lib/receiver.mjs";
import { Rest } from "../lib/rest.mjs";
import { Wire, eventually, sleep } from "../lib/wire.mjs";

const ROUNDS = process.env.KITH_LONG === "1" ? 20 : 3;
const QUICK = { "presence.grace_s": 0.3, "presence.restart_grace_s": 1 };
test("a back end that is killed and comes again has missed nothing", async (t) => {
  const back = await Sample.begin(t, PYTHON);
  const kith = await ownKith(t, { settings: back.settings(QUICK) });
  const rest = new Rest(kith);
  const crowd = new Crowd([kith]);
  for (let round = 0; round < ROUNDS; round++) {
    await sleep(300);
    await back.kill();
    await sleep(300);
    await back.start();
  }
  await crowd.stop();
  await crowd.assertTruth(rest, back);
  crowd.cut();
  await crowd.assertTruth(rest, back);
});

test(`a server that is killed ${ROUNDS} times has told all that it had written, and in the end the truth`, async (t) => {
  const back = await Sample.begin(t, NODE);
  const kith = await ownKith(t, { settings: back.settings(QUICK) });
  const rest = new Rest(kith);
  const crowd = new Crowd([kith]);
  for (let round = 0; round < ROUNDS; round++) {
    await sleep(400 + 37 * round);
    await kith.kill();
    await kith.launch();
  }
  await sleep(300);
  await crowd.stop();
  await crowd.assertTruth(rest, back);
  crowd.cut();
  await crowd.assertTruth(rest, back);
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
  back.assertWhole(await logged(new Rest(kith)));
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
  back.assertWhole(await logged(new Rest(kith)));
});

for (const [name, command] of Object.entries({ Python: PYTHON, Node: NODE }))
  test(`what happens after a copy is restored the sample in ${name} hears, and who reads the log is told of it`, async (t) => {
    const back = await Sample.begin(t, command);
    const kith = await ownKith(t, { settings: back.settings(QUICK) });
    const rest = new Rest(kith);
    const comes = async (user) => {
      const wire = await Wire.open(kith, { user });
      await wire.join("friends");
      await eventually(() => back.of(user).includes("online"), `that ${user} is heard of`);
      wire.cut();
      await eventually(() => back.of(user).at(-1) === "offline", `that ${user} has gone`);
    };
    await comes("ann");
    await kith.stop();
    const file = join(kith.data, "kith.db");
    const copy = join(kith.folder, "copy.db");
    await copyFile(file, copy);
    await kith.launch();
    for (const user of ["bob", "eve"]) await comes(user);
    const { id } = back.events.at(-1); /* of the log that is no more */
    await kith.kill();
    for (const end of ["-wal", "-shm"]) await rm(`${file}${end}`, { force: true });
    await copyFile(copy, file);
    await sleep(2000); /* ids go by the second of a start */
    await kith.launch();
    const behind = async () => (await rest.ask("GET", `/v1/events?after=${id}`)).status;
    assert.equal(await behind(), 410);
    await comes("dan");
    assert.equal(await behind(), 410);
    assert.deepEqual((await logged(rest)).map(({ user }) => user), ["ann", "ann", "dan", "dan"]);
  });

test("what is taken off the log before the back end has had it is counted, and said", async (t) => {
  const back = await Sample.begin(t, NODE);
  const kith = await ownKith(t, { settings: back.settings({ ...QUICK, "hooks.keep_events": 1000 }) });
  await back.kill();
  const wire = await Wire.open(kith, { user: "u0" });
  await wire.join("friends");
  for (let all = 1; all < 1201; ) {
    const statuses = Array.from({ length: 400 }, (_, i) => ({ status: `s${all + i}` }));
    await wire.pushAll("friends", "status", statuses); /* of more that wait, each session's newest stays */
    all += statuses.length;
    await eventually(async () => (await logged(new Rest(kith))).length === all, "that all are in the log");
  }
  await kith.stop();
  await kith.launch(); /* it looks for what is too old when it begins */
  await eventually(async () => (await logged(new Rest(kith))).length <= 1001, "that the oldest are gone");
  await back.start();
  await eventually(() => back.events.length >= 1000, "the rest");
  assert.match(kith.errors, /events were taken off the log, as it is bounded/);
  wire.cut();
});
