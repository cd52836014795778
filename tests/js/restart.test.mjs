// restart.test.mjs -- the server goes and comes, and friends keep each other, whichever phoenix
// their clients run on.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { circlesGraph } from "../lib/circles.mjs";
import { Kith, ownKith } from "../lib/kith.mjs";
import { PHOENIXES, client, moduleOn } from "../lib/module.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

const RESTART_GRACE_S = 15; /* a first retry within 2 s, a second within 4 s, on a busy machine */

describe("a restart of the server", { concurrency: true }, async () => {
  const modules = await Promise.all(PHOENIXES.map(moduleOn));
  const people = ["ann0", "ben0", "cleo0"];

  test("is no news: no friend is seen to leave, come or change", async (t) => {
    const settings = { "presence.restart_grace_s": RESTART_GRACE_S };
    const server = await ownKith(t, { graph: circlesGraph(1), settings });
    const all = people.map((userId, i) =>
      client(t, modules[i], server, { userId, status: `here: ${userId}` }),
    );
    await Promise.all(all.map(({ kith }) => kith.online()));
    await eventually(() => all.every(({ friends }) => friends.size === 2), "all");
    const heard = all.map(({ news }) => [...news]);

    await server.stop();
    await eventually(() => all.every(({ kith }) => kith.state === "reconnecting"), "the loss");
    for (const { friends, errors } of all) {
      assert.equal(friends.size, 2);
      assert.equal(errors[0].closeCode, 1012);
      assert.match(errors[0].message, /restarts; this client comes back by itself/);
    }
    await server.launch();
    await Promise.all(all.map(({ kith }) => kith.online()));
    await sleep(RESTART_GRACE_S * 1000);
    assert.deepEqual(
      all.map(({ news }) => news),
      heard,
    );
    for (const { states } of all) {
      assert.equal(states.at(-1), "online");
      assert.equal(states.filter((state) => state === "online").length, 2);
    }
  });

  for (const [i, version] of PHOENIXES.entries())
    test(`phoenix 1.${version[1]} waits for a server that is not there yet`, async (t) => {
      const server = await ownKith(t, { graph: circlesGraph(1) });
      await server.stop();
      const ann = client(t, modules[i], server, { userId: "ann0" });
      assert.equal(ann.kith.state, "connecting");
      const retries = [];
      ann.kith.on("state", ({ retryInMs }) => retries.push(retryInMs));
      await eventually(() => ann.states.length >= 2, "two tries");
      for (const ms of retries.slice(0, 2)) assert.ok(ms >= 500 && ms <= 4000, `${ms}`);
      assert.ok(
        ann.states.every((state) => state === "reconnecting"),
        `${ann.states}`,
      );
      assert.match(ann.errors[0].message, /could not be reached, or refused/);
      assert.match(ann.errors[0].message, /without \/websocket/); /* which the ready line has */
      await server.launch();
      await ann.kith.online();
      assert.equal(ann.states.at(-1), "online");
    });
});

test("a client that is closed before it was ever online tries no more", async (t) => {
  const { connect, KithClosedError } = await moduleOn("18");
  const server = new Kith();
  server.host = "127.0.0.1:1"; /* nobody listens there */
  const ann = client(t, { connect }, server, { userId: "ann0" });
  const online = ann.kith.online();
  await eventually(() => ann.states.length > 0, "a failure");
  ann.kith.close();
  await assert.rejects(online, KithClosedError);
  const tries = ann.sockets.length;
  await sleep(2500);
  assert.equal(ann.sockets.length, tries);
  assert.equal(ann.states.at(-1), "closed");
});
