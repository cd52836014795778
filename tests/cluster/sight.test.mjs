// sight.test.mjs -- forty people on two nodes, who come, go and change their status, while who may see whom
// changes all the time: no frame tells anybody of whom it may not see, and in the end each view is the
// truth. With KITH_LONG=1 of a million frames.
import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { chance } from "../chaos/oracle.mjs";
import { ownCluster } from "../lib/cluster.mjs";
import { Overseer } from "../lib/overseer.mjs";
import { eventually, sleep } from "../lib/wire.mjs";

const PEOPLE = 40;
const FRAMES = process.env.KITH_LONG === "1" ? 1e6 : 20000;
const AT_ONCE = 8; /* things that are done */
const ELSEWHERE_MS = 10000; /* a second, and a busy machine */
const SETTLED_MS = 60000;
const AGAIN_MS = 300; /* what is refused is tried again: one is hidden and shown so often in the long run */
const GRACE_S = 0.3;
const MOVED_MS = 3000; /* what one who moved has left behind is gone by then */

class Socket {
  #ref = 0;
  #answers = new Map();
  view = new Map();

  constructor(overseer, node, user) {
    Object.assign(this, { overseer, node, user });
  }

  async come() {
    this.overseer.note(this.user, `comes to ${this.node.name}`);
    const query = new URLSearchParams({ vsn: "2.0.0", user_id: this.user, device: "d" });
    this.overseer.begin(this);
    this.ws = new WebSocket(`${this.node.websocket}?${query}`);
    this.ws.on("message", (data) => this.#take(String(data)));
    this.ws.on("close", () => this.#answers.forEach((done) => done({})));
    await new Promise((done, fail) => this.ws.on("open", done).on("error", fail));
    /* A busy server refuses one, and is asked again. */
    while ((await this.say("friends", "phx_join")).status !== "ok") await sleep(AGAIN_MS);
    await eventually(() => this.stated, `the state of ${this.user}`);
    this.since_ms = Date.now();
    return this;
  }

  /** Its answer. */
  say(topic, event, payload = {}) {
    const ref = String(++this.#ref);
    assert.equal(this.ws.readyState, WebSocket.OPEN, `the socket of ${this.user}`);
    if (event === "phx_join") this.joinRef = ref;
    return new Promise((done) => {
      this.#answers.set(ref, done);
      this.ws.send(JSON.stringify([this.joinRef, ref, topic, event, payload]));
    });
  }

  /** `then` is called before anything that comes behind the answer. */
  heartbeat(then) {
    const ref = String(++this.#ref);
    if (this.ws.readyState !== WebSocket.OPEN) return;
    this.#answers.set(ref, then);
    this.ws.send(JSON.stringify([null, ref, "phoenix", "heartbeat", {}]));
  }

  #take(text) {
    const [, ref, , event, payload] = JSON.parse(text);
    if (event === "phx_reply") {
      this.#answers.get(ref)?.(payload);
      this.#answers.delete(ref);
    } else if (event === "presence_state") {
      this.stated = true;
      this.view = new Map(Object.keys(payload).map((id) => [id, this.#refs(payload, id)]));
      this.overseer.judge(this, payload, {}, text);
    } else if (event === "presence_diff") this.#diff(payload, text);
  }

  #refs = (all, id) => new Set(all[id]?.metas.map((it) => it.phx_ref));

  #diff({ joins, leaves }, text) {
    for (const id of Object.keys({ ...joins, ...leaves })) {
      const left = this.#refs(leaves, id);
      const now = new Set([...(this.view.get(id) ?? []), ...this.#refs(joins, id)].filter((it) => !left.has(it)));
      if (now.size > 0) this.view.set(id, now);
      else this.view.delete(id);
    }
    this.overseer.judge(this, joins, leaves, text);
  }

  cut() {
    this.overseer.note(this.user, `is cut off`);
    this.overseer.end(this);
    this.ws.terminate();
  }
}

test("nobody is told of whom it may not see", async (t) => {
  const seed = Number(process.env.KITH_SEED ?? Date.now() % 1e6);
  const random = chance(seed);
  const ids = Array.from({ length: PEOPLE }, (_, i) => `u${String(i).padStart(2, "0")}`);
  const overseer = new Overseer(ids, { random, elsewhere_ms: ELSEWHERE_MS });
  const settings = {
    "presence.grace_s": GRACE_S,
    "server.workers": 2,
    "server.max_messages_s": 0,
    "cluster.heartbeat_s": 1 /* a node that a busy machine keeps silent is not taken for dead */,
    "cluster.node_grace_s": 4,
  };
  const cluster = await ownCluster(t, 2, { graph: overseer.graph, settings });
  const here = new Map(); /* user: its socket */
  const moving = new Set(); /* who is doing something */
  const node = () => overseer.pick(cluster.nodes);

  const come = async (id) => here.set(id, await new Socket(overseer, node(), id).come());
  const go = (id) => {
    here.get(id).cut();
    here.delete(id);
  };
  t.after(() => [...here.keys()].forEach(go));

  /* Who has just moved and hides is shown as it was for the grace, as one who comes back hidden is. */
  const mayHide = (id, { since_ms }) =>
    overseer.isHidden(id) || (random() < 0.2 && Date.now() - since_ms > MOVED_MS);

  async function act(id) {
    const socket = here.get(id);
    const what = random();
    if (!socket) await come(id);
    else if (what < 0.6) await say(id, socket);
    else if (what < 0.7 && mayHide(id, socket)) await hide(id, socket);
    else if (what > 0.95 && !overseer.isHidden(id) && !overseer.isBusy(id)) {
      go(id);
      if (random() < 0.7) await come(id);
    }
  }

  async function say(id, socket) {
    const status = overseer.status(id);
    await socket.say("friends", "status", { status });
    overseer.note(id, `has said ${status}`);
  }

  function hide(id, socket) {
    const hidden = !overseer.isHidden(id);
    const payload = { session: hidden ? "hidden" : "visible" };
    const say = async () => {
      while ((await socket.say("friends", "visibility", payload)).status !== "ok") await sleep(AGAIN_MS);
    };
    return overseer.hide(socket.node, id, hidden, say);
  }

  async function live() {
    while (overseer.frames < FRAMES && overseer.wrong.length === 0) {
      const id = overseer.pick(ids);
      if (random() < 0.3) await overseer.change(node());
      else if (!moving.has(id)) {
        moving.add(id);
        await act(id).finally(() => moving.delete(id));
      }
      await sleep(0);
    }
  }

  function untrue() {
    for (const socket of here.values())
      for (const id of ids) {
        const due = here.has(id) && overseer.sees(socket.user, id);
        if (socket.view.has(id) !== due) return `${socket.user} ${due ? "does not see" : "still sees"} ${id}`;
      }
    return undefined;
  }

  function judge() {
    const logs = cluster.nodes.map((it) => `${it.name}:\n${it.errors}`);
    assert.ok(overseer.wrong.length === 0, [`seed ${seed}`, overseer.story, ...logs].join("\n"));
  }

  await Promise.all(ids.map(come));
  await Promise.all(Array.from({ length: AT_ONCE }, live));
  judge();
  await eventually(() => !untrue(), "the truth", SETTLED_MS).catch(() => assert.fail(`seed ${seed}: ${untrue()}`));
  judge();
  const { frames, changes, late } = overseer;
  t.diagnostic(`${frames} frames, ${changes} changes; elsewhere ${late.frames} within ${late.worst_ms} ms`);
});
