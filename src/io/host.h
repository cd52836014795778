/* io/host.h -- the process: listeners, workers, the store's thread. */
#pragma once

#include "io/host_options.h"
#include "io/live.h"

struct host;

/* Brings everything up, save that its threads wait for host_go: by then others may know of it, whom
 * they call back. What the options point to outlives it. */
KITH_MUST_USE kith_err host_start(const struct host_options *o, struct host **out,
                                  kith_problem *why);
void host_go(struct host *h);          /* it accepts; once */
bool host_joins(const struct host *h); /* it does not yet: it learns what other nodes know */
/* Waits until it does: a node among others learns first what they know. KITH_EXISTS: one of its
 * name is running. */
KITH_MUST_USE kith_err host_await(struct host *h, kith_problem *why);
/* Drains, saves, and ends the threads; once is enough. KITH_IO: the presence could not be saved;
 * KITH_BAD: this is one of its threads. */
KITH_MUST_USE kith_err host_stop(struct host *h, kith_problem *why);
void host_free(struct host *h); /* stops it first; NULL is welcome */

/* What changes while it runs, from any thread that is none of its own: each worker takes it up
 * between two turns, and once it returns all have. What `s` points to stays until the next has been
 * taken up, or until host_free. KITH_BAD: it has stopped, or this is one of its threads. */
KITH_MUST_USE kith_err host_renew(struct host *h, const struct live_settings *s);

/* Whether each worker has come to a new turn since this was last asked with success; if so asks
 * them to come to another. Not while another thread renews or stops it: false. */
bool host_turns(struct host *h);

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
