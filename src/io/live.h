/* io/live.h -- what may change while a server runs, and the rounds by which its workers are asked
 * to take it up, or to show no more than that they turn. */
#pragma once

#include "base/limits.h"
#include "edge/context.h"

#include <stdatomic.h>

struct live_settings {
    const struct edge_options *edge;
    uint32_t connections_max, outbox_bytes_max;
    uint32_t restart_grace_ms, drain_ms;
    uint32_t leave_ms; /* see worker_options */
    uint32_t watch_budget;
    uint64_t last_seen_s; /* see keeper_options */
};

struct rounds {
    _Atomic uint32_t asked;            /* the number of the latest */
    _Atomic uint32_t done[SHARDS_MAX]; /* by each worker */
    struct live_settings settings;     /* written while no round is on its way */
    uint32_t version;                  /* of them; 0: as the workers began */
};

/* What the store's thread looks at, as above. */
struct keeper_limits {
    _Atomic uint32_t watch_budget;
    _Atomic uint64_t last_seen_s;
};
