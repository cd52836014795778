/* shard/watching.c -- whom a session listens to. */
#include "shard/watching.h"

#include "base/ids.h"
#include "shard/by_home.h"
#include "shard/shade.h"
#include "shard/spread.h"
#include "shard/watched.h"

/* Which topics those are is noted first in the scratch, which is there for nothing else meanwhile.
 */
static kith_err subscribe(struct world *w, uint32_t slot, kith_slice ids, uint32_t *count)
{
    topic_id topic;
    for (kith_slice id; ids_next(&ids, &id); ++*count) {
        if (pubsub_subscribe(w->people, id, slot, &topic) != KITH_OK) return KITH_NOMEM;
        buf_put(&w->scratch, slice_of(&topic, sizeof topic));
    }
    return KITH_OK;
}

kith_err watching_subscribe(struct world *w, uint32_t slot, kith_slice ids)
{
    struct social *s = clients_at(w->clients, slot)->social;
    uint32_t count = 0;
    buf_clear(&w->scratch);
    if (ids.len == 0) return KITH_OK;
    if (!buf_reserve(&w->scratch, ids_count(ids) * sizeof(topic_id))) return KITH_NOMEM;
    kith_err e = subscribe(w, slot, ids, &count);
    topic_id *topics = (topic_id *)(void *)w->scratch.ptr;
    s->watched = count ? watched_of(topics, count) : NULL;
    if (!e && s->watched) return KITH_OK;
    for (uint32_t i = 0; i < count; i++)
        (void)pubsub_unsubscribe(w->people, topics[i], slot);
    watched_free(s->watched);
    s->watched = NULL;
    return KITH_NOMEM;
}

/* A home that has told of a change of sight which is on its way here leaves the mark: somebody may
 * listen again by then. */
static void unlisten(struct world *w, unsigned home, const struct buf *ids)
{
    struct mail *m =
        ids->failed ? NULL
                    : mail_new(MAIL_UNLISTEN, buf_slice(ids), (kith_slice){0}, (kith_slice){0});
    if (m) m->sights = w->sights_seen[home];
    world_post(w, home, m);
}

void watching_unmark(struct world *w, unsigned home, kith_slice user)
{
    struct buf ids = {0};
    if (home == w->o.id) return;
    ids_put(&ids, user);
    unlisten(w, home, &ids);
    buf_fini(&ids);
}

void watching_unmark_if_alone(struct world *w, unsigned home, kith_slice user)
{
    if (pubsub_find(w->people, user) == TOPIC_NONE) watching_unmark(w, home, user);
}

bool watching_drop_some(struct world *w, uint32_t slot, const struct watched *s,
                        struct watched_walk *walk, uint32_t *left)
{
    struct by_home gone = {0};
    topic_id t;
    bool more = true;
    for (; *left && (more = watched_next(s, walk, &t)); --*left) {
        kith_slice name = pubsub_name(w->people, t);
        unsigned home = world_home(w, name);
        /* The name goes with the topic, so it is noted first; it is sent only if nobody is left. */
        struct buf *ids = &gone.of[home];
        size_t before = ids->len;
        if (home != w->o.id) ids_put(&gone.of[home], name);
        if (!pubsub_unsubscribe(w->people, t, slot)) ids->len = before;
    }
    for (unsigned home = 0; home < w->o.count; home++)
        if (gone.of[home].len) unlisten(w, home, &gone.of[home]);
    by_home_fini(&gone, w->o.count);
    return !more;
}

void watching_drop(struct world *w, uint32_t slot)
{
    struct social *s = clients_at(w->clients, slot)->social;
    struct watched_walk walk = {0};
    uint32_t all = UINT32_MAX;
    spread_forget(w, slot);
    (void)watching_drop_some(w, slot, s->watched, &walk, &all);
    watched_free(s->watched);
    s->watched = NULL;
}

bool watching_has(const struct world *w, uint32_t slot, kith_slice id)
{
    topic_id topic = pubsub_find(w->people, id);
    return topic != TOPIC_NONE && pubsub_has(w->people, topic, slot);
}

/* Edges that are taken away leave shades, for which there is as much room as for edges: whether one
 * more fits does not tell which of the others are shades. */
static bool full(const struct social *s)
{
    return watched_count(s->watched) >= 2 * WATCHES_MAX + ASKED_MAX;
}

kith_err watching_add(struct world *w, uint32_t slot, kith_slice id)
{
    struct social *s = clients_at(w->clients, slot)->social;
    topic_id topic;
    if (!s->watched_known || full(s) || watching_has(w, slot, id)) return KITH_NONE;
    kith_err e = pubsub_subscribe(w->people, id, slot, &topic);
    if (e) return e;
    e = watched_add(&s->watched, topic);
    if (e) (void)pubsub_unsubscribe(w->people, topic, slot);
    return e;
}

kith_err watching_remove(struct world *w, uint32_t slot, kith_slice id)
{
    struct social *s = clients_at(w->clients, slot)->social;
    topic_id topic = pubsub_find(w->people, id);
    if (topic == TOPIC_NONE || !watched_remove(&s->watched, topic)) return KITH_NONE;
    spread_bring(w, slot); /* what it is told next is about what it has seen */
    if (pubsub_unsubscribe(w->people, topic, slot)) watching_unmark(w, world_home(w, id), id);
    return KITH_OK;
}

kith_err watching_gain(struct world *w, uint32_t slot, kith_slice user)
{
    struct shade shade;
    kith_err e = watching_remove(w, slot, shade_of(&shade, user));
    return e && e != KITH_NONE ? e : watching_add(w, slot, user);
}

kith_err watching_lose(struct world *w, uint32_t slot, kith_slice user)
{
    struct shade shade;
    kith_err e = watching_remove(w, slot, user);
    if (!e && watching_add(w, slot, shade_of(&shade, user)) != KITH_OK) return KITH_OK;
    return e; /* even if it is subscribed to one less: there was no memory or room */
}
