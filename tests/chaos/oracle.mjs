// oracle.mjs -- owns all clients, and so knows who is there, who may see whom, and what each view
// has to be; whatever is told otherwise it writes down.
import { sleep } from "../lib/wire.mjs";
import { Person } from "./person.mjs";

const TOLD_MS = 2000; /* who is up for so long is known everywhere, also on a busy machine */
const RULE_MS = 1000; /* an acknowledged change holds on all nodes */
const SLACK_MS = 300;
const STEP_MS = 20;
const AT_ONCE = 50; /* of those who come first: whoever drives them does not fall behind */
const HELD_MS = 800; /* what has converged stays so */
const PROBLEMS_SHOWN = 12;

/** A generator of numbers in [0, 1) that a seed brings again. */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export class Oracle {
  problems = [];
  suspects = new Set(); /* of whom something wrong was told */
  counts = { flaps: 0, leaks: 0, twice: 0 };
  cuts = 0; /* connections that were not ended by who had them */
  blocks = new Map(); /* "a b", a < b: {held, since: of the acknowledgement} */
  mentions = [];
  diary = []; /* who came and went, for whoever reads what went wrong */
  elsewhere = true; /* where one goes whose connection has ended: else the same node */
  settled_ms = 0; /* for how long one has done nothing before it moves on */
  whole = true; /* nodes hear each other: what is hidden is so everywhere a second later */
  patience_ms = 0; /* for how long it waits before it does, */
  open = Promise.resolve(); /* and for what */
  retry_ms = 100; /* and between two tries */

  constructor(stage, { people, friends, random }) {
    this.stage = stage;
    stage.note = (text) => this.note("*", text);
    this.random = random;
    this.people = Array.from({ length: people }, (_, i) => new Person(this, `u${i}`, null));
    this.byId = new Map(this.people.map((it) => [it.id, it]));
    for (const one of this.people)
      while (one.friends.size < friends) this.#befriend(one, this.pick(this.people));
  }

  #befriend(one, other) {
    if (one === other) return;
    one.friends.add(other.id);
    other.friends.add(one.id);
  }

  get graph() {
    const edges = this.people.flatMap((it) => [...it.friends].map((friend) => `${it.id} ${friend}`));
    return `${edges.join("\n")}\n`;
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  async begin(place = (i, nodes) => nodes[i % nodes.length]) {
    const come = (it, i) => it.come(place(i, this.stage.nodes));
    for (let i = 0; i < this.people.length; i += AT_ONCE)
      await Promise.all(this.people.slice(i, i + AT_ONCE).map((it, k) => come(it, i + k)));
  }

  end() {
    this.over = true;
    for (const one of this.people) one.go();
  }

  nextNode(person) {
    if (!this.elsewhere) return person.node;
    const live = this.stage.nodes.filter((it) => it.up);
    const other = live.filter((it) => it !== person.node);
    return this.pick(other.length > 0 ? other : live) ?? person.node;
  }

  note(user, text) {
    this.diary.push({ user, text: `${new Date().toISOString().slice(14, 23)} ${user} ${text}` });
  }

  /** What these did, and who was told what of them. */
  story(users) {
    return this.diary.filter((it) => it.user === "*" || users.has(it.user)).map((it) => it.text);
  }

  /** Before `since` is set anew. */
  opened(person) {
    this.note(person.id, `joined at ${person.node.name}`);
    const away_ms = Date.now() - person.since;
    if (away_ms > this.stage.times.grace_s * 1000 - SLACK_MS) person.hereSince = Date.now();
  }

  async closed(person) {
    this.note(person.id, `ended at ${person.node.name}`);
    if (!person.wanted) return;
    this.cuts++;
    await sleep(this.patience_ms * this.random());
    await this.open;
    if (person.wanted && !person.joined) await person.come(this.nextNode(person));
  }

  #block(one, other) {
    return this.blocks.get([one, other].sort().join(" "));
  }

  maySee(viewer, user) {
    if (!viewer.friends.has(user)) return false;
    const { mode, session } = this.byId.get(user);
    return !mode.held && !session.held && !this.#block(viewer.id, user)?.held;
  }

  /* A rule of the two has just changed, or is about to. */
  #changing(viewer, user) {
    if (!viewer.friends.has(user)) return false;
    const { mode, session } = this.byId.get(user);
    return [mode, session, this.#block(viewer.id, user)].some(
      (rule) => rule && (rule.asked || Date.now() - rule.since < RULE_MS + SLACK_MS),
    );
  }

  /** Of scenes: of two who cannot hear each other nothing is demanded. */
  excused = () => false;

  /* It would be wrong if the viewer did not show the user now. */
  #mustSee(viewer, user) {
    const person = this.byId.get(user);
    if (!this.maySee(viewer, user) || this.#changing(viewer, user)) return false;
    if (this.excused(viewer, person)) return false;
    const grace_ms = this.stage.times.grace_s * 1000 - SLACK_MS;
    return person.joined || (person.since > 0 && Date.now() - person.since < grace_ms);
  }

  #wrong(kind, viewer, user, what) {
    this.counts[kind]++;
    this.suspects.add(user);
    const who = `${viewer.id} at ${viewer.node.name}`;
    const when = new Date().toISOString().slice(14, 23);
    this.problems.push(`${when} ${who}: ${what} ${user} (${this.#place(this.byId.get(user))})`);
  }

  #place(person) {
    if (!person) return "nobody";
    const [ms, here] = [Date.now() - person.since, Date.now() - person.hereSince];
    return `${person.joined ? `at ${person.node.name}` : "away"} for ${ms} ms, here for ${here} ms`;
  }

  /* Presence goes by NATS, rules do not: where nodes do not hear each other, a session that hides
   * does so late. Who is back and hidden has left as anybody does: what they had lingers. */
  #isLate(viewer, { session, node, seenUntil }) {
    const { grace_s, node_grace_s } = this.stage.times;
    const lingers = Date.now() - seenUntil < (grace_s + node_grace_s + 2) * 1000;
    return session.held && (lingers || (!this.whole && node !== viewer.node));
  }

  #checkSight(viewer, user) {
    if (this.maySee(viewer, user) || this.#changing(viewer, user)) return;
    if (viewer.friends.has(user) && this.#isLate(viewer, this.byId.get(user))) return;
    this.#wrong("leaks", viewer, user, "was told of");
  }

  /* Who has come after it was gone for good: that it was gone may be told behind that it is here. */
  #isNew(user) {
    return Date.now() - this.byId.get(user).hereSince <= TOLD_MS;
  }

  stated(viewer) {
    for (const [user, metas] of viewer.view) {
      this.note(user, `is ${[...metas.keys()]} for ${viewer.id}, who joins at ${viewer.node.name}`);
      this.#checkSight(viewer, user);
    }
    for (const user of viewer.friends) {
      const old = this.byId.get(user).hereSince > 0 && !this.#isNew(user);
      if (old && !viewer.view.has(user) && this.#mustSee(viewer, user))
        this.#wrong("flaps", viewer, user, "joins, and is not shown");
    }
  }

  /* Who hid and came again while nodes did not hear each other has left and come for those who
   * learn of it later, one after the other. */
  #hidApart({ session }) {
    return !this.whole && session.since > 0;
  }

  told(viewer, user, { before, join, leave }) {
    this.mentions.push({ viewer, user, join, leave, at: Date.now() });
    const refs = (it) => it?.metas.map((meta) => [meta.phx_ref, meta.phx_ref_prev].join(" after "));
    const text = [join && `joins ${refs(join)}`, leave && `leaves ${refs(leave)}`];
    this.note(user, `${text.filter(Boolean).join(", ")} for ${viewer.id} at ${viewer.node.name}`);
    this.#checkSight(viewer, user);
    const metas = viewer.view.get(user);
    if (!this.byId.has(user) || this.#hidApart(this.byId.get(user))) return;
    if (!metas && before.has(user) && !this.#isNew(user) && this.#mustSee(viewer, user))
      this.#wrong("flaps", viewer, user, "loses");
    if (metas?.size > 1) this.#wrong("twice", viewer, user, "sees twice");
  }

  /** `held`: from now on the two may not see each other, else again: one blocks the other, or (`how`
   * "friends") they are friends no more. */
  async block(one, other, held, how = "blocks") {
    const key = [one.id, other.id].sort().join(" ");
    const rule = this.blocks.get(key) ?? { held: false, since: 0 };
    this.blocks.set(key, rule);
    const method = held === (how === "blocks") ? "PUT" : "DELETE";
    await this.#change(rule, held, () => this.#ask(method, `/v1/users/${one.id}/${how}/${other.id}`, 204));
    rule.by = one.id;
  }

  /** `held`: nobody sees this user, else all friends. */
  async vanish(one, held) {
    const path = `/v1/users/${one.id}/visibility`;
    const body = { mode: held ? "nobody" : "friends" };
    await this.#change(one.mode, held, () => this.#ask("PUT", path, 200, body));
  }

  /** `held`: nobody sees this session, nor those that take its place. */
  async hide(one, held) {
    await this.#change(one.session, held, () => one.showing(held));
  }

  /* `make` is tried until it answers true: then it holds. */
  async #change(rule, held, make) {
    if (rule.asked) return;
    Object.assign(rule, { asked: true, wanted: held });
    while (!this.over && !(await make())) await sleep(200);
    Object.assign(rule, { held, asked: false, since: Date.now() });
  }

  /* Of any node. */
  async #ask(method, path, good, body) {
    const node = this.pick(this.stage.nodes.filter((it) => it.up));
    const answer = await node?.ask(method, path, body).catch(() => null);
    return answer?.status === good;
  }

  /* What a view has and should not, or lacks, now. */
  #mismatches(among) {
    const found = { ghosts: [], lost: [], doubled: [], stale: [] };
    for (const viewer of this.people.filter((it) => it.wanted)) {
      if (!viewer.joined) found.lost.push(`${viewer.id} itself`);
      else this.#compare(viewer, found, among);
    }
    return found;
  }

  #compare(viewer, found, among) {
    for (const user of viewer.friends) {
      const person = this.byId.get(user);
      if (!among(viewer, person)) continue;
      const metas = viewer.view.get(user);
      const name = `${viewer.id} at ${viewer.node.name} of ${user} at ${person.node?.name}`;
      const due = person.joined && this.maySee(viewer, user);
      if (due && !metas) found.lost.push(name);
      if (!due && metas) found.ghosts.push(name);
      if (due && metas?.size > 1) found.doubled.push(name);
      const [meta] = metas?.values() ?? [];
      if (due && meta && person.status && meta.status !== person.status)
        found.stale.push(`${name}: ${meta.status}, not ${person.status}`);
    }
    for (const user of viewer.view.keys())
      if (!viewer.friends.has(user)) found.ghosts.push(`${viewer.id} of ${user}`);
  }

  /** After how many ms from now all views were the truth, and stayed so, of whom `among` says so. */
  async converged(limit_ms = 30000, among = () => true) {
    const begin = Date.now();
    let good = 0;
    for (;;) {
      const found = this.#mismatches(among);
      const now = Date.now();
      if (Object.values(found).every((it) => it.length === 0)) {
        good ||= now;
        if (now - good >= HELD_MS) return good - begin;
      } else if (now - begin > limit_ms) {
        const parts = Object.entries(found).filter(([, it]) => it.length > 0);
        const text = parts.map(([kind, it]) => `${it.length} ${kind}: ${it.slice(0, 5).join("; ")}`);
        throw new Error(`not one view after ${limit_ms} ms: ${text.join(" | ")}`);
      } else good = 0;
      await sleep(STEP_MS);
    }
  }

  /** What was wrong since this was asked last; of what was told before nothing is kept. */
  forget() {
    const { problems } = this;
    Object.assign(this, { problems: [], mentions: [], diary: [], suspects: new Set() });
    return problems;
  }

  /** Fails if anything was told that should not have been. */
  judge() {
    if (this.problems.length === 0) return;
    const shown = this.problems.slice(0, PROBLEMS_SHOWN).join("\n  ");
    throw new Error(`${this.problems.length} wrong:\n  ${shown}`);
  }
}
