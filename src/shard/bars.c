/* shard/bars.c -- users who may not connect until a time. */
#include "shard/bars.h"

#include <stdlib.h>

struct bar {
    uint64_t until_s;
    uint8_t len, user[USER_ID_BYTES_MAX];
};

static kith_slice user_of(const struct world *w, uint32_t at)
{
    return slice_of(w->bars.items[at].user, w->bars.items[at].len);
}

static uint64_t hash_of(const void *owner, uint32_t at)
{
    const struct world *w = owner;
    return siphash13(&w->o.hash_key, user_of(w, at));
}

static uint32_t find(const struct world *w, kith_slice user)
{
    struct map_probe walk = map_probe(siphash13(&w->o.hash_key, user));
    uint32_t at;
    while ((at = map_next(&w->bars.index, &walk)) != MAP_NONE)
        if (slice_eq(user_of(w, at), user)) break;
    return at;
}

/* The last one takes the place that gets free. */
static void drop(struct world *w, uint32_t at)
{
    struct bars *b = &w->bars;
    uint32_t last = b->count - 1;
    map_remove(&b->index, hash_of(w, at), at);
    if (at != last) map_replace(&b->index, hash_of(w, last), last, at);
    b->items[at] = b->items[last];
    b->count--;
}

static void drop_those_that_are_over(struct world *w)
{
    uint64_t now_s = w->now.unix_ms / 1000;
    for (uint32_t at = w->bars.count; at-- > 0;)
        if (w->bars.items[at].until_s <= now_s) drop(w, at);
}

static kith_err make_room(struct world *w)
{
    struct bars *b = &w->bars;
    if (b->count < b->cap) return KITH_OK;
    drop_those_that_are_over(w);
    if (b->count < b->cap) return KITH_OK;
    if (b->count == BARS_MAX) return KITH_FULL;
    uint32_t cap = b->cap ? b->cap * 2 : 16;
    if (cap > BARS_MAX) cap = BARS_MAX;
    struct bar *items = realloc(b->items, cap * sizeof *items);
    if (!items) return KITH_NOMEM;
    b->items = items;
    b->cap = cap;
    return KITH_OK;
}

kith_err bars_set(struct world *w, kith_slice user, uint64_t until_s)
{
    struct bars *b = &w->bars;
    uint32_t at = find(w, user);
    if (until_s <= w->now.unix_ms / 1000) {
        if (at != MAP_NONE) drop(w, at);
        return KITH_OK;
    }
    if (at == MAP_NONE) {
        kith_err e = make_room(w);
        if (e) return e;
        at = b->count;
        b->items[at].len = (uint8_t)user.len;
        memcpy(b->items[at].user, user.ptr, user.len);
        e = map_add(&b->index, hash_of(w, at), at, hash_of, w);
        if (e) return e;
        b->count++;
    }
    b->items[at].until_s = until_s;
    return KITH_OK;
}

bool bars_has(const struct world *w, kith_slice user)
{
    uint32_t at = w->bars.count ? find(w, user) : MAP_NONE;
    return at != MAP_NONE && w->bars.items[at].until_s > w->now.unix_ms / 1000;
}

void bars_fini(struct world *w)
{
    free(w->bars.items);
    map_fini(&w->bars.index);
}
