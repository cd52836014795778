// overseer.mjs -- knows who may see whom while that changes all the time, and judges each frame that
// anybody is told: once a loss is acknowledged, and a heartbeat behind that is answered, nothing about the
// user may come; on other nodes than that of the change a while later, but what the user says from then on
// at that node nobody may be told who has lost it.
import { pairPath, userPath } from "./rest.mjs";
import { sleep } from "./wire.mjs";

const DIARY_MAX = 20000;
const LATER_MS = 300;

const key = (watcher, user) => `${watcher} ${user}`;

export class Overseer {
  wrong = [];
  diary = []; /* the last of what was done, for whoever reads what is wrong */
  frames = 0;
  changes = 0;
  late = { frames: 0, worst_ms: 0 }; /* on other nodes than that of the change, behind a heartbeat */
  #busy = new Set(); /* of whom a rule is changing */
  #changing = new Set(); /* pairs whose verdict is */
  #losses = new Map(); /* pair: {what, node, at_ms, number, said} of the change that took its sight */
  #reasons = new Map(); /* pair that saw nothing anyway: of each change since that may be one more reason */
  #said = 0; /* statuses so far */
  #sockets = new Set();
  #rules = new Map();

  /** elsewhere_ms: so long after its acknowledgement a change holds on other nodes. */
  constructor(ids, { random, elsewhere_ms }) {
    Object.assign(this, { ids, random, elsewhere_ms });
    const rule = () => ({ watches: new Set(), blocks: new Set(), mode: "friends", list: new Set(), hidden: false });
    for (const id of ids) this.#rules.set(id, rule());
    for (const id of ids)
      for (const other of ids)
        if (other !== id && random() < 0.4) this.#rules.get(id).watches.add(other);
  }

  get graph() {
    const edges = this.ids.flatMap((id) => [...this.#rules.get(id).watches].map((it) => `${id} ${it}\n`));
    return edges.join("");
  }

  note(user, text) {
    this.diary.push({ user, text: `${new Date().toISOString().slice(14, 23)} ${user} ${text}` });
    if (this.diary.length > DIARY_MAX) this.diary.shift();
  }

  /** What is wrong, and what was done by who it is about. */
  get story() {
    const users = new Set(this.wrong.map((it) => it.user));
    const before = this.diary.filter((it) => users.has(it.user)).map((it) => it.text);
    return [...this.wrong.map((it) => it.text), ...before].join("\n");
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  sees(watcher, user) {
    const [w, u] = [this.#rules.get(watcher), this.#rules.get(user)];
    if (!w.watches.has(user) || w.blocks.has(user) || u.blocks.has(watcher) || u.hidden) return false;
    if (u.mode === "only") return u.list.has(watcher);
    return u.mode !== "nobody" && !(u.mode === "except" && u.list.has(watcher));
  }

  isHidden(user) {
    return this.#rules.get(user).hidden;
  }

  isBusy(user) {
    return this.#busy.has(user);
  }

  /** A rule changes, at this node; who is part of another change is left alone. */
  async change(node) {
    const user = this.pick(this.ids);
    const other = this.pick(this.ids.filter((it) => it !== user));
    const what = this.pick(["watches", "watches", "blocks", "visibility"]);
    const people = what === "visibility" ? [user] : [user, other];
    if (what === "visibility") await this.#make(what, node, people, () => this.#setMode(node, user));
    else await this.#make(what, node, people, () => this.#toggle(node, what, user, other));
  }

  /** A session is hidden, or shown: `say` tells its node. */
  hide(node, user, hidden, say) {
    return this.#make("hides", node, [user], () => {
      this.#rules.get(user).hidden = hidden;
      return say;
    });
  }

  #toggle(node, what, user, other) {
    const set = this.#rules.get(user)[what];
    const held = set.has(other);
    if (held) set.delete(other);
    else set.add(other);
    const path = pairPath(user, what, other);
    return () => (held ? node.rest.delete(path) : node.rest.put(path));
  }

  #setMode(node, user) {
    const mode = this.pick(["friends", "public", "nobody", "only", "except"]);
    const ids = this.ids.filter((it) => it !== user && this.random() < 0.5);
    Object.assign(this.#rules.get(user), { mode, list: new Set(ids) });
    const body = mode === "only" || mode === "except" ? { mode, ids } : { mode };
    return () => node.rest.put(userPath(user, "visibility"), body);
  }

  /* begin() changes what is known here, and returns what changes the server. */
  async #make(what, node, people, begin) {
    if (people.some((it) => this.#busy.has(it))) return;
    const pairs = this.#pairs(what, ...people);
    const before = pairs.map(([w, u]) => this.sees(w, u));
    for (const it of people) this.#busy.add(it);
    const say = begin();
    const after = pairs.map(([w, u]) => this.sees(w, u));
    const changed = pairs.filter((_, i) => after[i] !== before[i]);
    for (const pair of changed) this.#changing.add(key(...pair));
    const { watches, blocks, ...rest } = this.#rules.get(people[0]);
    const now = `${what} ${people.slice(1)} ${JSON.stringify({ ...rest, list: [...rest.list].join() })} at ${node.name}`;
    for (const it of people) this.note(it, `begins: ${now}`);
    while (!(await say().then(() => true, (problem) => this.#isLater(problem)))) await sleep(LATER_MS);
    for (const it of people) this.note(it, `has: ${now}`);
    this.changes++;
    const number = this.changes;
    for (const pair of changed) this.#changing.delete(key(...pair));
    for (const it of people) this.#busy.delete(it);
    const made = { what, node, at_ms: Date.now(), number, said: this.#said };
    for (const [i, pair] of pairs.entries()) this.#settle(made, pair, before[i], after[i]);
  }

  /* [watcher, user] of whom the change speaks. */
  #pairs(what, user, other) {
    if (what === "watches") return [[user, other]];
    if (what === "blocks") return [[user, other], [other, user]];
    return this.ids.filter((it) => it !== user).map((it) => [it, user]);
  }

  #settle(made, [watcher, user], before, after) {
    const pair = key(watcher, user);
    if (after) this.#reasons.delete(pair);
    else if (before) this.#lost(made, watcher, user);
    else this.#reasons.set(pair, [...(this.#reasons.get(pair) ?? []), made]);
  }

  /* Another node may not have heard of one more reason, when the one that it knows ends there. */
  #mayBeUnheard(pair, node) {
    const reasons = this.#reasons.get(pair) ?? [];
    return reasons.some((it) => it.node !== node && Date.now() - it.at_ms < this.elsewhere_ms);
  }

  /* A database that a busy machine kept from answering: it is asked again. */
  #isLater(problem) {
    if (!/"code":"store/.test(problem.message)) throw problem;
    return false;
  }

  #lost(loss, watcher, user) {
    const { node, number } = loss;
    this.#losses.set(key(watcher, user), loss);
    this.#reasons.delete(key(watcher, user));
    for (const socket of this.#sockets) {
      if (socket.user !== watcher) continue;
      const fence = (fences) => () => fences.set(user, number);
      if (socket.node === node) {
        socket.heartbeat(fence(socket.fences));
        continue;
      }
      socket.heartbeat(fence(socket.heard));
      setTimeout(() => socket.heartbeat(fence(socket.fences)), this.elsewhere_ms);
    }
  }

  /** Before it joins: what is denied by then is so from its first frame on. */
  begin(socket) {
    socket.fences = new Map();
    socket.heard = new Map();
    for (const id of this.ids) {
      const loss = this.#losses.get(key(socket.user, id));
      const holds = loss && (loss.node === socket.node || Date.now() - loss.at_ms > this.elsewhere_ms);
      if (holds) socket.fences.set(id, loss.number);
    }
    this.#sockets.add(socket);
  }

  end(socket) {
    this.#sockets.delete(socket);
  }

  /** What a user is to say now. */
  status(user) {
    const status = `s${++this.#said}`;
    this.note(user, `says ${status}`);
    return status;
  }

  /* Since it was lost the user has been at the node of that change, and what is told it has said there. */
  #isNews(user, loss, join) {
    const [socket] = [...this.#sockets].filter((it) => it.user === user);
    const here = socket?.node === loss.node && socket.since_ms < loss.at_ms;
    return here && join?.metas.some(({ status }) => Number(status.slice(1)) > loss.said);
  }

  /** The socket is told of users, as a diff tells it. */
  judge(socket, joins, leaves, text) {
    this.frames++;
    for (const user of Object.keys({ ...joins, ...leaves })) {
      const pair = key(socket.user, user);
      if (this.#changing.has(pair) || this.sees(socket.user, user)) continue;
      if (this.#mayBeUnheard(pair, socket.node)) continue;
      const loss = this.#losses.get(pair);
      const ms = loss && Date.now() - loss.at_ms;
      if (!loss || socket.fences.get(user) === loss.number || this.#isNews(user, loss, joins[user]))
        this.#say(socket, user, `${ms} ms after ${loss?.what} ${loss?.number} at ${loss?.node.name}: ${text}`);
      else if (socket.heard.get(user) === loss.number) {
        this.late.frames++;
        this.late.worst_ms = Math.max(this.late.worst_ms, ms);
      }
    }
  }

  #say(socket, user, what) {
    const when = new Date().toISOString().slice(14, 23);
    this.wrong.push({ user, text: `${when} ${socket.user} at ${socket.node.name} is told of ${user}, ${what}` });
  }
}
