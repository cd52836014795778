/* edge/crowds.c -- how many connections and long-poll sessions there are from one address. */
#include "edge/crowds.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { CROWDS = 1 << CROWD_BITS };

struct crowds {
    struct siphash_key key;
    _Atomic uint32_t counts[CROWDS], sessions[CROWDS]; /* the first is of nobody */
};

struct crowds *crowds_new(struct siphash_key key)
{
    struct crowds *c = calloc(1, sizeof *c);
    if (c) c->key = key;
    return c;
}

void crowds_free(struct crowds *c) { free(c); }

static uint32_t crowd_of(const struct crowds *c, const struct address *a)
{
    return (uint32_t)(siphash13(&c->key, address_owner(a)) % (CROWDS - 1)) + 1;
}

static bool add(_Atomic uint32_t *count, uint32_t max)
{
    if (atomic_fetch_add_explicit(count, 1, memory_order_relaxed) < max) return true;
    atomic_fetch_sub_explicit(count, 1, memory_order_relaxed);
    return false;
}

static void take(_Atomic uint32_t *count)
{
    atomic_fetch_sub_explicit(count, 1, memory_order_relaxed);
}

uint32_t crowds_enter(struct crowds *c, const struct address *a, uint32_t max)
{
    uint32_t crowd = crowd_of(c, a);
    return add(&c->counts[crowd], max) ? crowd : 0;
}

void crowds_leave(struct crowds *c, uint32_t crowd)
{
    if (crowd) take(&c->counts[crowd]);
}

bool crowds_begin(struct crowds *c, uint32_t crowd, uint32_t max)
{
    return !crowd || add(&c->sessions[crowd], max);
}

void crowds_end(struct crowds *c, uint32_t crowd)
{
    if (crowd) take(&c->sessions[crowd]);
}
