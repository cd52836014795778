/* shard/gather.c -- one state on its way to one channel. */
#include "shard/gather.h"

#include "base/limits.h"
#include "shard/list.h"

#include <stdlib.h>

struct gather *gather_new(uint32_t serial, uint64_t deadline_ms, uint64_t *all)
{
    struct gather *g = calloc(1, sizeof *g);
    if (!g) return NULL;
    g->serial = serial;
    g->deadline_ms = deadline_ms;
    g->all = all;
    return g;
}

static void drop_held(struct gather *g)
{
    for (uint32_t i = 0; i < g->held_count; i++)
        frame_unref(g->held[i]);
    g->held_count = 0;
}

static void drop_pieces(struct gather *g)
{
    *g->all -= g->pieces.len;
    buf_fini(&g->pieces);
}

void gather_free(struct gather *g)
{
    if (!g) return;
    drop_held(g);
    drop_pieces(g);
    free(g->held);
    frame_unref(g->after_reply);
    mail_queue_fini(&g->news);
    buf_fini(&g->ref);
    free(g);
}

void gather_restart(struct gather *g, uint32_t serial)
{
    drop_held(g);
    drop_pieces(g);
    g->serial = serial;
    g->wanted = g->seen = g->busy = 0;
    g->stale = false;
}

void gather_hold(struct gather *g, unsigned home, struct frame *diff)
{
    if (!(g->seen >> home & 1) || g->stale) return;
    if (!diff) {
        g->stale = true;
        return;
    }
    if (g->held_count == g->held_cap) {
        uint32_t cap = g->held_cap ? g->held_cap * 2 : 8;
        struct frame **held =
            g->held_cap < OUTBOX_FRAMES_MAX ? realloc(g->held, cap * sizeof(struct frame *)) : NULL;
        if (!held) {
            g->stale = true;
            return;
        }
        g->held = held;
        g->held_cap = cap;
    }
    g->held[g->held_count++] = frame_ref(diff);
}

void gather_spoil(struct gather *g) { g->stale = true; }

kith_err gather_pieces(struct gather *g, unsigned home, kith_slice pieces)
{
    if (pieces.len > STATE_BYTES_MAX - g->pieces.len) return KITH_FULL;
    buf_put(&g->pieces, pieces);
    if (g->pieces.failed) return KITH_NOMEM;
    *g->all += pieces.len;
    g->seen |= (uint64_t)1 << home;
    return KITH_OK;
}

struct frame *gather_state(const struct gather *g, enum phx_vsn vsn, kith_slice topic,
                           kith_slice join_ref)
{
    struct kith_list list;
    if (list_make(&list, buf_slice(&g->pieces)) != KITH_OK) return NULL;
    struct frame *f = phx_encode(vsn, &(struct phx_out){.join_ref = join_ref,
                                                        .topic = topic,
                                                        .event = KITH_LIT("presence_state"),
                                                        .payload = list_json(&list)});
    list_fini(&list);
    return f;
}
