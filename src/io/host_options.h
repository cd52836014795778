/* io/host_options.h -- what the process is told when it begins. */
#pragma once

#include "edge/context.h"
#include "io/events_options.h"
#include "io/hook_options.h"
#include "io/link_options.h"
#include "io/source.h"
#include "io/store.h"
#include "io/tables_options.h"
#include "io/tls.h"
#include "shard/nodes.h"

/* A node among others. */
struct host_cluster {
    const char *node;
    struct link_options link; /* without inc */
    struct cluster_options cluster;
    uint32_t node_grace_ms, stale_hold_ms; /* see shard/replicate.h */
    uint32_t leave_ms; /* over how long clients are closed when it stops; 0: at once */
};

struct host_options {
    const struct edge_options *edge;
    struct store *store;              /* taken, also on an error */
    const char *listen, *api;         /* ADDR:PORT; api NULL: none */
    struct tls *listen_tls, *api_tls; /* what is spoken there; NULL: plain. They outlive it */
    unsigned workers;                 /* 0: one a core */
    uint32_t connections_max;
    bool together; /* as worker_options */
    uint32_t restart_grace_ms, drain_ms, outbox_bytes_max;
    uint32_t watch_budget;               /* as keeper_options */
    uint64_t last_seen_s;                /* how long that is kept; 0: 90 days */
    enum reciprocity reciprocal;         /* sight is mutual, see core/audience.h */
    const struct kith_source *source;    /* whom users watch; NULL: as the store says */
    const struct tables_options *tables; /* from which that is read; NULL: there are none */
    uint32_t sweep_ms;                   /* as keeper_options */
    const struct kith_bus *bus;          /* to other nodes, or NULL */
    const struct host_cluster *cluster;  /* or NULL: this node is alone */
    const struct kith_hook *hook;        /* who hears of presence, or NULL */
    const struct events_options *events; /* the log of it; NULL: there is none */
    const struct hook_options *delivery; /* of that, to the back end; NULL: none */
};
