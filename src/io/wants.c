/* io/wants.c -- users whose edges are to be read. */
#include "io/wants.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/map.h"
#include "core/pool.h"

#include <stdlib.h>

struct wants {
    struct siphash_key key;
    struct pool pool;
    struct map index; /* of their users */
    struct {
        uint32_t first, last;
    } lines[WANTS_LINES];
};

struct wants *wants_new(const struct siphash_key *key)
{
    struct wants *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->key = *key;
    pool_init(&w->pool, sizeof(struct want));
    for (int i = 0; i < WANTS_LINES; i++)
        w->lines[i].first = w->lines[i].last = POOL_NONE;
    return w;
}

static struct want *at(const struct wants *w, uint32_t number)
{
    return number == POOL_NONE ? NULL : pool_at(&w->pool, number);
}

static uint64_t hash_of(const void *owner, uint32_t number)
{
    const struct wants *w = owner;
    return siphash13(&w->key, want_user(at(w, number)));
}

static uint32_t find(const struct wants *w, kith_slice user)
{
    struct map_probe probe = map_probe(siphash13(&w->key, user));
    uint32_t number;
    while ((number = map_next(&w->index, &probe)) != MAP_NONE)
        if (slice_eq(want_user(at(w, number)), user)) break;
    return number;
}

void wants_free(struct wants *w)
{
    if (!w) return;
    for (uint32_t i = 0; i < w->pool.used; i++) {
        if (at(w, i)->len == 0) continue; /* given back */
        mail_queue_fini(&at(w, i)->joins);
        mail_queue_fini(&at(w, i)->late);
    }
    map_fini(&w->index);
    pool_fini(&w->pool);
    free(w);
}

struct want *wants_of(struct wants *w, kith_slice user)
{
    uint32_t number = find(w, user);
    if (number != MAP_NONE) return at(w, number);
    if (user.len == 0 || user.len > USER_ID_BYTES_MAX || w->pool.count == SOURCE_WANTS_MAX)
        return NULL;
    if (pool_take(&w->pool, &number) != KITH_OK) return NULL;
    struct want *want = at(w, number);
    *want = (struct want){.line = WANTS_NOWHERE, .number = number, .len = (uint8_t)user.len};
    memcpy(want->user, user.ptr, user.len);
    if (map_add(&w->index, hash_of(w, number), number, hash_of, w) == KITH_OK) return want;
    want->len = 0;
    pool_give(&w->pool, number);
    return NULL;
}

static void leave(struct wants *w, struct want *want)
{
    if (want->line == WANTS_NOWHERE) return;
    if (at(w, want->before))
        at(w, want->before)->behind = want->behind;
    else
        w->lines[want->line].first = want->behind;
    if (at(w, want->behind))
        at(w, want->behind)->before = want->before;
    else
        w->lines[want->line].last = want->before;
    want->line = WANTS_NOWHERE;
}

void wants_stand(struct wants *w, struct want *want, enum wants_line line)
{
    uint32_t number = want->number;
    leave(w, want);
    if (line == WANTS_NOWHERE) return;
    want->line = (uint8_t)line;
    want->behind = POOL_NONE;
    want->before = w->lines[line].last;
    if (at(w, want->before))
        at(w, want->before)->behind = number;
    else
        w->lines[line].first = number;
    w->lines[line].last = number;
}

struct want *wants_first(const struct wants *w, enum wants_line line)
{
    return at(w, w->lines[line].first);
}

void wants_drop(struct wants *w, struct want *want)
{
    uint32_t number = want->number;
    KITH_ASSERT(!want->joins.first && !want->late.first);
    leave(w, want);
    map_remove(&w->index, hash_of(w, number), number);
    want->len = 0;
    pool_give(&w->pool, number);
}
