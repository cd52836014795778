/* shard/home.c -- what the home of a user does for it. */
#include "shard/home.h"

#include "shard/fastlane.h"
#include "shard/hook.h"
#include "shard/list.h"
#include "shard/pacing.h"
#include "wire/presence.h"

/* How many leaves of a mass drop go out in one turn: others' messages come between. */
enum { LEAVES_PER_TURN = 1000 };

uint64_t home_owner(unsigned shard, uint64_t handle)
{
    return (uint64_t)(shard + 1) << 56 | handle; /* a handle has 24 + 32 bits */
}

/* Clients are spread evenly over the shards, so that those here tell how many there are. */
static uint32_t audience(const struct world *w, topic_id topic)
{
    unsigned shards = 1 + (unsigned)__builtin_popcountll(pubsub_marks(w->people, topic));
    return pubsub_count(w->people, topic) * shards;
}

static void announce_one(struct world *w, const struct change *c)
{
    topic_id topic = pubsub_find(w->people, c->key);
    if (topic == TOPIC_NONE) return;
    pacing_announced(w, c->key, audience(w, topic));
    buf_clear(&w->scratch);
    presence_put_diff(&w->scratch, c->key, &c->now, c->has_now, &c->old, c->has_old);
    kith_slice payload = w->scratch.failed ? (kith_slice){0} : buf_slice(&w->scratch);
    uint64_t marks = pubsub_marks(w->people, topic);
    fastlane_publish(w, w->o.id, topic, c->key, payload);
    for (unsigned shard = 0; marks; shard++, marks >>= 1)
        if (marks & 1) world_post(w, shard, mail_new(MAIL_DIFF, c->key, payload, (kith_slice){0}));
}

static void announce(struct world *w)
{
    for (uint32_t i = 0; i < w->changes.count; i++) {
        w->stats.announcements++;
        announce_one(w, &w->changes.items[i]);
        hook_tell(w, &w->changes.items[i]);
    }
    changes_clear(&w->changes);
}

static void put_piece(struct world *w, kith_slice user, struct buf *pieces)
{
    struct presence_topic name;
    struct entry e;
    kith_slice topic = presence_topic(&name, user);
    buf_clear(&w->scratch);
    for (struct tracker_walk walk = {0}; presence_next(w->presence, topic, &walk, &e);) {
        if (w->scratch.len) buf_putc(&w->scratch, ',');
        presence_put_meta(&w->scratch, &e.meta);
    }
    if (w->scratch.failed)
        pieces->failed = true; /* a state without this user would say that nobody is there */
    else if (w->scratch.len)
        list_put(pieces, user, buf_slice(&w->scratch), (kith_slice){0});
}

void home_watch(struct world *w, unsigned from, kith_slice ids, struct buf *pieces)
{
    topic_id topic;
    for (kith_slice id; ids_next(&ids, &id);) {
        if (from != w->o.id && pubsub_mark(w->people, id, from, &topic) != KITH_OK) {
            pieces->failed = true;
            return;
        }
        put_piece(w, id, pieces);
    }
}

void home_look(const struct world *w, kith_slice ids)
{
    struct presence_topic name;
    struct entry e;
    for (kith_slice id; ids_next(&ids, &id);) {
        struct tracker_walk walk = {0};
        kith_slice topic = presence_topic(&name, id);
        name.bytes[topic.len - 1] = 0; /* no id has one */
        (void)presence_next(w->presence, topic, &walk, &e);
    }
}

void home_unwatch(struct world *w, unsigned from, uint64_t sights, kith_slice ids)
{
    if (sights != w->sights_sent[from]) return; /* it says so again once it has heard the rest */
    for (kith_slice id; ids_next(&ids, &id);) {
        topic_id topic = pubsub_find(w->people, id);
        if (topic != TOPIC_NONE) pubsub_unmark(w->people, topic, from);
    }
}

/* A session of the user's, on the user's topic, whose bytes are in `name`. */
static struct presence_session session_of(struct presence_topic *name, kith_slice user,
                                          uint64_t owner, uint64_t device)
{
    return (struct presence_session){presence_topic(name, user), user, owner, device};
}

static void join(struct world *w, const struct presence_session *s, uint32_t at_s,
                 kith_slice fields)
{
    if (presence_join(w->presence, s, at_s, fields, &w->changes)) w->stats.entries_refused++;
    announce(w);
}

/* Users whom many watch, see pacing.h */

/* Of an entry that is shown: by its owner, or by the ref it was announced under. */
static bool find_entry(const struct world *w, kith_slice topic, uint64_t owner,
                       const struct dot *ref, struct entry *e)
{
    for (struct tracker_walk walk = {0}; presence_next(w->presence, topic, &walk, e);)
        if (ref ? e->ref.inc == ref->inc && e->ref.seq == ref->seq : e->owner == owner) return true;
    return false;
}

/* Whether the change waits. A session that is there already, or comes back to what lingers of it,
 * is no news: then only its fields wait. */
static bool hold(struct world *w, const struct presence_session *s, kith_slice fields, bool joins)
{
    struct entry e;
    struct paced p = {.owner = s->owner,
                      .device = s->device,
                      .joins = joins,
                      .at_s = (uint32_t)(w->now.unix_ms / 1000)};
    if (!pacing_waits(w, s->key)) return false;
    if (joins && presence_finds(w->presence, s)) {
        join(w, s, p.at_s, (kith_slice){0});
        if (fields.len == 0) return true;
    }
    if (find_entry(w, s->topic, s->owner, NULL, &e))
        p.ref = e.ref;
    else
        p.joins = true;
    return pacing_keep(w, s->key, &p, fields) == KITH_OK;
}

static void release_one(struct world *w, kith_slice user, const struct paced *p)
{
    struct presence_topic name;
    struct presence_session s = session_of(&name, user, p->owner, p->device);
    struct entry e;
    if (p->ref.seq == 0) {
        join(w, &s, p->at_s, paced_fields(p));
        return;
    }
    if (!find_entry(w, s.topic, 0, &p->ref, &e)) return; /* it has left */
    s.owner = e.owner;
    if (p->joins && slice_eq(e.meta.fields, paced_fields(p))) return;
    if (presence_update(w->presence, &s, paced_fields(p), &w->changes)) w->stats.entries_refused++;
    announce(w);
}

static void release(struct world *w, uint64_t now_ms)
{
    struct pacing_due due;
    while (pacing_next(w, now_ms, &due)) {
        for (const struct paced *p = due.changes; p; p = p->next)
            release_one(w, slice_of(due.user, due.user_len), p);
        pacing_free(due.changes);
    }
}

void home_release(struct world *w) { release(w, w->now.mono_ms); }

void home_track(struct world *w, kith_slice user, uint64_t owner, uint64_t device,
                kith_slice fields)
{
    struct presence_topic name;
    struct presence_session s = session_of(&name, user, owner, device);
    if (!hold(w, &s, fields, true)) join(w, &s, (uint32_t)(w->now.unix_ms / 1000), fields);
}

void home_status(struct world *w, kith_slice user, uint64_t owner, uint64_t device,
                 kith_slice fields)
{
    struct presence_topic name;
    struct presence_session s = session_of(&name, user, owner, device);
    if (hold(w, &s, fields, false)) return;
    kith_err e = presence_update(w->presence, &s, fields, &w->changes);
    if (e == KITH_NONE) { /* there was no room for it when it joined */
        home_track(w, user, owner, device, fields);
        return;
    }
    if (e) w->stats.entries_refused++;
    announce(w);
}

void home_lost(struct world *w, kith_slice user, uint64_t owner, uint64_t device, uint64_t grace_ms)
{
    struct presence_topic name;
    struct presence_session s = session_of(&name, user, owner, device);
    uint64_t until = w->now.mono_ms + grace_ms;
    pacing_forget(w, user, owner);
    bool lingers = grace_ms && presence_lost(w->presence, &s, until, &w->changes) == KITH_OK;
    if (lingers && until < w->expire_at_ms) w->expire_at_ms = until;
    if (!lingers && presence_leave(w->presence, &s, &w->changes)) w->stats.entries_refused++;
    announce(w);
}

/* One by one, so that each is told as it is made. */
void home_expire(struct world *w)
{
    for (unsigned i = 0; i < LEAVES_PER_TURN && w->now.mono_ms >= w->expire_at_ms; i++) {
        w->expire_at_ms = presence_expire(w->presence, w->now.mono_ms, 1, &w->changes);
        announce(w);
    }
}

void home_save(struct world *w)
{
    kith_slice topic;
    struct entry e;
    uint64_t device;
    release(w, UINT64_MAX); /* what waited is what the sessions were last */
    for (struct presence_walk walk = {0};
         presence_next_any(w->presence, &walk, &topic, &e, &device);) {
        struct saved_dots dots = {e.ref, e.prev};
        struct mail *m = mail_new(MAIL_SAVE, e.key, e.meta.fields, slice_of(&dots, sizeof dots));
        if (m) {
            m->device = device;
            m->at = e.meta.online_at_s;
        }
        world_want(w, m);
    }
    world_want(w, mail_new(MAIL_SAVED, (kith_slice){0}, (kith_slice){0}, (kith_slice){0}));
}
