/* core/dots.c -- the refs that are not their slot's own. */
#include "core/dots.h"

#include "base/limits.h"

#include <stdlib.h>

enum { SEQ_BITS = 48 };
_Static_assert(DOT_SEQ_MAX >> SEQ_BITS == 0, "a number fits beside its origin");

/* Each an origin's index << 48 and a number; 0: none (numbers begin at 1). */
struct packed {
    uint64_t ref, prev, replaces;
};

void dots_init(struct dots *d)
{
    *d = (struct dots){0};
    pool_init(&d->taken, sizeof(struct packed));
}

void dots_fini(struct dots *d)
{
    pool_fini(&d->taken);
    free(d->origins);
    dots_init(d);
}

static kith_err grow(struct dots *d)
{
    if (d->origin_count == ORIGINS_MAX) return KITH_FULL;
    if (d->origin_count < d->origin_cap) return KITH_OK;
    uint32_t cap = d->origin_cap ? d->origin_cap * 2 : 4;
    struct origin *origins = realloc(d->origins, cap * sizeof *origins);
    if (!origins) return KITH_NOMEM;
    d->origins = origins;
    d->origin_cap = cap;
    return KITH_OK;
}

/* A search through all: there are as many as restarts whose entries still live, a handful. */
static kith_err take_origin(struct dots *d, uint64_t inc, uint64_t *out)
{
    uint32_t at = d->origin_count;
    for (uint32_t i = 0; i < d->origin_count; i++) {
        if (d->origins[i].refs && d->origins[i].inc == inc) {
            d->origins[i].refs++;
            *out = i;
            return KITH_OK;
        }
        if (d->origins[i].refs == 0) at = i;
    }
    if (at == d->origin_count) {
        kith_err e = grow(d);
        if (e) return e;
        d->origin_count++;
    }
    d->origins[at] = (struct origin){inc, 1};
    *out = at;
    return KITH_OK;
}

static kith_err pack(struct dots *d, struct dot dot, uint64_t *out)
{
    *out = 0;
    if (dot.seq == 0) return KITH_OK;
    if (dot.seq > DOT_SEQ_MAX) return KITH_BAD;
    uint64_t origin;
    kith_err e = take_origin(d, dot.inc, &origin);
    if (!e) *out = origin << SEQ_BITS | dot.seq;
    return e;
}

static void let_go(struct dots *d, uint64_t packed)
{
    if (packed) d->origins[packed >> SEQ_BITS].refs--;
}

static void let_all_go(struct dots *d, const struct packed *p)
{
    let_go(d, p->ref);
    let_go(d, p->prev);
    let_go(d, p->replaces);
}

kith_err dots_take(struct dots *d, const struct refs *r, uint32_t *out)
{
    struct packed p = {0};
    kith_err e = pack(d, r->ref, &p.ref);
    if (!e) e = pack(d, r->prev, &p.prev);
    if (!e) e = pack(d, r->replaces, &p.replaces);
    if (!e) e = pool_take(&d->taken, out);
    if (e)
        let_all_go(d, &p);
    else
        *(struct packed *)pool_at(&d->taken, *out) = p;
    return e;
}

void dots_drop(struct dots *d, uint32_t number)
{
    let_all_go(d, pool_at(&d->taken, number));
    pool_give(&d->taken, number);
}

static struct dot unpack(const struct dots *d, uint64_t packed)
{
    if (packed == 0) return (struct dot){0};
    return (struct dot){d->origins[packed >> SEQ_BITS].inc, packed & DOT_SEQ_MAX};
}

struct refs dots_get(const struct dots *d, uint32_t number)
{
    const struct packed *p = pool_at(&d->taken, number);
    return (struct refs){unpack(d, p->ref), unpack(d, p->prev), unpack(d, p->replaces)};
}

uint64_t dots_bytes(const struct dots *d)
{
    return pool_bytes(&d->taken) + heap_chunk(d->origin_cap * sizeof *d->origins);
}
