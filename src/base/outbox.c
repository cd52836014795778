/* base/outbox.c -- what waits to be written to one socket. */
#include "base/outbox.h"

#include "base/assert.h"
#include "base/limits.h"

#include <stdlib.h>

struct frame *outbox_at(const struct outbox *o, size_t i)
{
    return o->cap ? o->ring[(o->head + i) & (o->cap - 1u)] : o->one;
}

void outbox_fini(struct outbox *o)
{
    for (size_t i = 0; i < o->count; i++)
        frame_unref(outbox_at(o, i));
    if (o->cap) free(o->ring);
    *o = (struct outbox){0};
}

static kith_err grow(struct outbox *o)
{
    if (o->cap >= OUTBOX_FRAMES_MAX) return KITH_FULL;
    size_t cap = o->cap ? o->cap * 2u : 4;
    struct frame **ring = malloc(cap * sizeof *ring);
    if (!ring) return KITH_NOMEM;
    for (size_t i = 0; i < o->count; i++)
        ring[i] = outbox_at(o, i);
    if (o->cap) free(o->ring);
    o->ring = ring;
    o->cap = (uint16_t)cap;
    o->head = 0;
    return KITH_OK;
}

kith_err outbox_push(struct outbox *o, struct frame *f)
{
    if (f->len > UINT32_MAX - o->bytes) return KITH_FULL;
    if (o->count == (o->cap ? o->cap : 1)) {
        kith_err e = grow(o);
        if (e) return e;
    }
    if (o->cap)
        o->ring[(o->head + o->count) & (o->cap - 1u)] = frame_ref(f);
    else
        o->one = frame_ref(f);
    o->count++;
    o->bytes += f->len;
    return KITH_OK;
}

size_t outbox_peek(const struct outbox *o, kith_slice out[], size_t max)
{
    size_t n = o->count < max ? o->count : max;
    for (size_t i = 0; i < n; i++)
        out[i] = slice_from(frame_slice(outbox_at(o, i)), i == 0 ? o->sent : 0);
    return n;
}

void outbox_sent(struct outbox *o, size_t n)
{
    KITH_ASSERT(n <= o->bytes);
    o->bytes -= (uint32_t)n;
    n += o->sent;
    while (o->count && n >= outbox_at(o, 0)->len) {
        struct frame *done = outbox_at(o, 0);
        n -= done->len;
        if (o->cap) o->head = (uint16_t)((o->head + 1u) & (o->cap - 1u));
        o->count--;
        frame_unref(done);
    }
    o->sent = (uint32_t)n;
    if (o->count == 0) outbox_fini(o);
}
