/* core/metas.c -- interned bytes, counted.
 *
 * Up to SHORT_MAX bytes lie in a pool of their length's class, in steps of 8, behind a count and a
 * length: about 10 bytes of overhead, and the index's 7. Longer ones lie on the heap, and the last
 * class holds the pointer. A number is a class and a number in its pool. */
#include "core/metas.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/map.h"
#include "core/pool.h"

#include <stdlib.h>

struct item {
    uint32_t refs;
    uint16_t len;
    uint8_t bytes[]; /* or a pointer to them, not aligned */
};

enum {
    HEAD = 6, /* offsetof(struct item, bytes) */
    STEP = 8,
    SHORT_MAX = META_BYTES_MAX,
    LONG = (HEAD + SHORT_MAX + STEP - 1) / STEP, /* the class of the long ones */
    CLASSES = LONG + 1,
    NUMBER_BITS = 24,
};
_Static_assert(offsetof(struct item, bytes) == HEAD, "items are packed");
_Static_assert(CLASSES < 1 << (32 - NUMBER_BITS), "a class is 8 bits");

struct metas {
    struct siphash_key key;
    struct map index;
    uint64_t long_bytes;
    struct pool *classes[CLASSES]; /* NULL until there is one of this length */
};

struct metas *metas_new(const struct siphash_key *key)
{
    struct metas *m = calloc(1, sizeof *m);
    if (m) m->key = *key;
    return m;
}

static uint32_t class_of(size_t len)
{
    return len > SHORT_MAX ? LONG : (uint32_t)((HEAD + len + STEP - 1) / STEP - 1);
}

static size_t class_bytes(uint32_t class)
{
    return class == LONG ? 2 * STEP : (class + 1) * (size_t)STEP;
}

static struct item *item_at(const struct metas *m, meta_id id)
{
    return pool_at(m->classes[id >> NUMBER_BITS], id & ((1u << NUMBER_BITS) - 1));
}

static uint8_t *long_ptr(const struct item *it)
{
    uint8_t *ptr;
    memcpy(&ptr, it->bytes, sizeof ptr);
    return ptr;
}

static kith_slice bytes_of(const struct item *it)
{
    return slice_of(it->len > SHORT_MAX ? long_ptr(it) : it->bytes, it->len);
}

kith_slice metas_get(const struct metas *m, meta_id id) { return bytes_of(item_at(m, id)); }

static uint64_t hash_of(const void *owner, uint32_t id)
{
    const struct metas *m = owner;
    return siphash13(&m->key, metas_get(m, id));
}

static void free_long(const struct pool *p)
{
    for (uint32_t i = 0; i < p->used; i++) {
        const struct item *it = pool_at(p, i);
        if (it->len) free(long_ptr(it));
    }
}

void metas_free(struct metas *m)
{
    if (!m) return;
    for (uint32_t c = 0; c < CLASSES; c++) {
        if (!m->classes[c]) continue;
        if (c == LONG) free_long(m->classes[c]);
        pool_fini(m->classes[c]);
        free(m->classes[c]);
    }
    map_fini(&m->index);
    free(m);
}

static meta_id find(const struct metas *m, kith_slice bytes, uint64_t hash)
{
    struct map_probe probe = map_probe(hash);
    for (meta_id id; (id = map_next(&m->index, &probe)) != MAP_NONE;)
        if (slice_eq(metas_get(m, id), bytes)) return id;
    return META_NONE;
}

meta_id metas_find(const struct metas *m, kith_slice bytes)
{
    return find(m, bytes, siphash13(&m->key, bytes));
}

bool metas_is_shared(const struct metas *m, meta_id id)
{
    return id != META_NONE && item_at(m, id)->refs > 1;
}

static kith_err pool_of(struct metas *m, uint32_t class, struct pool **out)
{
    if (!m->classes[class]) {
        m->classes[class] = malloc(sizeof *m->classes[class]);
        if (!m->classes[class]) return KITH_NOMEM;
        pool_init(m->classes[class], class_bytes(class));
    }
    *out = m->classes[class];
    return KITH_OK;
}

static kith_err fill(struct metas *m, struct item *it, kith_slice bytes)
{
    uint8_t *to = it->bytes;
    if (bytes.len > SHORT_MAX) {
        to = malloc(bytes.len);
        if (!to) return KITH_NOMEM;
        memcpy(it->bytes, &to, sizeof to);
        m->long_bytes += heap_chunk(bytes.len);
    }
    if (bytes.len) memcpy(to, bytes.ptr, bytes.len);
    it->len = (uint16_t)bytes.len;
    it->refs = 1;
    return KITH_OK;
}

/* Of an item that nobody can find any more. */
static void discard(struct metas *m, meta_id id)
{
    struct item *it = item_at(m, id);
    if (it->len > SHORT_MAX) {
        m->long_bytes -= heap_chunk(it->len);
        free(long_ptr(it));
    }
    it->len = 0;
    pool_give(m->classes[id >> NUMBER_BITS], id & ((1u << NUMBER_BITS) - 1));
}

static kith_err add(struct metas *m, kith_slice bytes, uint64_t hash, meta_id *out)
{
    struct pool *p;
    uint32_t class = class_of(bytes.len), number;
    kith_err e = pool_of(m, class, &p);
    if (e) return e;
    if (p->count >> NUMBER_BITS) return KITH_FULL;
    e = pool_take(p, &number);
    if (e) return e;
    *out = class << NUMBER_BITS | number;
    e = fill(m, item_at(m, *out), bytes);
    if (!e) e = map_add(&m->index, hash, *out, hash_of, m);
    if (e) discard(m, *out);
    return e;
}

kith_err metas_take(struct metas *m, kith_slice bytes, meta_id *out)
{
    if (bytes.len > TOPIC_BYTES_MAX) return KITH_FULL;
    uint64_t hash = siphash13(&m->key, bytes);
    *out = find(m, bytes, hash);
    if (*out == META_NONE) return add(m, bytes, hash, out);
    if (item_at(m, *out)->refs == UINT32_MAX) return KITH_FULL;
    item_at(m, *out)->refs++;
    return KITH_OK;
}

void metas_drop(struct metas *m, meta_id id)
{
    if (id == META_NONE) return;
    struct item *it = item_at(m, id);
    KITH_ASSERT(it->refs > 0);
    if (--it->refs) return;
    map_remove(&m->index, hash_of(m, id), id);
    discard(m, id);
}

uint64_t metas_bytes(const struct metas *m)
{
    uint64_t sum = sizeof *m + heap_chunk(m->index.cap * sizeof(uint32_t)) + m->long_bytes;
    for (uint32_t c = 0; c < CLASSES; c++)
        if (m->classes[c]) sum += sizeof *m->classes[c] + pool_bytes(m->classes[c]);
    return sum;
}
