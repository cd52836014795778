/* base/stats.c -- adding up what shards count. */
#include "base/stats.h"

void stats_add(struct stats *sum, const struct stats *from)
{
#define X(name, help) sum->name += from->name;
    STATS_COUNTERS(X)
    STATS_GAUGES(X)
#undef X
#define X(name, help) latency_add(&sum->name, &from->name);
    STATS_LATENCIES(X)
#undef X
}
