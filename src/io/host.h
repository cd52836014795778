/* io/host.h -- the process: listeners, workers, the store's thread, signals. */
#pragma once

#include "edge/context.h"
#include "io/store.h"

struct host_options {
    const struct edge_rules *rules;
    struct store *store;      /* taken, also on an error */
    const char *listen, *api; /* ADDR:PORT */
    unsigned workers;         /* 0: one a core */
    uint32_t connections_max;
    uint32_t restart_grace_ms, drain_ms, outbox_bytes_max;
};

/* Runs until SIGTERM or SIGINT, then drains and saves. The calling thread handles the signals; a
 * second one ends the process at once. KITH_IO, KITH_NOMEM: `why`. */
KITH_MUST_USE kith_err host_run(const struct host_options *o, kith_problem *why);
