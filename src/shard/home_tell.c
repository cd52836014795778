/* shard/home_tell.c -- what has changed at a home is told: to whoever listens to the user, or to
 * the application's hook alone. */
#include "shard/home.h"
#include "shard/home_state.h"

#include "shard/fastlane.h"
#include "shard/hook.h"
#include "shard/pacing.h"
#include "shard/seen.h"
#include "shard/sight_slices.h"
#include "wire/presence.h"

/* Clients are spread evenly over the shards, so that those here tell how many there are. */
static uint32_t audience(const struct world *w, topic_id topic)
{
    unsigned shards = 1 + (unsigned)__builtin_popcountll(pubsub_marks(w->people, topic));
    return pubsub_count(w->people, topic) * shards;
}

static void post_diff(struct world *w, unsigned shard, kith_slice user, kith_slice payload)
{
    struct mail *m = mail_new(MAIL_DIFF, user, payload, (kith_slice){0});
    if (m) m->made_us = w->made_us;
    world_post(w, shard, m);
}

void home_announce_one(struct world *w, const struct change *c)
{
    sight_slices_finish(w, c->key);
    topic_id topic = pubsub_find(w->people, c->key);
    if (topic == TOPIC_NONE) return;
    pacing_announced(w, c->key, audience(w, topic));
    buf_clear(&w->scratch);
    presence_put_diff(&w->scratch, c->key, &c->now, c->has_now, &c->old, c->has_old);
    kith_slice payload = w->scratch.failed ? (kith_slice){0} : buf_slice(&w->scratch);
    uint64_t marks = pubsub_marks(w->people, topic);
    w->made_us = (uint32_t)w->now.mono_us;
    fastlane_publish(w, w->o.id, topic, c->key, payload);
    for (unsigned shard = 0; marks; shard++, marks >>= 1)
        if (marks & 1) post_diff(w, shard, c->key, payload);
}

static void announce_one(struct world *w, const struct change *c)
{
    w->stats.announcements++;
    home_announce_one(w, c);
    if (c->has_now) return;
    seen_note(w, c->key, false);
    home_forget_left(w, c->key);
}

static void announce(struct world *w)
{
    for (uint32_t i = 0; i < w->changes.count; i++) {
        const struct change *c = &w->changes.items[i];
        if (!c->replaced) announce_one(w, c);
        hook_tell(w, c, false);
    }
    changes_clear(&w->changes);
}

static void hear_one(struct world *w, const struct change *c, bool gone)
{
    w->stats.announcements++;
    home_announce_one(w, c);
    if (gone && !c->has_now) seen_note(w, c->key, false);
}

void home_hear(struct world *w, const struct presence *place, bool gone)
{
    for (uint32_t i = 0; i < w->changes.count; i++) {
        const struct change *c = &w->changes.items[i];
        if (place == w->presence) hear_one(w, c, gone);
        if (c->own) hook_tell(w, c, place == w->hidden);
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
void home_tell(struct world *w, const struct presence *place)
{
    if (place == w->hidden)
        confide(w);
    else
        announce(w);
}
