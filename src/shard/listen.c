/* shard/listen.c -- what a session asks of the homes of its people. */
#include "shard/listen.h"

#include "base/ids.h"
#include "shard/by_home.h"
#include "shard/home.h"
#include "shard/sight_slices.h"
#include "shard/spread.h"
#include "shard/watched.h"

static kith_err ask_here(struct world *w, struct gather *g, kith_slice ids, size_t pieces_max)
{
    struct buf pieces = {0};
    home_listen(w, w->o.id, ids, pieces_max, &pieces);
    kith_err e = pieces.failed ? KITH_NOMEM : gather_pieces(g, w->o.id, buf_slice(&pieces));
    buf_fini(&pieces);
    return e;
}

static kith_err ask_there(struct world *w, uint32_t slot, const struct gather *g, unsigned home,
                          kith_slice ids, size_t pieces_max)
{
    struct mail *m = mail_new(MAIL_LISTEN, ids, (kith_slice){0}, (kith_slice){0});
    if (!m) return KITH_NOMEM;
    m->handle = clients_handle(w->clients, slot);
    m->serial = g->serial;
    m->ids_count = ids_count(ids);
    m->pieces_max = pieces_max;
    w->state_ids_out += (uint32_t)m->ids_count;
    w->state_ids_ms = w->now.mono_ms;
    world_post(w, home, m);
    return KITH_OK;
}

/* Each home's part of the whole state is as large as its part of the people. */
static size_t part(uint32_t ids, uint32_t all)
{
    return all ? (size_t)STATE_BYTES_MAX * ids / all : 0;
}

kith_err listen_ask(struct world *w, uint32_t slot, struct gather *g)
{
    const struct social *s = clients_at(w->clients, slot)->social;
    struct by_home ask = {0};
    uint32_t counts[SHARDS_MAX] = {0}, all = watched_count(s->watched);
    sight_slices_bring(w, slot);
    spread_bring(w, slot); /* the state will have it in it */
    topic_id topic;
    for (struct watched_walk walk = {0}; watched_next(s->watched, &walk, &topic);) {
        kith_slice name = pubsub_name(w->people, topic);
        unsigned home = world_home(w, name);
        ids_put(&ask.of[home], name);
        counts[home]++;
    }
    kith_err e = KITH_OK;
    uint64_t homes = g->busy ? g->busy : UINT64_MAX;
    g->busy = 0;
    /* A join asks all homes, also for nobody: whoever has one person less is not to be told so by
     * the time that it takes. */
    for (unsigned home = 0; home < w->o.count && !e; home++) {
        const struct buf *ids = &ask.of[home];
        if (ids->failed) e = KITH_NOMEM;
        if (e || (ids->len == 0 && !g->answers) || !(homes >> home & 1)) continue;
        g->wanted |= (uint64_t)1 << home;
        size_t max = part(counts[home], all);
        e = home == w->o.id ? ask_here(w, g, buf_slice(ids), max)
                            : ask_there(w, slot, g, home, buf_slice(ids), max);
    }
    by_home_fini(&ask, w->o.count);
    return e;
}
