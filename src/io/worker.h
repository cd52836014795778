/* io/worker.h -- one thread: its loop, its sockets, its shard. A turn: wait, read the clock, take
 * mail, serve ready sockets, do what is due, write each outbox once, post mail. */
#pragma once

#include "io/worker_options.h"

struct worker;

/* Starts the thread, which waits for its go. On an error nothing is taken. */
KITH_MUST_USE kith_err worker_start(const struct worker_options *o, struct worker **out);
/* Waits for its end and frees its shard. */
void worker_join(struct worker *w);
void worker_free(struct worker *w); /* after worker_join; NULL is welcome */

bool worker_is_here(const struct worker *w);        /* this is its thread */
struct world *worker_world(const struct worker *w); /* on its thread only, until worker_join */
