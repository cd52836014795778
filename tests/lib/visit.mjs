// visit.mjs -- a viewer that looks by all doors for one whom it may not see, while that one does what
// it can: all that it is told, to be compared with what is told of who is not there. The other, and a
// friend whom the viewer sees, may be at another node.
import assert from "node:assert/strict";
import { meet } from "./denied.mjs";
import { pairPath, userPath } from "./rest.mjs";
import { known } from "./wire.mjs";
import { Witness } from "./witness.mjs";

export const LONG_TEXT = "x".repeat(300);

/* Whatever its visibility is, it is not seen. */
const HIDES_ANYHOW = new Set(["blocked", "blocks"]);

/* One who is not to be seen comes, and does what it can. */
class Denied {
  constructor({ far: kith, farRest: rest, near }, name, { id, me }, { here, query }) {
    Object.assign(this, { kith, rest, near, name, id, me, here, session: query?.session });
  }

  #open(device, session = this.session) {
    return Witness.open(this.kith, { user: this.id, device, session });
  }

  async come() {
    if (!this.here) return;
    this.wire = await this.#open("laptop");
    await this.wire.join("friends", { status: "here", text: LONG_TEXT });
    this.phone = await this.#open("phone");
    await this.phone.join(`user:${this.id}`);
    await this.phone.granted(`user:${this.id}`, "visibility", { last_seen: "exact" });
    await this.#shown((all) => all.length === 2);
  }

  /* The viewer's node has heard of it: what it shows of it would have been shown by now. */
  #shown(meant) {
    return known(this.near, this.id, ({ metas, hidden }) => meant([...metas, ...hidden]));
  }

  arrived() {
    return this.here && this.#shown((all) => all.length === 1 && all[0].status === "hidden");
  }

  /** apart: nodes do not hear each other. */
  async live({ apart } = {}) {
    if (!this.here) return;
    const say = (event, payload) => this.wire.granted("friends", event, payload);
    for (let i = 0; i < 5; i++) await say("status", { status: `away ${i}`, text: LONG_TEXT });
    await say("visibility", { session: "hidden" });
    await say("status", { status: "hidden" });
    if (!this.session) await say("visibility", { session: "visible" });
    if (!apart) await this.rest.post(userPath(this.id, "push"), { event: "notice", payload: {} });
    await this.phone.cut();
    this.phone = await this.#open("phone");
    await this.phone.join("friends", { status: "reloaded" });
    await this.phone.granted("friends", "phx_leave");
    await this.phone.cut();
    if (HIDES_ANYHOW.has(this.name)) await this.#changeRules();
  }

  async #changeRules() {
    for (const mode of ["public", "nobody", "friends"])
      await this.wire.granted("friends", "visibility", { mode });
    for (const body of [{ mode: "only", ids: [this.me] }, { mode: "except", ids: ["other"] }])
      await this.rest.put(userPath(this.id, "visibility"), body);
  }

  /* And its grace runs out, for one of two. */
  async go() {
    if (!this.here) return;
    const tablet = await this.#open("tablet");
    await tablet.join("friends");
    await tablet.cut();
    await this.rest.post(`/v1/users/${this.id}/disconnect`, {});
    await this.#shown((all) => all.length === 0);
  }
}

const topicsOf = { friends: () => ["friends"], "user:<id>": (me) => [`user:${me}`] };
topicsOf.both = (me) => ["friends", `user:${me}`];

/** What a viewer may join. */
export const TOPICS = Object.keys(topicsOf);

export class Visit {
  /** world: {near, nearRest, far, farRest}, servers and their APIs: the viewer's, and the others'. how: {topics,
   * transport, vsn}, and `blind`: the viewer is visible to nobody, and sees nobody. */
  constructor(world, name, scene, how) {
    Object.assign(this, { world, name, scene, how });
  }

  /** All come, and the viewer asks. */
  async begin() {
    const { near, nearRest, far } = this.world;
    const { topics, transport, vsn, blind } = this.how;
    this.people = await meet(nearRest, this.scene);
    const { me, id, friend } = this.people;
    if (blind) await nearRest.put(userPath(me, "visibility"), { mode: "nobody" });
    this.denied = new Denied(this.world, this.name, this.people, this.scene);
    this.other = await Witness.open(far, { user: friend });
    await this.other.join("friends");
    await known(near, friend);
    await this.denied.come();

    this.viewer = await Witness.open(near, { user: me, vsn, device: "d" }, transport);
    this.topics = topicsOf[topics](me);
    [this.topic] = this.topics;
    /* To ask for one who is public is to see it: another is asked for. */
    this.asked = this.name === "public, not asked for" ? `n${id.slice(1)}` : id;
    await this.#joinAll();
    await this.#say("watch");
    await this.#say("last_seen");
  }

  #say(event, ids = [this.asked]) {
    return this.viewer.granted(this.topic, event, { ids });
  }

  async #joinAll(payload) {
    for (const it of this.topics) await this.viewer.join(it, payload);
    await this.viewer.drain();
  }

  /** The friend does something, and where the viewer sees anybody it is told. */
  async friendDoes(event, payload) {
    await this.other.granted("friends", event, payload);
    await this.friendIsSeen();
  }

  async friendIsSeen() {
    if (this.how.blind) return;
    for (const _ of this.topics) await this.viewer.until((it) => it[3] === "presence_diff");
  }

  /** The other has lived: the viewer looks again, by all doors, and loads its page again. */
  async lookOn() {
    const { viewer } = this;
    const { me, id, friend } = this.people;
    await this.#say("last_seen");
    await this.friendDoes("status", { status: "away" });
    for (const it of [`user:${id}`, `user_presence:${id}`, `user_presence:${me}`]) {
      const { status, response } = await viewer.ask(it, "phx_join");
      assert.deepEqual([status, response], ["error", { reason: "unauthorized" }]);
    }
    await this.#say("unwatch");
    await this.#say("watch", [this.asked, friend]);
    await this.#joinAll();
    for (const resume of [viewer.resume, undefined]) {
      await viewer.cut();
      await viewer.connect();
      await this.#joinAll({ resume });
    }
    await this.#say("watch");
  }

  /** All go. Returns all that the viewer was told. */
  async end() {
    const { viewer, people } = this;
    await this.denied.go();
    await this.#say("last_seen", [this.asked, people.friend]);
    await this.friendDoes("phx_leave");
    await viewer.drain();
    for (const it of this.topics) await viewer.granted(it, "phx_leave");
    await viewer.cut();
    await this.other.cut();
    return viewer.story({ ...people, id: [people.id, this.asked] });
  }
}
