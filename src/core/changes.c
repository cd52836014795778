/* core/changes.c -- a list of changes, and the bytes they speak of: copied, so that a change can be
 * read however the tracker goes on. */
#include "core/changes.h"

#include <stdlib.h>

enum {
    CHUNK_MIN = 512, /* a flip fits in the first; a storm in few of the last */
    CHUNK_MAX = 65536,
    ITEMS_KEPT = 4096,
};

struct chunk {
    struct chunk *older;
    size_t cap, len;
    uint8_t bytes[];
};

/* Room for `n` bytes that stays where it is; counted as used by the caller. */
static struct chunk *make_room(struct changes *c, size_t n)
{
    struct chunk *newest = c->held;
    if (newest && newest->cap - newest->len >= n) return newest;
    size_t cap = newest ? newest->cap * 2 : CHUNK_MIN;
    if (cap > CHUNK_MAX) cap = CHUNK_MAX;
    if (cap < n) cap = n;
    struct chunk *added = malloc(sizeof *added + cap);
    if (!added) return NULL;
    *added = (struct chunk){.older = newest, .cap = cap};
    c->held = added;
    return added;
}

static kith_slice keep(struct chunk *chunk, kith_slice s)
{
    if (s.len == 0) return (kith_slice){0};
    uint8_t *to = chunk->bytes + chunk->len;
    memcpy(to, s.ptr, s.len);
    chunk->len += s.len;
    return slice_of(to, s.len);
}

static kith_err grow(struct changes *c)
{
    if (c->count < c->cap) return KITH_OK;
    uint32_t cap = c->cap ? c->cap * 2 : 4;
    struct change *items = realloc(c->items, cap * sizeof *items);
    if (!items) return KITH_NOMEM;
    c->items = items;
    c->cap = cap;
    return KITH_OK;
}

static size_t meta_len(const struct meta *m) { return m ? m->fields.len : 0; }

static struct meta keep_meta(struct chunk *chunk, const struct meta *m)
{
    if (!m) return (struct meta){0};
    struct meta kept = *m;
    kept.fields = keep(chunk, m->fields);
    return kept;
}

static bool ends_with(kith_slice s, kith_slice end)
{
    return s.len >= end.len && slice_eq(slice_from(s, s.len - end.len), end);
}

kith_err changes_add(struct changes *c, kith_slice topic, kith_slice key, const struct meta *old,
                     const struct meta *now)
{
    kith_err e = grow(c);
    if (e) return e;
    struct chunk *chunk = make_room(c, topic.len + key.len + meta_len(old) + meta_len(now));
    if (!chunk) return KITH_NOMEM;
    struct change *item = &c->items[c->count++];
    *item = (struct change){.topic = keep(chunk, topic), .has_old = old, .has_now = now};
    item->key = ends_with(topic, key) ? slice_from(item->topic, topic.len - key.len)
                                      : keep(chunk, key);
    item->old = keep_meta(chunk, old);
    item->now = keep_meta(chunk, now);
    return KITH_OK;
}

static void free_chunks(struct chunk *chunk)
{
    while (chunk) {
        struct chunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
}

/* The newest chunk, which is no smaller than the others, stays: a steady stream of changes
 * allocates nothing. What a storm needed goes. */
void changes_clear(struct changes *c)
{
    struct chunk *newest = c->held;
    c->count = 0;
    if (c->cap > ITEMS_KEPT) {
        free(c->items);
        c->items = NULL;
        c->cap = 0;
    }
    if (!newest) return;
    free_chunks(newest->older);
    newest->older = NULL;
    newest->len = 0;
}

void changes_fini(struct changes *c)
{
    free_chunks(c->held);
    free(c->items);
    *c = (struct changes){0};
}
