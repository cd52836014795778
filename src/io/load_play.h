/* io/load_play.h -- a load that goes on for as long as its user likes: the processes of its
 * clients, and one phase after the other. Between two phases sockets are still read, and heartbeats
 * sent. */
#pragma once

#include "io/load_options.h"
#include "load/results.h"

struct load;

/* Makes the processes, which end with this one. `o` is borrowed until load_end; its pids are those
 * of each phase's time, its phases are not looked at. It must be called while this process has but
 * one thread; SIGINT, SIGTERM and SIGHUP are held until load_end. KITH_NONE (no such host),
 * KITH_BAD (no such process), KITH_IO (nobody listens there), KITH_FULL (descriptors), KITH_NOMEM:
 * `why` tells what to do. */
KITH_MUST_USE kith_err load_start(struct load **out, const struct load_options *o,
                                  kith_problem *why);
void load_end(struct load *l); /* and their sockets; NULL is welcome */

uint32_t load_processes(const struct load *l);

/* A phase, from its begin until all has been told. KITH_OK: whatever was wrong stands in `out`.
 * KITH_EXPIRED: a signal came; `out` has what was until then. A server that ends in it has closed
 * its clients, and has no figures. Else nothing was measured: KITH_IO (a process of the load has
 * ended, or one of the server before it, or all are turned away). Not of PHASE_RAMP, which is
 * load_ramp's. */
KITH_MUST_USE kith_err load_play(struct load *l, const struct phase *p, struct load_phase *out,
                                 kith_problem *why);
