/* io/worker_options.h -- what a worker is told. */
#pragma once

#include "edge/context.h"
#include "io/link.h"
#include "io/live.h"
#include "io/mailbox.h"
#include "io/tls.h"
#include "shard/nodes.h"

#include <semaphore.h>

/* The way down, in order; the host sets it, the workers follow. */
enum worker_phase {
    WORKER_RUN,
    WORKER_LEAVE, /* take nobody, close one after the other with 1012: others have to let them in */
    WORKER_DRAIN, /* close all who are left; presence lingers */
    WORKER_SAVE,  /* all mail of the drain has come: hand the entries to the store */
    WORKER_STOP,  /* write what is left, until the drain's deadline, and end */
};

struct worker_options {
    const struct edge_options *edge;
    struct world *world;   /* taken */
    struct mailbox *boxes; /* of all shards, count of them */
    struct mailbox *store_box;
    _Atomic int *phase;               /* enum worker_phase */
    struct rounds *rounds;            /* see io/live.h */
    sem_t *go;                        /* each worker takes one before its first turn */
    sem_t *reached;                   /* posted once for each phase this worker has gone through, */
    _Atomic unsigned *left;           /* save WORKER_LEAVE: how many workers have */
    int public_fd, api_fd;            /* taken; api_fd -1: another worker has it */
    struct tls *public_tls, *api_tls; /* what they speak; NULL: plain */
    _Atomic uint32_t *connections;    /* of all workers together */
    uint32_t connections_max;
    bool together; /* sockets are written to by io_uring, where that is to be had */
    uint32_t restart_grace_ms, drain_ms;
    uint32_t leave_ms;               /* that WORKER_LEAVE takes at most */
    struct link *link;               /* to other nodes: the first worker's, and taken; or NULL */
    _Atomic uint64_t *store_lost_ms; /* as the keeper tells; NULL: nobody does */
    _Atomic int *nodes; /* enum cluster_state; NULL: this node is alone, and serves at once */
};
