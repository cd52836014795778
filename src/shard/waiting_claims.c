/* shard/waiting_claims.c -- the sessions for which another node has been asked. */
#include "shard/waiting_claims.h"

#include <stdlib.h>

enum { RING_MIN = 16 };

static struct claim **at(const struct claims *c, uint64_t serial)
{
    return &c->ring[serial & (c->cap - 1)];
}

void claims_fini(struct claims *c)
{
    for (uint64_t serial = c->first; serial < c->last; serial++)
        free(*at(c, serial));
    free(c->ring);
    map_fini(&c->owners);
    *c = (struct claims){0};
}

/* This node gives them: nobody else chooses them. */
static uint64_t hash_owner(uint64_t owner)
{
    owner *= 0x9e3779b97f4a7c15u;
    return owner ^ owner >> 32;
}

/* The map has a serial's low bits: all that wait lie closer together than these can tell. */
enum { LOW = INT32_MAX };

static uint32_t low_of(uint64_t serial) { return serial & LOW; }

static uint64_t whole(const struct claims *c, uint32_t low)
{
    return c->first + ((low - low_of(c->first)) & LOW);
}

static uint64_t hash_of(const void *owner, uint32_t low)
{
    const struct claims *c = owner;
    return hash_owner((*at(c, whole(c, low)))->owner);
}

static kith_err grow(struct claims *c)
{
    struct claims more = *c;
    if (c->last - c->first < c->cap) return KITH_OK;
    more.cap = c->cap ? c->cap * 2 : RING_MIN;
    more.ring = malloc(more.cap * sizeof *more.ring);
    if (!more.ring) return KITH_NOMEM;
    for (uint64_t serial = c->first; serial < c->last; serial++)
        *at(&more, serial) = *at(c, serial);
    free(c->ring);
    *c = more;
    return KITH_OK;
}

kith_err claims_add(struct claims *c, struct claim *claim)
{
    if (c->last == 0) c->first = c->last = 1;
    kith_err e = grow(c);
    if (e) return e;
    e = map_add(&c->owners, hash_owner(claim->owner), low_of(c->last), hash_of, c);
    if (e) return e;
    claim->serial = c->last++;
    *at(c, claim->serial) = claim;
    return KITH_OK;
}

void claims_remove(struct claims *c, const struct claim *claim)
{
    map_remove(&c->owners, hash_owner(claim->owner), low_of(claim->serial));
    *at(c, claim->serial) = NULL;
    while (c->first < c->last && !*at(c, c->first))
        c->first++;
}

struct claim *claims_of_serial(const struct claims *c, uint64_t serial)
{
    return serial >= c->first && serial < c->last ? *at(c, serial) : NULL;
}

struct claim *claims_of_owner(const struct claims *c, uint64_t owner)
{
    struct map_probe probe = map_probe(hash_owner(owner));
    for (uint32_t low; (low = map_next(&c->owners, &probe)) != MAP_NONE;) {
        struct claim *claim = claims_of_serial(c, whole(c, low));
        if (claim && claim->owner == owner) return claim;
    }
    return NULL;
}

struct claim *claims_oldest(const struct claims *c) { return claims_of_serial(c, c->first); }
