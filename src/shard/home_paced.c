/* shard/home_paced.c -- users whom many watch: what changes of them may wait, see pacing.h. */
#include "shard/home.h"
#include "shard/home_state.h"

#include "shard/hook.h"
#include "shard/pacing.h"

/* Of an entry that is shown: by its owner, or by the ref it was announced under. */
static bool find_entry(const struct world *w, kith_slice topic, uint64_t owner,
                       const struct dot *ref, struct entry *e)
{
    for (struct tracker_walk walk = {0}; presence_next(w->presence, topic, &walk, e);)
        if (ref ? e->ref.inc == ref->inc && e->ref.seq == ref->seq : e->owner == owner) return true;
    return false;
}

void home_forget_left(struct world *w, kith_slice user)
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

/* What is not kept is not told sooner than the others: of those who come there are as many as a
 * user may have, and of those who are there one whose entry has left may have its place. */
static bool keep(struct world *w, const struct presence_session *s, const struct paced *p,
                 kith_slice fields)
{
    uint32_t shown = world_sessions(w, s->topic);
    uint32_t joins_max = shown < SESSIONS_MAX ? SESSIONS_MAX - shown : 0;
    kith_err e = pacing_keep(w, s->key, p, joins_max, fields);
    if (e == KITH_FULL && p->ref.seq) {
        home_forget_left(w, s->key);
        e = pacing_keep(w, s->key, p, joins_max, fields);
    }
    if (e == KITH_FULL) w->stats.entries_refused++;
    return e == KITH_OK || e == KITH_FULL;
}

/* Whether the change waits. A session that is there already, or comes back to what lingers of it,
 * is no news: then only its fields wait. */
bool home_hold(struct world *w, const struct presence_session *s, kith_slice fields, bool joins)
{
    struct entry e;
    struct paced p = {.owner = s->owner,
                      .device = s->device,
                      .joins = joins,
                      .at_s = (uint32_t)(w->now.unix_ms / 1000)};
    if (!pacing_waits(w, s->key)) return false;
    if (joins && presence_finds(w->presence, s)) {
        home_join(w, w->presence, s, p.at_s, (kith_slice){0});
        if (fields.len == 0) return true;
    }
    if (find_entry(w, s->topic, s->owner, NULL, &e))
        p.ref = e.ref;
    else
        p.joins = true;
    return keep(w, s, &p, fields);
}

static kith_err show_now(struct world *w, const struct presence_session *s)
{
    uint32_t now_s = (uint32_t)(w->now.unix_ms / 1000);
    kith_err e = presence_move(w->hidden, w->presence, s, now_s, &w->changes);
    if (e) return e;
    w->stats.announcements++;
    home_announce_one(w, &w->changes.items[1]);
    hook_moved(w, w->changes.items, false);
    changes_clear(&w->changes);
    return KITH_OK;
}

kith_err home_show(struct world *w, const struct presence_session *s)
{
    const struct paced p = {.owner = s->owner, .device = s->device, .shows = true};
    if (!presence_holds(w->hidden, s)) return KITH_NONE;
    return pacing_waits(w, s->key) ? pacing_keep(w, s->key, &p, 0, (kith_slice){0})
                                   : show_now(w, s);
}

static void release_one(struct world *w, kith_slice user, const struct paced *p)
{
    struct presence_topic name;
    struct presence_session s = {presence_topic(&name, user), user, p->owner, p->device};
    struct entry e;
    if (p->shows) {
        kith_err shown = show_now(w, &s);
        if (shown && shown != KITH_NONE) w->stats.entries_refused++;
        return;
    }
    if (p->ref.seq == 0) {
        home_join(w, w->presence, &s, p->at_s, paced_fields(p));
        return;
    }
    if (!find_entry(w, s.topic, 0, &p->ref, &e)) return; /* it has left */
    s.owner = e.owner;
    if (p->joins && slice_eq(e.meta.fields, paced_fields(p))) return;
    if (presence_update(w->presence, &s, paced_fields(p), &w->changes)) w->stats.entries_refused++;
    home_tell(w, w->presence);
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

/* Each entry as it is goes, or has come: for who sees the user already. That is a client whose
 * friends were read after the change was made, and before it was told here. */
static void tell_listeners(struct world *w, kith_slice user, bool joins)
{
    struct presence_topic name;
    struct entry e;
    if (pubsub_find(w->people, user) == TOPIC_NONE) return;
    for (struct tracker_walk walk = {0};
         presence_next(w->presence, presence_topic(&name, user), &walk, &e);) {
        struct change c = {.key = user, .has_now = joins, .has_old = !joins};
        *(joins ? &c.now : &c.old) = e.meta;
        home_announce_one(w, &c);
    }
}

/* What waits is of the sessions as they were: it is made first. Those on other nodes are shown when
 * they come as these do. */
kith_err home_renew(struct world *w, kith_slice user)
{
    struct presence_topic name;
    kith_slice topic = presence_topic(&name, user);
    struct hook_noted noted;
    struct paced *waiting = pacing_take_all(w, user);
    for (const struct paced *p = waiting; p; p = p->next)
        release_one(w, user, p);
    pacing_free(waiting);
    tell_listeners(w, user, false);
    kith_err e = presence_hide_others(w->presence, topic, user);
    if (e) return e;
    hook_note(w, topic, &noted);
    e = presence_renew(w->presence, topic, (uint32_t)(w->now.unix_ms / 1000));
    hook_tell_noted(w, topic, &noted);
    if (!e) tell_listeners(w, user, true);
    return e;
}

void home_release(struct world *w) { release(w, w->now.mono_ms); }

void home_release_all(struct world *w) { release(w, UINT64_MAX); }
