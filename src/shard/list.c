/* shard/list.c -- what topics list. A piece is its three lengths, the key, the metas, and what more
 * there is of the value. */
#include "shard/list.h"

#include "base/order.h"
#include "wire/json.h"

#include <stdlib.h>

enum { VALUE_BYTES = sizeof ":{\"metas\":[,],}," }; /* beside key, metas and the rest */

struct lengths {
    uint32_t key, metas, more;
};

static uint8_t *put(uint8_t *at, kith_slice s)
{
    if (s.len) memcpy(at, s.ptr, s.len);
    return at + s.len;
}

void list_put(struct buf *pieces, kith_slice key, kith_slice metas, kith_slice more)
{
    struct lengths n = {(uint32_t)key.len, (uint32_t)metas.len, (uint32_t)more.len};
    uint8_t *at = buf_reserve(pieces, sizeof n + key.len + metas.len + more.len);
    if (!at) return;
    at = put(at, slice_of(&n, sizeof n));
    at = put(put(put(at, key), metas), more);
    pieces->len = (size_t)(at - pieces->ptr);
}

size_t list_begin(struct buf *pieces, kith_slice key)
{
    size_t at = pieces->len;
    list_put(pieces, key, (kith_slice){0}, (kith_slice){0});
    return at;
}

void list_end(struct buf *pieces, size_t at)
{
    struct lengths n;
    if (pieces->failed) return;
    memcpy(&n, pieces->ptr + at, sizeof n);
    n.metas = (uint32_t)(pieces->len - at - sizeof n - n.key);
    memcpy(pieces->ptr + at, &n, sizeof n);
}

struct piece {
    kith_slice key, metas, more;
};

static kith_slice take(kith_slice *rest, size_t len)
{
    kith_slice head = slice_head(*rest, len);
    *rest = slice_from(*rest, len);
    return head;
}

static bool piece_next(kith_slice *rest, struct piece *out)
{
    struct lengths n;
    if (rest->len == 0) return false;
    memcpy(&n, take(rest, sizeof n).ptr, sizeof n);
    out->key = take(rest, n.key);
    out->metas = take(rest, n.metas);
    out->more = take(rest, n.more);
    return true;
}

uint64_t list_digest(kith_slice pieces, const struct siphash_key *key)
{
    uint64_t sum = 0;
    struct piece p;
    for (const uint8_t *from = pieces.ptr; piece_next(&pieces, &p); from = pieces.ptr)
        sum += siphash13(key, slice_of(from, (size_t)(pieces.ptr - from)));
    return sum;
}

/* The value of the first of `p`, whose key all pieces of the run share. There is room for it.
 * Returns how many they are. */
static uint32_t put_value(uint8_t **out, const struct piece *p, uint32_t count)
{
    uint32_t n = 0;
    kith_slice more = {0};
    bool comma = false;
    uint8_t *at = put(*out, KITH_LIT("{\"metas\":["));
    for (; n < count && slice_eq(p[n].key, p->key); n++) {
        if (comma && p[n].metas.len) *at++ = ',';
        at = put(at, p[n].metas);
        comma |= p[n].metas.len > 0;
        if (!more.len) more = p[n].more;
    }
    *at++ = ']';
    if (more.len) *at++ = ',';
    at = put(at, more);
    *at++ = '}';
    *out = at;
    return n;
}

/* Likewise. */
static void put_all(struct kith_list *l, const struct piece *p, uint32_t count)
{
    uint8_t *at = l->json.ptr;
    *at++ = '{';
    for (uint32_t i = 0; i < count;) {
        struct list_item *item = &l->items[l->count];
        if (l->count++) *at++ = ',';
        at = json_quote(at, p[i].key);
        *at++ = ':';
        item->key = p[i].key;
        item->at = (size_t)(at - l->json.ptr);
        i += put_value(&at, &p[i], count - i);
        item->len = (size_t)(at - l->json.ptr) - item->at;
    }
    *at++ = '}';
    l->json.len = (size_t)(at - l->json.ptr);
}

/* The most that all may come to: a key with {"metas":[,]} and its commas. */
static size_t bytes_at_most(const struct piece *p, uint32_t count)
{
    size_t sum = sizeof "{}";
    for (uint32_t i = 0; i < count; i++)
        sum += json_quoted_len(p[i].key) + p[i].metas.len + p[i].more.len + VALUE_BYTES;
    return sum;
}

/* In the order of keys, and of one key as they came. */

/* The first bytes of a key as a number, which most comparisons need no more than. */
static uint64_t head_of(kith_slice key)
{
    uint64_t head = 0;
    if (key.len >= sizeof head) {
        memcpy(&head, key.ptr, sizeof head);
        return __builtin_bswap64(head);
    }
    for (size_t i = 0; i < key.len; i++)
        head |= (uint64_t)key.ptr[i] << (56 - 8 * i);
    return head;
}

static int by_rest(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    int c = slice_cmp(x->key, y->key);
    return c ? c : x->metas.ptr < y->metas.ptr ? -1 : 1; /* the first lies before the others */
}

/* All that putting together takes: as they came, sorted, and numbers to sort by, with room. */
struct sorting {
    struct piece *came, *sorted;
    struct order *order;
};

static kith_err sorting_init(struct sorting *s, uint32_t count)
{
    size_t pieces = 2 * (size_t)count * sizeof *s->came, numbers = 2 * count * sizeof *s->order;
    s->came = malloc(pieces + numbers + 1);
    if (!s->came) return KITH_NOMEM;
    s->sorted = s->came + count;
    s->order = (struct order *)(void *)(s->sorted + count);
    return KITH_OK;
}

/* Of those that begin alike. */
static void sort_rests(struct sorting *s, uint32_t count)
{
    for (uint32_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && s->order[end].by == s->order[i].by;)
            end++;
        if (end - i > 1) qsort(&s->sorted[i], end - i, sizeof *s->sorted, by_rest);
    }
}

static void sort(struct sorting *s, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        s->order[i] = (struct order){head_of(s->came[i].key), i};
    order_sort(s->order, s->order + count, count);
    for (uint32_t i = 0; i < count; i++)
        s->sorted[i] = s->came[s->order[i].at];
    sort_rests(s, count);
}

kith_err list_make(struct kith_list *l, kith_slice pieces)
{
    struct piece p;
    struct sorting s;
    uint32_t count = 0, i = 0;
    for (kith_slice rest = pieces; piece_next(&rest, &p);)
        count++;
    kith_err e = sorting_init(&s, count);
    *l = (struct kith_list){.items = malloc((count + 1) * sizeof *l->items)};
    if (!e && l->items) {
        while (piece_next(&pieces, &s.came[i]))
            i++;
        sort(&s, count);
        if (buf_reserve(&l->json, bytes_at_most(s.came, count))) put_all(l, s.sorted, count);
    }
    bool failed = e || !l->items || l->json.failed;
    if (!e) free(s.came);
    if (!failed) return KITH_OK;
    list_fini(l);
    return KITH_NOMEM;
}

void list_fini(struct kith_list *l)
{
    buf_fini(&l->json);
    free(l->items);
    *l = (struct kith_list){0};
}

bool list_next(struct kith_list *l, kith_slice *key, kith_slice *value)
{
    if (l->next == l->count) return false;
    const struct list_item *item = &l->items[l->next++];
    *key = item->key;
    *value = slice_of(l->json.ptr + item->at, item->len);
    return true;
}

kith_slice list_json(const struct kith_list *l) { return buf_slice(&l->json); }
