/* shard/watching.c -- whom a session listens to. */
#include "shard/watching.h"

#include "base/ids.h"
#include "shard/by_home.h"
#include "shard/shade.h"
#include "shard/spread.h"

#include <stdlib.h>
#include <string.h>

kith_err watching_subscribe(struct world *w, uint32_t slot, kith_slice ids)
{
    struct social *s = clients_at(w->clients, slot)->social;
    uint32_t n = ids_count(ids);
    s->watched = n ? malloc(n * sizeof *s->watched) : NULL;
    if (n && !s->watched) return KITH_NOMEM;
    for (kith_slice id; ids_next(&ids, &id);) {
        if (pubsub_subscribe(w->people, id, slot, &s->watched[s->watched_count]) != KITH_OK) {
            watching_drop(w, slot);
            return KITH_NOMEM;
        }
        s->watched_count++;
    }
    return KITH_OK;
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

void watching_drop(struct world *w, uint32_t slot)
{
    struct social *s = clients_at(w->clients, slot)->social;
    struct by_home gone = {0};
    spread_forget(w, slot);
    for (uint32_t i = 0; i < s->watched_count; i++) {
        topic_id t = s->watched[i];
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
    free(s->watched);
    s->watched = NULL;
    s->watched_count = 0;
}

bool watching_has(const struct world *w, uint32_t slot, kith_slice id)
{
    topic_id topic = pubsub_find(w->people, id);
    return topic != TOPIC_NONE && pubsub_has(w->people, topic, slot);
}

/* Edges that are taken away leave shades, for which there is as much room as for edges: whether one
 * more fits does not tell which of the others are shades. */
static bool full(const struct social *s) { return s->watched_count >= 2 * WATCHES_MAX + ASKED_MAX; }

kith_err watching_add(struct world *w, uint32_t slot, kith_slice id)
{
    struct social *s = clients_at(w->clients, slot)->social;
    if (!s->watched_known || full(s) || watching_has(w, slot, id)) return KITH_NONE;
    topic_id *watched = realloc(s->watched, (s->watched_count + 1) * sizeof *watched);
    if (!watched) return KITH_NOMEM;
    s->watched = watched;
    kith_err e = pubsub_subscribe(w->people, id, slot, &watched[s->watched_count]);
    if (!e) s->watched_count++;
    return e;
}

static void remove_at(struct world *w, uint32_t slot, uint32_t at, kith_slice id)
{
    struct social *s = clients_at(w->clients, slot)->social;
    topic_id topic = s->watched[at];
    s->watched[at] = s->watched[--s->watched_count];
    if (pubsub_unsubscribe(w->people, topic, slot)) watching_unmark(w, world_home(w, id), id);
}

kith_err watching_remove(struct world *w, uint32_t slot, kith_slice id)
{
    const struct social *s = clients_at(w->clients, slot)->social;
    topic_id topic = pubsub_find(w->people, id);
    uint32_t at = topic == TOPIC_NONE ? s->watched_count : 0;
    while (at < s->watched_count && s->watched[at] != topic)
        at++;
    if (at == s->watched_count) return KITH_NONE;
    spread_bring(w, slot); /* what it is told next is about what it has seen */
    remove_at(w, slot, at, id);
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
