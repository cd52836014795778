/* shard/home.c -- what the home of a user does for it. */
#include "shard/home.h"
#include "shard/home_state.h"

#include "shard/hook.h"
#include "shard/pacing.h"

/* How many leaves of a mass drop go out in one turn: others' messages come between. */
enum { LEAVES_PER_TURN = 1000 };

uint64_t home_owner(unsigned shard, uint64_t handle)
{
    return (uint64_t)(shard + 1) << 56 | handle; /* a handle has 24 + 32 bits */
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

void home_join(struct world *w, struct presence *place, const struct presence_session *p,
               uint32_t at_s, kith_slice fields)
{
    if (!has_room(w, place, p) || presence_join(place, p, at_s, fields, &w->changes))
        w->stats.entries_refused++;
    else if (w->changes.count == 0)
        hook_adopted(w, place, p);
    home_tell(w, place);
}

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
    if (place == w->hidden || !home_hold(w, &p, fields, true))
        home_join(w, place, &p, (uint32_t)(w->now.unix_ms / 1000), fields);
}

void home_status(struct world *w, const struct home_session *s, kith_slice fields)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    struct presence *place = place_of(w, &p, s->hiding);
    if (place != w->hidden && home_hold(w, &p, fields, false)) return;
    kith_err e = presence_update(place, &p, fields, &w->changes);
    if (e == KITH_NONE) { /* there was no room for it when it joined */
        home_track(w, s, fields);
        return;
    }
    if (e) w->stats.entries_refused++;
    home_tell(w, place);
}

void home_lost(struct world *w, const struct home_session *s, uint64_t grace_ms)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    struct presence *place = presence_holds(w->hidden, &p) ? w->hidden : w->presence;
    uint64_t until = w->now.mono_ms + grace_ms;
    /* Who was to be seen soon is not found hidden by its next session. */
    if (pacing_unshow(w, s->user, s->owner)) grace_ms = 0;
    pacing_forget(w, s->user, s->owner);
    bool lingers = grace_ms && presence_lost(place, &p, until, &w->changes) == KITH_OK;
    if (lingers && until < w->expire_at_ms) w->expire_at_ms = until;
    if (!lingers && presence_leave(place, &p, &w->changes)) w->stats.entries_refused++;
    home_tell(w, place);
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
    home_tell(w, place);
}

static kith_err end_lost_in(struct world *w, struct presence *place, kith_slice user)
{
    struct presence_topic name;
    kith_err e = presence_end_lost(place, presence_topic(&name, user), user, &w->changes);
    home_tell(w, place);
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
    home_tell(w, w->hidden);
    w->expire_at_ms = earlier(presence_expire(w->presence, w->now.mono_ms, 1, &w->changes), hidden);
    home_tell(w, w->presence);
}

void home_expire(struct world *w)
{
    for (unsigned i = 0; i < LEAVES_PER_TURN && w->now.mono_ms >= w->expire_at_ms; i++)
        expire_one(w);
}
