/* shard/list.c -- what topics list. A piece is its three lengths, the key, the metas, and what more
 * there is of the value. */
#include "shard/list.h"

#include "wire/json.h"

#include <stdlib.h>

struct lengths {
    uint32_t key, metas, more;
};

void list_put(struct buf *pieces, kith_slice key, kith_slice metas, kith_slice more)
{
    struct lengths n = {(uint32_t)key.len, (uint32_t)metas.len, (uint32_t)more.len};
    buf_put(pieces, slice_of(&n, sizeof n));
    buf_put(pieces, key);
    buf_put(pieces, metas);
    buf_put(pieces, more);
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

/* Of one key, the piece that came first: it lies before the others. */
static int in_order(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    int c = slice_cmp(x->key, y->key);
    return c ? c : x->metas.ptr < y->metas.ptr ? -1 : 1;
}

/* The value of the first of `p`, whose key all pieces of the run share. Returns how many they are.
 */
static uint32_t put_value(struct buf *out, const struct piece *p, uint32_t count)
{
    uint32_t n = 0;
    kith_slice more = {0};
    bool comma = false;
    buf_put(out, KITH_LIT("{\"metas\":["));
    for (; n < count && slice_eq(p[n].key, p->key); n++) {
        if (comma && p[n].metas.len) buf_putc(out, ',');
        buf_put(out, p[n].metas);
        comma |= p[n].metas.len > 0;
        if (!more.len) more = p[n].more;
    }
    buf_putc(out, ']');
    if (more.len) buf_putc(out, ',');
    buf_put(out, more);
    buf_putc(out, '}');
    return n;
}

static void put_all(struct kith_list *l, const struct piece *p, uint32_t count)
{
    buf_putc(&l->json, '{');
    for (uint32_t i = 0; i < count;) {
        struct list_item *item = &l->items[l->count];
        if (l->count++) buf_putc(&l->json, ',');
        json_put_quoted(&l->json, p[i].key);
        buf_putc(&l->json, ':');
        item->key = p[i].key;
        item->at = l->json.len;
        i += put_value(&l->json, &p[i], count - i);
        item->len = l->json.len - item->at;
    }
    buf_putc(&l->json, '}');
}

kith_err list_make(struct kith_list *l, kith_slice pieces)
{
    struct piece p;
    uint32_t count = 0, i = 0;
    for (kith_slice rest = pieces; piece_next(&rest, &p);)
        count++;
    struct piece *sorted = malloc((count + 1) * sizeof *sorted);
    *l = (struct kith_list){.items = malloc((count + 1) * sizeof *l->items)};
    if (sorted && l->items) {
        while (piece_next(&pieces, &sorted[i]))
            i++;
        qsort(sorted, count, sizeof *sorted, in_order);
        put_all(l, sorted, count);
    }
    bool failed = !sorted || !l->items || l->json.failed;
    free(sorted);
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
