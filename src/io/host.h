/* io/host.h -- the process: listeners, workers, the store's thread. */
#pragma once

#include "edge/context.h"
#include "io/link_options.h"
#include "io/source.h"
#include "io/store.h"
#include "io/tables_options.h"
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
    struct store *store;      /* taken, also on an error */
    const char *listen, *api; /* ADDR:PORT; api NULL: none */
    unsigned workers;         /* 0: one a core */
    uint32_t connections_max;
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
};

struct host;

/* Brings everything up, save that its threads wait for host_go: by then others may know of it, whom
 * they call back. What the options point to outlives it. */
KITH_MUST_USE kith_err host_start(const struct host_options *o, struct host **out,
                                  kith_problem *why);
void host_go(struct host *h); /* it accepts; once */
/* Waits until it does: a node among others learns first what they know. KITH_EXISTS: one of its
 * name is running. */
KITH_MUST_USE kith_err host_await(struct host *h, kith_problem *why);
/* Drains, saves, and ends the threads; once is enough. KITH_IO: the presence could not be saved;
 * KITH_BAD: this is one of its threads. */
KITH_MUST_USE kith_err host_stop(struct host *h, kith_problem *why);
void host_free(struct host *h); /* stops it first; NULL is welcome */

/* The line on stdout by which whoever started the program knows that it serves, and where. */
void host_print_ready(const struct host *h);
uint16_t host_port(const struct host *h);

/* From any thread, until host_free; once it has stopped, mail is dropped. What a shard's thread
 * posts to itself comes in its next turn, news at once: a callback that posts is never called back.
 */

bool host_running(const struct host *h);       /* until host_stop has ended it */
bool host_is_here(const struct host *h);       /* this is one of its threads */
struct world *host_world_here(struct host *h); /* the shard whose thread this is, or NULL */
void host_post(struct host *h, unsigned shard, struct mail *m); /* takes `m` */
void host_post_store(struct host *h, struct mail *m);           /* likewise, to the store */
unsigned host_shards(const struct host *h);
