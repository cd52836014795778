/* core/peers.c -- the other nodes as they are remembered. */
#include "core/peers.h"

#include "base/assert.h"

#include <stddef.h>

struct peer *peers_by_name(struct peers *p, uint64_t nid)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (p->items[i].nid == nid) return &p->items[i];
    return NULL;
}

struct peer *peers_by_run(struct peers *p, uint64_t inc)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (p->items[i].inc == inc) return &p->items[i];
    return NULL;
}

struct past *peers_past(struct peers *p, uint64_t nid)
{
    for (uint32_t i = 0; i < p->past_count; i++)
        if (p->past[i].nid == nid) return &p->past[i];
    return NULL;
}

struct peer *peers_add(struct peers *p)
{
    if (p->count == PEERS_MAX) return NULL;
    p->items[p->count] = (struct peer){0};
    return &p->items[p->count++];
}

static struct past *past_place(struct peers *p, uint64_t nid)
{
    struct past *known = peers_past(p, nid), *oldest = &p->past[0];
    if (known) return known;
    if (p->past_count < PAST_NODES_MAX) return &p->past[p->past_count++];
    for (uint32_t i = 1; i < p->past_count; i++)
        if (p->past[i].gone_ms < oldest->gone_ms) oldest = &p->past[i];
    return oldest;
}

void peers_remove(struct peers *p, struct peer *peer, uint64_t now_ms, bool left)
{
    KITH_ASSERT(peer >= p->items && peer < p->items + p->count);
    *past_place(p, peer->nid) = (struct past){peer->nid, peer->inc, now_ms, peer->told_ms, left};
    *peer = p->items[--p->count];
}
