/* shard/starts.c -- the sessions whose states are to be asked for. */
#include "shard/starts.h"

kith_err starts_push(struct world *w, uint32_t slot)
{
    struct social *s = clients_at(w->clients, slot)->social;
    if (s->queued) return KITH_OK;
    kith_err e = heap_push(&w->starts, w->now.mono_ms, clients_handle(w->clients, slot));
    s->queued = e == KITH_OK;
    return e;
}

/* An answer that was lost for want of memory is not waited for longer than its join waits. */
static bool homes_keep_up(struct world *w)
{
    if (w->now.mono_ms - w->state_ids_ms >= w->o.join_wait_ms) w->state_ids_out = 0;
    return w->state_ids_out < STATE_IDS_MAX;
}

/* In edges: what was read and written takes as long as looking at so many. */
static uint64_t spent(const struct world *w) { return w->state_bytes / EDGE_BYTES; }

bool starts_may_finish(const struct world *w) { return spent(w) < EDGES_PER_TURN; }

bool starts_may_answer(const struct world *w) { return spent(w) < EDGES_PER_TURN / 2; }

void starts_end_turn(struct world *w) { w->state_bytes = 0; }

static bool has_time(const struct world *w, uint32_t edges)
{
    return edges == 0 || edges + spent(w) < EDGES_PER_TURN;
}

bool starts_next(struct world *w, uint32_t edges, uint32_t *slot)
{
    while (heap_min(&w->starts) && has_time(w, edges) && homes_keep_up(w)) {
        struct deadline next = heap_pop(&w->starts);
        if (!clients_find(w->clients, next.what, slot)) continue; /* gone meanwhile */
        struct social *s = clients_at(w->clients, *slot)->social;
        if (!s) continue;
        s->queued = false;
        return true;
    }
    return false;
}

bool starts_due(const struct world *w)
{
    return heap_min(&w->starts) && w->state_ids_out < STATE_IDS_MAX;
}
