/* shard/home.c -- what the home of a user does for it. */
#include "shard/home.h"

#include "shard/fastlane.h"
#include "shard/hook.h"
#include "shard/list.h"
#include "shard/pacing.h"
#include "shard/seen.h"
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

/* Of an entry that is shown: by its owner, or by the ref it was announced under. */
static bool find_entry(const struct world *w, kith_slice topic, uint64_t owner,
                       const struct dot *ref, struct entry *e)
{
    for (struct tracker_walk walk = {0}; presence_next(w->presence, topic, &walk, e);)
        if (ref ? e->ref.inc == ref->inc && e->ref.seq == ref->seq : e->owner == owner) return true;
    return false;
}

/* What waits of sessions that have left waits for nothing. */
static void forget_left(struct world *w, kith_slice user)
{
    struct presence_topic name;
    struct entry e;
    kith_slice topic = presence_topic(&name, user);
    for (struct paced *p = pacing_take_all(w, user), *next; p; p = next) {
        next = p->next;
        p->next = NULL;
        if (p->ref.seq == 0 || find_entry(w, topic, 0, &p->ref, &e))
            pacing_put_back(w, user, p);
        else
            pacing_free(p);
    }
}

static void announce(struct world *w)
{
    for (uint32_t i = 0; i < w->changes.count; i++) {
        w->stats.announcements++;
        announce_one(w, &w->changes.items[i]);
        if (!w->changes.items[i].has_now) {
            seen_note(w, w->changes.items[i].key, false);
            forget_left(w, w->changes.items[i].key);
        }
        hook_tell(w, &w->changes.items[i], false);
    }
    changes_clear(&w->changes);
}

/* What only the application may know. */
static void confide(struct world *w)
{
    for (uint32_t i = 0; i < w->changes.count; i++)
        hook_tell(w, &w->changes.items[i], true);
    changes_clear(&w->changes);
}

/* What has changed in a place is told to whom it concerns. */
static void tell(struct world *w, const struct presence *place)
{
    if (place == w->hidden)
        confide(w);
    else
        announce(w);
}

static void put_piece(struct world *w, const struct presence *place, kith_slice user,
                      struct buf *pieces)
{
    struct presence_topic name;
    struct entry e;
    kith_slice topic = presence_topic(&name, user);
    buf_clear(&w->scratch);
    for (struct tracker_walk walk = {0}; presence_next(place, topic, &walk, &e);) {
        if (w->scratch.len) buf_putc(&w->scratch, ',');
        presence_put_meta(&w->scratch, &e.meta);
    }
    if (w->scratch.failed)
        pieces->failed = true; /* a state without this user would say that nobody is there */
    else if (w->scratch.len)
        list_put(pieces, user, buf_slice(&w->scratch), (kith_slice){0});
}

void home_listen(struct world *w, unsigned from, kith_slice ids, struct buf *pieces)
{
    topic_id topic;
    for (kith_slice id; ids_next(&ids, &id);) {
        if (from != w->o.id && pubsub_mark(w->people, id, from, &topic) != KITH_OK) {
            pieces->failed = true;
            return;
        }
        put_piece(w, w->presence, id, pieces);
    }
}

void home_list_hidden(struct world *w, kith_slice ids, struct buf *pieces)
{
    for (kith_slice id; ids_next(&ids, &id);)
        put_piece(w, w->hidden, id, pieces);
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

void home_unlisten(struct world *w, unsigned from, uint64_t sights, kith_slice ids)
{
    if (sights != w->sights_sent[from]) return; /* it says so again once it has heard the rest */
    for (kith_slice id; ids_next(&ids, &id);) {
        topic_id topic = pubsub_find(w->people, id);
        if (topic != TOPIC_NONE) pubsub_unmark(w->people, topic, from);
    }
}

struct presence_session home_presence(struct presence_topic *name, const struct home_session *s)
{
    return (struct presence_session){presence_topic(name, s->user), s->user, s->owner, s->device};
}

/* Hidden and seen ones together are as many as a user may have. */
static bool has_room(const struct world *w, const struct presence *place,
                     const struct presence_session *p)
{
    return presence_finds(place, p) || world_sessions(w, p->topic) < SESSIONS_MAX;
}

static void join(struct world *w, struct presence *place, const struct presence_session *p,
                 uint32_t at_s, kith_slice fields)
{
    if (!has_room(w, place, p) || presence_join(place, p, at_s, fields, &w->changes))
        w->stats.entries_refused++;
    tell(w, place);
}

/* Users whom many watch, see pacing.h */

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
        join(w, w->presence, s, p.at_s, (kith_slice){0});
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
    struct presence_session s = {presence_topic(&name, user), user, p->owner, p->device};
    struct entry e;
    if (p->ref.seq == 0) {
        join(w, w->presence, &s, p->at_s, paced_fields(p));
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

/* What waits is of the sessions as they were: it is made first. */
kith_err home_renew(struct world *w, kith_slice user)
{
    struct presence_topic name;
    struct paced *waiting = pacing_take_all(w, user);
    for (const struct paced *p = waiting; p; p = p->next)
        release_one(w, user, p);
    pacing_free(waiting);
    return presence_renew(w->presence, presence_topic(&name, user),
                          (uint32_t)(w->now.unix_ms / 1000));
}

void home_release(struct world *w) { release(w, w->now.mono_ms); }

/* Where a session is; else where what it may take over is, that of a hidden one first, which nobody
 * is to see; else where it says that it belongs. */
static struct presence *place_of(const struct world *w, const struct presence_session *p,
                                 enum hiding hiding)
{
    if (presence_holds(w->presence, p)) return w->presence;
    if (hiding == HIDING_NO ? presence_holds(w->hidden, p) : presence_finds(w->hidden, p))
        return w->hidden;
    if (presence_finds(w->presence, p)) return w->presence;
    return hiding == HIDING_YES ? w->hidden : w->presence;
}

void home_track(struct world *w, const struct home_session *s, kith_slice fields)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    struct presence *place = place_of(w, &p, s->hiding);
    if (place == w->hidden || !hold(w, &p, fields, true))
        join(w, place, &p, (uint32_t)(w->now.unix_ms / 1000), fields);
}

void home_status(struct world *w, const struct home_session *s, kith_slice fields)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    struct presence *place = place_of(w, &p, s->hiding);
    if (place != w->hidden && hold(w, &p, fields, false)) return;
    kith_err e = presence_update(place, &p, fields, &w->changes);
    if (e == KITH_NONE) { /* there was no room for it when it joined */
        home_track(w, s, fields);
        return;
    }
    if (e) w->stats.entries_refused++;
    tell(w, place);
}

void home_lost(struct world *w, const struct home_session *s, uint64_t grace_ms)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    struct presence *place = presence_holds(w->hidden, &p) ? w->hidden : w->presence;
    uint64_t until = w->now.mono_ms + grace_ms;
    pacing_forget(w, s->user, s->owner);
    bool lingers = grace_ms && presence_lost(place, &p, until, &w->changes) == KITH_OK;
    if (lingers && until < w->expire_at_ms) w->expire_at_ms = until;
    if (!lingers && presence_leave(place, &p, &w->changes)) w->stats.entries_refused++;
    tell(w, place);
}

/* It takes over what lingers, of which nobody is told, and leaves. */
void home_end_away(struct world *w, const struct home_session *s)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    struct presence *place = presence_finds(w->hidden, &p) ? w->hidden : w->presence;
    if (!presence_finds(place, &p)) return;
    uint32_t now_s = (uint32_t)(w->now.unix_ms / 1000);
    if (presence_join(place, &p, now_s, (kith_slice){0}, &w->changes) == KITH_OK &&
        presence_leave(place, &p, &w->changes) != KITH_OK)
        w->stats.entries_refused++;
    tell(w, place);
}

bool home_hides(const struct world *w, const struct home_session *s)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    return presence_holds(w->hidden, &p);
}

kith_err home_show(struct world *w, const struct home_session *s)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    uint32_t now_s = (uint32_t)(w->now.unix_ms / 1000);
    kith_err e = presence_move(w->hidden, w->presence, &p, now_s, &w->changes);
    if (e) return e;
    w->stats.announcements++;
    announce_one(w, &w->changes.items[1]);
    hook_moved(w, w->changes.items, false);
    changes_clear(&w->changes);
    return KITH_OK;
}

static kith_err end_lost_in(struct world *w, struct presence *place, kith_slice user)
{
    struct presence_topic name;
    kith_err e = presence_end_lost(place, presence_topic(&name, user), user, &w->changes);
    tell(w, place);
    return e;
}

kith_err home_end_lost(struct world *w, kith_slice user)
{
    kith_err hidden = end_lost_in(w, w->hidden, user);
    kith_err e = end_lost_in(w, w->presence, user);
    return e ? e : hidden;
}

/* One by one, so that each is told as it is made. */
static void expire_one(struct world *w)
{
    uint64_t hidden = presence_expire(w->hidden, w->now.mono_ms, 1, &w->changes);
    confide(w);
    w->expire_at_ms = earlier(presence_expire(w->presence, w->now.mono_ms, 1, &w->changes), hidden);
    announce(w);
}

void home_expire(struct world *w)
{
    for (unsigned i = 0; i < LEAVES_PER_TURN && w->now.mono_ms >= w->expire_at_ms; i++)
        expire_one(w);
}

static struct mail *save_mail(const struct entry *e, uint64_t device, bool hidden)
{
    struct saved_dots dots = {e->ref, e->prev};
    struct mail *m = mail_new(MAIL_SAVE, e->key, e->meta.fields, slice_of(&dots, sizeof dots));
    if (!m) return NULL;
    m->device = device;
    m->at = e->meta.online_at_s;
    m->serial = hidden;
    return m;
}

static void save(struct world *w, const struct presence *place)
{
    kith_slice topic;
    struct entry e;
    uint64_t device;
    for (struct presence_walk walk = {0}; presence_next_any(place, &walk, &topic, &e, &device);)
        world_want(w, save_mail(&e, device, place == w->hidden));
}

void home_save(struct world *w)
{
    release(w, UINT64_MAX); /* what waited is what the sessions were last */
    save(w, w->presence);
    save(w, w->hidden);
    world_want(w, mail_new(MAIL_SAVED, (kith_slice){0}, (kith_slice){0}, (kith_slice){0}));
}
