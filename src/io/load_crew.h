/* io/load_crew.h -- the processes of a load, seen by the one that made them. */
#pragma once

#include "io/load_dial.h"
#include "io/load_shared.h"

struct load_crew {
    const struct load_options *options;
    struct load_shared *shared;
    struct user_order order;
    struct load_address addresses[LOAD_URLS_MAX];
    struct load_tls *trust; /* NULL: no URL is wss:// */
    uint32_t processes;
    pid_t pids[LOAD_PROCESSES_MAX];
    int controls[LOAD_PROCESSES_MAX];
    int signals; /* a descriptor of those that end a run; they are blocked meanwhile */
};

/* Looks whether all that is needed is there, and makes them. KITH_NONE, KITH_IO, KITH_FULL,
 * KITH_NOMEM as load_run; nothing is left. */
KITH_MUST_USE kith_err load_crew_start(struct load_crew *c, const struct load_options *o,
                                       kith_problem *why);
void load_crew_end(struct load_crew *c); /* and their sockets */

/* Tells all, and waits until each has done it. `on_wait` is called some five times a second.
 * KITH_EXPIRED: a signal has come (all have been told to stop, and have). KITH_IO: a process has
 * ended. */
typedef void (*load_wait_fn)(void *ctx);
KITH_MUST_USE kith_err load_crew_do(struct load_crew *c, enum load_word word, load_wait_fn on_wait,
                                    void *ctx);
