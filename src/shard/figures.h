/* shard/figures.h -- what a shard counts and has noted, told to the first one, and there put
 * together for operators. */
#pragma once

#include "shard/world.h"

/* Brings the gauges of w->stats up to date. */
void figures_measure(struct world *w);

/* Tells shard `to` what this one has counted; `to` itself need not be told. */
void figures_report(struct world *w, unsigned to);

/* Of all shards: this one's just now, the others' as they last told, a second ago at most. */
void figures_sum(struct world *w, struct stats *out);

/* One JSON object: each counter and gauge by its name; connections, memory_bytes and cpu_ms; each
 * latency as {"bounds_us":[..],"counts":[..],"sum_us":..}, the last count being of what is above
 * all bounds; and "mono_ms", the node's own clock, by which these are rates. */
void figures_put(struct world *w, struct buf *json);

/* What is seen on this shard alone, as CALL_NOTED has it: three lists, each item with a comma
 * behind it. */
void figures_put_noted(const struct world *w, struct buf *busiest, struct buf *slow,
                       struct buf *refused);
