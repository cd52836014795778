/* io/load_run.h -- a load: many clients of a server in several processes, phase by phase, and what
 * it measured. */
#pragma once

#include "io/load_options.h"
#include "load/results.h"

/* Runs all phases. KITH_OK: whatever was wrong stands in the results. KITH_EXPIRED: a signal
 * (SIGINT, SIGTERM, SIGHUP) came; the results are those so far. Else it could not go on: the
 * results are those of the phases before, if any, and `why` tells what to do: KITH_NONE (no such
 * host), KITH_BAD (no such process), KITH_IO (nobody listens there, all are turned away, or the
 * server has ended), KITH_FULL (descriptors), KITH_NOMEM. The processes that it makes end with it.
 * It must be called while this process has but one thread. */
KITH_MUST_USE kith_err load_run(const struct load_options *o, struct load_results *out,
                                kith_problem *why);
