// doors.test.mjs -- who may not be seen is, to the byte, who is not there: all that a client is
// told from its first join to its last leave, whatever it asks, and whatever the other does
// meanwhile.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CLASSES, meet } from "../lib/denied.mjs";
import { sharedKith } from "../lib/kith.mjs";
import { Rest, pairPath, userPath } from "../lib/rest.mjs";
import { known } from "../lib/wire.mjs";
import { Witness, assertAlike } from "../lib/witness.mjs";

const GRACE_MS = 200;
const LONG_TEXT = "x".repeat(300);

/* Whatever its visibility is, it is not seen. */
const HIDES_ANYHOW = new Set(["blocked", "blocks"]);

const hide = (rest, id) => rest.put(userPath(id, "visibility"), { mode: "nobody" });

/* With reciprocity there are two more: one who does not watch back; and whoever looks while it is
 * itself visible to nobody, which sees no friend either. */
const RECIPROCAL = { "one way": { edgeOnly: true, here: true } };
const UNSEEING = {
  ...CLASSES,
  friend: { edges: true, here: true },
  "public friend": {
    edges: true,
    here: true,
    say: (rest, me, id) => rest.put(userPath(id, "visibility"), { mode: "public" }),
  },
};

/* One who is not to be seen comes, and does what it can. */
class Denied {
  constructor(kith, rest, name, { id, me }, { here, query }) {
    Object.assign(this, { kith, rest, name, id, me, here, session: query?.session });
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
  }

  async live() {
    if (!this.here) return;
    const say = (event, payload) => this.wire.granted("friends", event, payload);
    for (let i = 0; i < 5; i++) await say("status", { status: `away ${i}`, text: LONG_TEXT });
    await say("visibility", { session: "hidden" });
    await say("status", { status: "hidden" });
    if (!this.session) await say("visibility", { session: "visible" });
    await this.rest.post(`/v1/users/${this.id}/push`, { event: "notice", payload: {} });
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
    await known(this.kith, this.id, ({ metas, hidden }) => metas.length + hidden.length === 0);
  }
}

const topicsOf = { friends: () => ["friends"], "user:<id>": (me) => [`user:${me}`] };
topicsOf.both = (me) => ["friends", `user:${me}`];

const FORMS = [
  { transport: "WebSocket", vsn: "2.0.0" },
  { transport: "WebSocket", vsn: "1.0.0" },
  { transport: "long-poll" },
];

for (const workers of [1, 2])
  for (const reciprocity of ["off", "on"])
    describe(`${workers} workers, reciprocity ${reciprocity}`, () => {
      const kith = sharedKith({
        settings: {
          "server.workers": workers,
          "server.longpoll_s": 15 /* who does not poll while others act is there for twice that */,
          "presence.reciprocity": reciprocity,
          "presence.grace_s": GRACE_MS / 1000,
          "presence.watch_budget": 0,
        },
      });
      const rest = new Rest(kith);

      /* A viewer that looks by all doors; in between the other lives, and a friend is seen. */
      async function visit(name, scene, { topics, transport, vsn, blind }) {
        const people = await meet(rest, scene);
        const { me, id, friend } = people;
        if (blind) await hide(rest, me);
        const denied = new Denied(kith, rest, name, people, scene);
        const other = await Witness.open(kith, { user: friend });
        await other.join("friends");
        await denied.come();

        const viewer = await Witness.open(kith, { user: me, vsn, device: "d" }, transport);
        const [topic, second] = topicsOf[topics](me);
        const friendDoes = async (event, payload) => {
          await other.granted("friends", event, payload);
          if (blind) return;
          for (let i = 0; i < (second ? 2 : 1); i++)
            await viewer.until((it) => it[3] === "presence_diff");
        };
        const joinAll = async (payload) => {
          for (const it of topicsOf[topics](me)) await viewer.join(it, payload);
          await viewer.drain();
        };
        /* To ask for one who is public is to see it: another is asked for. */
        const asked = name === "public, not asked for" ? `n${id.slice(1)}` : id;
        const ids = [asked];
        await joinAll();
        await viewer.granted(topic, "watch", { ids });
        await viewer.granted(topic, "last_seen", { ids });
        await denied.live();
        await viewer.granted(topic, "last_seen", { ids });
        await friendDoes("status", { status: "away" });
        for (const it of [`user:${id}`, `user_presence:${id}`, `user_presence:${me}`]) {
          const { status, response } = await viewer.ask(it, "phx_join");
          assert.deepEqual([status, response], ["error", { reason: "unauthorized" }]);
        }
        await viewer.granted(topic, "unwatch", { ids });
        await viewer.granted(topic, "watch", { ids: [...ids, friend] });
        await joinAll();
        for (const resume of [viewer.resume, undefined]) {
          await viewer.cut();
          await viewer.connect();
          await joinAll({ resume });
        }
        await viewer.granted(topic, "watch", { ids });
        await denied.go();
        await viewer.granted(topic, "last_seen", { ids: [...ids, friend] });
        await friendDoes("phx_leave");
        await viewer.drain();
        for (const it of topicsOf[topics](me)) await viewer.granted(it, "phx_leave");
        await viewer.cut();
        await other.cut();
        return viewer.story({ ...people, id: [id, asked] });
      }

      async function compare(classes, how) {
        const all = Object.entries(classes).map(async ([name, scene]) => [
          name,
          await visit(name, scene, how),
        ]);
        return assertAlike(Object.fromEntries(await Promise.all(all)));
      }

      const classes = reciprocity === "on" ? { ...CLASSES, ...RECIPROCAL } : CLASSES;
      for (const form of FORMS)
        for (const topics of Object.keys(topicsOf)) {
          const named = `${form.transport} ${form.vsn ?? ""}, ${topics}`;
          test(`${named}: all that a viewer is told is the same`, async () => {
            const story = await compare(classes, { ...form, topics });
            assert.ok(story.includes('"status":"away"'), "a friend is seen by it");
            assert.ok(!story.includes(LONG_TEXT));
            assert.ok(topics === "both" || story.includes('"resumed":true'));
          });
          if (reciprocity === "on")
            test(`${named}: and so it is for one whom nobody may see`, async () => {
              const story = await compare(UNSEEING, { ...form, topics, blind: true });
              assert.ok(!story.includes("presence_diff"));
            });
        }
    });
