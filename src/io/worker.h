/* io/worker.h -- one thread: its loop, its sockets, its shard. A turn: wait, read the clock, take
 * mail, serve ready sockets, do what is due, write each outbox once, post mail. */
#pragma once

#include "edge/context.h"
#include "io/mailbox.h"

#include <pthread.h>
#include <semaphore.h>

/* The way down, in order; the host sets it, the workers follow. */
enum worker_phase {
    WORKER_RUN,
    WORKER_DRAIN, /* take nobody, close all with 1012; presence lingers */
    WORKER_SAVE,  /* all mail of the drain has come: hand the entries to the store */
    WORKER_STOP,  /* write what is left, until the drain's deadline, and end */
};

struct worker_options {
    const struct edge_rules *rules;
    struct world *world;   /* taken */
    struct mailbox *boxes; /* of all shards, count of them */
    struct mailbox *store_box;
    _Atomic int *phase;            /* enum worker_phase */
    sem_t *go;                     /* each worker takes one before its first turn */
    sem_t *reached;                /* posted once for each phase this worker has gone through */
    int public_fd, api_fd;         /* taken; api_fd -1: another worker has it */
    _Atomic uint32_t *connections; /* of all workers together */
    uint32_t connections_max;
    uint32_t restart_grace_ms, drain_ms;
};

struct worker;

/* Starts the thread, which waits for its go. On an error nothing is taken. */
KITH_MUST_USE kith_err worker_start(const struct worker_options *o, struct worker **out);
/* Waits for its end and frees its shard. */
void worker_join(struct worker *w);
void worker_free(struct worker *w); /* after worker_join; NULL is welcome */

bool worker_is_here(const struct worker *w);        /* this is its thread */
struct world *worker_world(const struct worker *w); /* on its thread only, until worker_join */
