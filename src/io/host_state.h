/* io/host_state.h -- what the files of io/host share. */
#pragma once

#include "io/host_options.h"
#include "io/live.h"
#include "io/mailbox.h"
#include "io/worker.h"

#include <pthread.h>

struct host {
    struct host_options o;
    unsigned count;
    uint64_t inc;
    struct siphash_key ref_key;
    struct sealed_keys resume_keys;
    struct mailbox boxes[SHARDS_MAX + 1]; /* the last in use is the store's */
    struct world *worlds[SHARDS_MAX];
    struct worker *workers[SHARDS_MAX];
    int public_fds[SHARDS_MAX], api_fd;
    uint16_t public_port, api_port;
    struct keeper *keeper;
    _Atomic pid_t keeper_tid;
    _Atomic uint64_t store_lost_ms;
    _Atomic int phase;
    struct rounds rounds;
    struct keeper_limits keeper_limits;
    _Atomic int nodes; /* enum cluster_state */
    _Atomic uint32_t connections;
    uint32_t connections_max;
    sem_t go, reached;
    _Atomic unsigned left; /* workers that have told all their clients to come back elsewhere */
    unsigned started;
    bool going;
    atomic_bool stopping; /* workers' threads take no more posts directly */
    pthread_mutex_t stop; /* whoever else stops it waits until it has */
    atomic_bool stopped;
    uint64_t start_mono_ms, start_unix_ms;
};

/* As many as are asked for, or fewer: as the system has descriptors, of which it takes as many as
 * it may. */
uint32_t host_connections_max(uint32_t configured);

static inline struct mailbox *host_store_box(struct host *h) { return &h->boxes[h->count]; }
