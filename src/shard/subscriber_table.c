/* shard/subscriber_table.c -- what a shard keeps of each channel that listens or is tracked. */
#include "shard/subscriber_table.h"

#include "base/assert.h"
#include "core/pool.h"
#include "shard/awaited.h"

#include <stdlib.h>

#define GENERATION_MASK 0xffffffu

struct subscribers {
    struct pool pool;
    uint32_t born; /* the generation of the latest */
};

struct subscribers *subscribers_new(void)
{
    struct subscribers *t = calloc(1, sizeof *t);
    if (t) pool_init(&t->pool, sizeof(struct subscriber));
    return t;
}

static void release(struct subscriber *s)
{
    free(s->topics);
    mail_queue_fini(&s->entries);
    awaited_free(s->awaited);
    s->generation = 0;
}

void subscribers_free(struct subscribers *t)
{
    if (!t) return;
    for (uint32_t i = 0; i < t->pool.used; i++) {
        struct subscriber *s = pool_at(&t->pool, i);
        if (s->generation) release(s);
    }
    pool_fini(&t->pool);
    free(t);
}

kith_err subscribers_add(struct subscribers *t, uint32_t *number)
{
    if (t->pool.count >= SUBSCRIBERS_MAX) return KITH_FULL;
    kith_err e = pool_take(&t->pool, number);
    if (e) return e;
    t->born = (t->born + 1) & GENERATION_MASK;
    if (t->born == 0) t->born = 1;
    subscribers_at(t, *number)->generation = t->born;
    return KITH_OK;
}

void subscribers_remove(struct subscribers *t, uint32_t number)
{
    release(subscribers_at(t, number));
    pool_give(&t->pool, number);
}

struct subscriber *subscribers_at(const struct subscribers *t, uint32_t number)
{
    KITH_ASSERT(number < t->pool.used);
    return pool_at(&t->pool, number);
}

uint64_t subscribers_handle(const struct subscribers *t, uint32_t number)
{
    return (uint64_t)subscribers_at(t, number)->generation << 32 | number;
}

bool subscribers_find(const struct subscribers *t, uint64_t handle, uint32_t *number)
{
    uint32_t n = (uint32_t)handle, generation = (uint32_t)(handle >> 32);
    if (generation == 0 || n >= t->pool.used) return false;
    if (subscribers_at(t, n)->generation != generation) return false;
    *number = n;
    return true;
}
