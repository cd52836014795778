/* shard/listing.c -- what a topic lists, read at its home. */
#include "shard/listing.h"

#include "shard/list.h"
#include "wire/json.h"
#include "wire/presence.h"

#include <stdlib.h>

/* An object of unique keys, none of which is "metas", that says something. */
static bool is_good(kith_slice object)
{
    struct json j, key, value;
    if (json_parse(object, &j) != KITH_OK || json_unique_keys(j) != KITH_OK) return false;
    struct json_walk walk = json_walk(j);
    return json_next(&walk, &key, &value) && json_get(j, "metas", &value) == KITH_NONE;
}

/* It writes between two braces, where it can be read as the object that it is to be part of. */
void listing_fetch(const struct kith_tracker *t, kith_slice topic, kith_slice key, struct buf *out)
{
    if (!t->presence || !t->presence->fetch) return;
    uint8_t *at = buf_reserve(out, FETCHED_BYTES_MAX + 2);
    if (!at) return;
    size_t len =
        t->presence->fetch(t->presence->context, topic, key, (char *)at + 1, FETCHED_BYTES_MAX);
    if (len > FETCHED_BYTES_MAX) return;
    at[0] = '{';
    at[len + 1] = '}';
    if (!is_good(slice_of(at, len + 2))) return;
    memmove(at, at + 1, len);
    out->len += len;
}

void listing_metas(const struct world *w, const struct kith_tracker *t, kith_slice topic,
                   kith_slice key, struct buf *out)
{
    struct entry e;
    const struct tracker *tracker = trackers_find(w, t, topic);
    size_t before = out->len;
    for (struct tracker_walk walk = {0}; tracker && tracker_next(tracker, topic, &walk, &e);) {
        if (!slice_eq(e.key, key)) continue;
        if (out->len > before) buf_putc(out, ',');
        presence_put_meta(out, &e.meta);
    }
}

struct keys {
    kith_slice *items;
    size_t count, cap;
};

static bool keys_add(struct keys *k, kith_slice key)
{
    if (k->count == k->cap) {
        size_t cap = k->cap ? k->cap * 2 : 8;
        kith_slice *items = realloc(k->items, cap * sizeof *items);
        if (!items) return false;
        k->items = items;
        k->cap = cap;
    }
    k->items[k->count++] = key;
    return true;
}

static int by_bytes(const void *a, const void *b)
{
    return slice_cmp(*(const kith_slice *)a, *(const kith_slice *)b);
}

/* A piece of its own for what is fetched, once for each key. */
static void put_fetched(const struct kith_tracker *t, kith_slice topic, struct keys *k,
                        struct buf *pieces)
{
    struct buf more = {0};
    if (k->count) qsort(k->items, k->count, sizeof *k->items, by_bytes);
    for (size_t i = 0; i < k->count; i++) {
        if (i && slice_eq(k->items[i], k->items[i - 1])) continue;
        buf_clear(&more);
        listing_fetch(t, topic, k->items[i], &more);
        if (more.len) list_put(pieces, k->items[i], (kith_slice){0}, buf_slice(&more));
        pieces->failed |= more.failed;
    }
    buf_fini(&more);
}

void listing_put(const struct world *w, const struct kith_tracker *t, kith_slice topic,
                 kith_slice key, struct buf *pieces)
{
    struct entry e;
    struct buf meta = {0};
    struct keys keys = {0};
    bool fetches = t->presence && t->presence->fetch;
    const struct tracker *tracker = trackers_find(w, t, topic);
    for (struct tracker_walk walk = {0}; tracker && tracker_next(tracker, topic, &walk, &e);) {
        if (key.len && !slice_eq(e.key, key)) continue;
        buf_clear(&meta);
        presence_put_meta(&meta, &e.meta);
        list_put(pieces, e.key, buf_slice(&meta), (kith_slice){0});
        pieces->failed |= meta.failed || (fetches && !keys_add(&keys, e.key));
    }
    put_fetched(t, topic, &keys, pieces);
    buf_fini(&meta);
    free(keys.items);
}
