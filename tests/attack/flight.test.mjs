// flight.test.mjs -- sight is taken away while the one who is seen changes its status without a
// pause: once that is acknowledged, the answer to a watcher's heartbeat comes after the leaves, and
// nothing about the other comes after it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meet } from "../lib/denied.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { Rest, pairPath, userPath } from "../lib/rest.mjs";
import { Witness } from "../lib/witness.mjs";

const ROUNDS = process.env.KITH_LONG === "1" ? 200 : 12;
const ROUNDS_DEAR = 4; /* a socket has ten of such pushes at once */
const PAIRS = 4; /* at once; their homes and their sockets are on either worker */
const FLAPS_AT_ONCE = 3;

const seen = (to) => (rest, { id }) => rest.put(userPath(id, "visibility"), to);

/* How sight is taken away, and given back. */
const WAYS = {
  "no friends any more": {
    lose: (rest, { me, id }) => rest.delete(pairPath(me, "friends", id)),
    regain: (rest, { me, id }) => rest.put(pairPath(me, "friends", id)),
  },
  "a watch taken away": {
    lose: (rest, { me, id }) => rest.delete(pairPath(me, "watches", id)),
    regain: (rest, { me, id }) => rest.put(pairPath(me, "watches", id)),
  },
  "blocked by the other": {
    lose: (rest, { me, id }) => rest.put(pairPath(id, "blocks", me)),
    regain: (rest, { me, id }) => rest.delete(pairPath(id, "blocks", me)),
  },
  "blocked by the watcher": {
    lose: (rest, { me, id }) => rest.put(pairPath(me, "blocks", id)),
    regain: (rest, { me, id }) => rest.delete(pairPath(me, "blocks", id)),
  },
  "visible to nobody": { lose: seen({ mode: "nobody" }), regain: seen({ mode: "friends" }) },
  "left out": {
    lose: (rest, it) => seen({ mode: "except", ids: [it.me] })(rest, it),
    regain: (rest, it) => seen({ mode: "only", ids: [it.me] })(rest, it),
  },
  "public no more": {
    stranger: true,
    lose: seen({ mode: "friends" }),
    regain: seen({ mode: "public" }),
  },
  "the session hidden": {
    lose: (rest, { flapping }) => flapping[0].say("visibility", { session: "hidden" }),
    regain: (rest, { flapping }) => flapping[0].say("visibility", { session: "visible" }),
    dear: true,
    devices: ["laptop"],
  },
  "hidden by its own word": {
    lose: (rest, { flapping }) => flapping[0].say("visibility", { mode: "nobody" }),
    regain: (rest, { flapping }) => flapping[0].say("visibility", { mode: "friends" }),
    dear: true,
  },
  "not asked for any more": {
    stranger: true,
    begin: seen({ mode: "public" }),
    lose: (rest, { viewer, id }) => viewer.granted("friends", "unwatch", { ids: [id] }),
    regain: (rest, { viewer, id }) => viewer.granted("friends", "watch", { ids: [id] }),
    dear: true,
    own: true,
  },
};

/* A status follows the other, whatever is answered, until it is told to stop. */
class Flapping {
  static async open(kith, user, device) {
    const flapping = new Flapping();
    flapping.wire = await Witness.open(kith, { user, device });
    await flapping.wire.join("friends");
    flapping.device = device;
    return flapping;
  }

  start() {
    this.on = true;
    this.ended = this.#run();
  }

  async #run() {
    for (let n = 0; this.on; n++) {
      for (let i = 1; i < FLAPS_AT_ONCE; i++)
        await this.wire.send("friends", "status", { status: `${this.device} ${n} ${i}` });
      if (this.job) await this.#do();
      await this.wire.granted("friends", "status", { status: `${this.device} ${n}` });
    }
  }

  async #do() {
    const { event, payload, done, fail } = this.job;
    this.job = null;
    await this.wire.granted("friends", event, payload).then(() => done(), fail);
  }

  /** Says something else in between. Returns once that is granted. */
  async say(event, payload) {
    await new Promise((done, fail) => {
      this.job = { event, payload, done, fail };
      if (!this.on) this.#do();
    });
  }

  async stop() {
    this.on = false;
    await this.ended;
  }
}

/* What a client shows of a user, after all that it was told: the refs of the sessions. */
class View {
  refs = new Set();

  constructor(id) {
    this.id = id;
  }

  take(messages) {
    for (const [, , , event, payload] of messages) {
      if (event === "presence_state") this.#replace(payload);
      if (event !== "presence_diff") continue;
      for (const { phx_ref } of payload.leaves[this.id]?.metas ?? []) this.refs.delete(phx_ref);
      for (const { phx_ref } of payload.joins[this.id]?.metas ?? []) this.refs.add(phx_ref);
    }
  }

  #replace(state) {
    this.refs = new Set(state[this.id]?.metas.map((it) => it.phx_ref));
  }
}

const isState = (message) => message[3] === "presence_state";

for (const workers of [1, 2])
  describe(`${workers} workers`, () => {
    const kith = sharedKith({ settings: { "server.workers": workers } });
    const rest = new Rest(kith);

    async function begin(way) {
      const people = await meet(rest, { edges: !way.stranger });
      await way.begin?.(rest, people);
      const devices = way.devices ?? ["laptop", "phone"];
      const open = (device) => Flapping.open(kith, people.id, device);
      const flapping = await Promise.all(devices.map(open));
      const it = { ...people, flapping, view: new View(people.id) };
      it.viewer = await Witness.open(kith, { user: people.me });
      await it.viewer.send("friends", "phx_join");
      it.view.take(await it.viewer.until(isState));
      if (way.stranger && !way.own) await it.viewer.granted("friends", "watch", { ids: [it.id] });
      return it;
    }

    async function lookOn(it) {
      const messages = await it.viewer.drain();
      it.view.take(messages);
      return messages;
    }

    /* A watcher that a busy machine made too slow is owed a state, whenever that comes. */
    async function assertNothing(it, what) {
      const owed = (message) => isState(message) && !(it.id in message[4]);
      assert.deepEqual((await lookOn(it)).filter((message) => !owed(message)), [], what);
    }

    async function round(way, it, n) {
      it.view.take((await way.regain(rest, it))?.before ?? []);
      await lookOn(it);
      assert.equal(it.view.refs.size, it.flapping.length, `round ${n}: it is seen`);
      for (const device of it.flapping) device.start();
      for (let i = 0; i < n % 4; i++) await lookOn(it);
      it.view.take((await way.lose(rest, it))?.before ?? []);
      await lookOn(it);
      /* Such a watcher may have been drained before its state came. */
      if (it.view.refs.size > 0) it.view.take(await it.viewer.until(isState));
      assert.deepEqual([...it.view.refs], [], `round ${n}: all its sessions have left`);
      for (let i = 0; i < 3; i++) await assertNothing(it, `round ${n}: nothing`);
      for (const device of it.flapping) await device.stop();
      await assertNothing(it, `round ${n}: and nothing in the end`);
    }

    for (const [name, way] of Object.entries(WAYS))
      test(`${name}: nothing follows the heartbeat's answer`, async () => {
        const rounds = way.dear ? ROUNDS_DEAR : ROUNDS;
        const all = await Promise.all(Array.from({ length: PAIRS }, () => begin(way)));
        await Promise.all(
          all.map(async (it) => {
            if (!way.own && !way.stranger) await way.lose(rest, it);
            it.view.take(await it.viewer.drain());
            for (let n = 0; n < rounds; n++) await round(way, it, n);
          }),
        );
        for (const { viewer, flapping } of all)
          for (const wire of [viewer, ...flapping.map((it) => it.wire)]) await wire.cut();
      });
  });
