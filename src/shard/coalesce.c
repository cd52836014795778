/* shard/coalesce.c -- when presence frames that wait are written. */
#include "shard/coalesce.h"

/* Whoever comes in has many told, and is told of many: while people come, what waits for a socket
 * grows together. A thread then sleeps only because the store's does not. */
static bool is_quiet(struct world *w)
{
    if (w->stats.joins != w->coalesce.joins) w->coalesce.joined_ms = w->now.mono_ms;
    w->coalesce.joins = w->stats.joins;
    return w->now.mono_ms - w->coalesce.joined_ms >= COALESCE_JOIN_MS;
}

void coalesce_release(struct world *w, bool idle)
{
    bool free = is_quiet(w) && idle;
    (void)clients_release(w->clients, WRITES_TURN, free ? 0 : COALESCE_MS);
}

uint64_t coalesce_due(const struct world *w)
{
    uint64_t now = w->now.mono_ms, quiet_ms = w->coalesce.joined_ms + COALESCE_JOIN_MS;
    if (!clients_waiting(w->clients)) return UINT64_MAX;
    return quiet_ms > now ? quiet_ms : now;
}
