/* io/host_down.c -- the process: takes everything down in order. */
#include "io/host.h"

#include "io/host_state.h"
#include "io/keeper.h"
#include "shard/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void announce(struct host *h, enum worker_phase phase)
{
    atomic_store_explicit(&h->phase, (int)phase, memory_order_release);
    for (unsigned i = 0; i < h->started; i++)
        mailbox_wake(&h->boxes[i]);
}

static void go_through(struct host *h, enum worker_phase phase)
{
    announce(h, phase);
    for (unsigned i = 0; i < h->started; i++)
        while (sem_wait(&h->reached) != 0 && errno == EINTR)
            ;
}

/* The other nodes let in whom this one sends away: not all at the same moment. */
static void leave(struct host *h)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    announce(h, WORKER_LEAVE);
    while (atomic_load(&h->left) < h->started)
        nanosleep(&pause, NULL);
}

/* Each phase waits for all shards: what one still has to tell another is in its mailbox by then. */
static kith_err take_down(struct host *h, kith_problem *why)
{
    kith_err e = KITH_OK;
    if (!h->going) host_go(h);
    if (h->started == h->count) {
        if (h->o.cluster) leave(h);
        go_through(h, WORKER_DRAIN);
        go_through(h, WORKER_SAVE);
    }
    atomic_store(&h->stopping, true);
    announce(h, WORKER_STOP);
    for (unsigned i = 0; i < h->started; i++)
        worker_join(h->workers[i]);
    if (h->keeper)
        e = keeper_join(h->keeper, why);
    else
        store_close(h->o.store);
    atomic_store(&h->stopped, true);
    return e;
}

void host_free(struct host *h)
{
    if (!h) return;
    kith_err e = host_running(h) ? take_down(h, NULL) : KITH_OK;
    (void)e; /* who wants to know stops it before */
    for (unsigned i = 0; i <= h->count; i++)
        if (h->boxes[i].event_fd >= 0) mailbox_fini(&h->boxes[i]);
    for (unsigned i = 0; i < h->count; i++) {
        worker_free(h->workers[i]);
        shard_free(h->worlds[i]);
        if (h->public_fds[i] >= 0) close(h->public_fds[i]);
    }
    if (h->api_fd >= 0) close(h->api_fd);
    sem_destroy(&h->go);
    sem_destroy(&h->reached);
    pthread_mutex_destroy(&h->stop);
    free(h);
}

kith_err host_stop(struct host *h, kith_problem *why)
{
    if (host_is_here(h)) return problem(KITH_BAD, why, "a callback cannot stop its own server");
    pthread_mutex_lock(&h->stop);
    kith_err e = host_running(h) ? take_down(h, why) : KITH_OK;
    pthread_mutex_unlock(&h->stop);
    return e;
}
