/* shard/gather.c -- one state on its way to one channel. */
#include "shard/gather.h"

#include "base/limits.h"

#include <stdlib.h>

struct gather *gather_new(uint32_t serial, uint64_t deadline_ms)
{
    struct gather *g = calloc(1, sizeof *g);
    if (!g) return NULL;
    g->serial = serial;
    g->deadline_ms = deadline_ms;
    return g;
}

static void drop_held(struct gather *g)
{
    for (uint32_t i = 0; i < g->held_count; i++)
        frame_unref(g->held[i]);
    g->held_count = 0;
}

void gather_free(struct gather *g)
{
    if (!g) return;
    drop_held(g);
    free(g->held);
    frame_unref(g->after_reply);
    mail_queue_fini(&g->news);
    buf_fini(&g->ref);
    buf_fini(&g->pieces);
    free(g);
}

void gather_restart(struct gather *g, uint32_t serial)
{
    drop_held(g);
    buf_clear(&g->pieces);
    g->serial = serial;
    g->piece_count = 0;
    g->wanted = g->seen = 0;
    g->overflowed = false;
}

void gather_hold(struct gather *g, unsigned home, struct frame *diff)
{
    if (!(g->seen >> home & 1) || g->overflowed) return;
    if (!diff) {
        g->overflowed = true;
        return;
    }
    if (g->held_count == g->held_cap) {
        uint32_t cap = g->held_cap ? g->held_cap * 2 : 8;
        struct frame **held =
            g->held_cap < OUTBOX_FRAMES_MAX ? realloc(g->held, cap * sizeof(struct frame *)) : NULL;
        if (!held) {
            g->overflowed = true;
            return;
        }
        g->held = held;
        g->held_cap = cap;
    }
    g->held[g->held_count++] = frame_ref(diff);
}

void gather_put_piece(struct buf *pieces, kith_slice key, kith_slice json)
{
    uint32_t len = (uint32_t)json.len;
    buf_putc(pieces, (uint8_t)key.len);
    buf_put(pieces, slice_of(&len, sizeof len));
    buf_put(pieces, key);
    buf_put(pieces, json);
}

struct piece {
    kith_slice key, json;
};

static bool piece_next(kith_slice *rest, struct piece *out)
{
    if (rest->len == 0) return false;
    uint32_t len;
    size_t key_len = rest->ptr[0];
    memcpy(&len, rest->ptr + 1, sizeof len);
    const uint8_t *key = rest->ptr + 1 + sizeof len;
    *out = (struct piece){slice_of(key, key_len), slice_of(key + key_len, len)};
    *rest = slice_from(*rest, 1 + sizeof len + key_len + len);
    return true;
}

kith_err gather_pieces(struct gather *g, unsigned home, kith_slice pieces)
{
    if (pieces.len > STATE_BYTES_MAX - g->pieces.len) return KITH_FULL;
    buf_put(&g->pieces, pieces);
    if (g->pieces.failed) return KITH_NOMEM;
    for (struct piece p; piece_next(&pieces, &p);)
        g->piece_count++;
    g->seen |= (uint64_t)1 << home;
    return KITH_OK;
}

static int by_key(const void *a, const void *b)
{
    return slice_cmp(((const struct piece *)a)->key, ((const struct piece *)b)->key);
}

kith_err gather_state(struct gather *g, struct buf *out)
{
    struct piece *list = malloc((g->piece_count ? g->piece_count : 1) * sizeof *list);
    if (!list) return KITH_NOMEM;
    kith_slice rest = buf_slice(&g->pieces);
    uint32_t n = 0;
    while (n < g->piece_count && piece_next(&rest, &list[n]))
        n++;
    qsort(list, n, sizeof *list, by_key);
    buf_putc(out, '{');
    for (uint32_t i = 0; i < n; i++) {
        if (i) buf_putc(out, ',');
        buf_put(out, list[i].json);
    }
    buf_putc(out, '}');
    free(list);
    return out->failed ? KITH_NOMEM : KITH_OK;
}
