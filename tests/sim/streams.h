/* tests/sim/streams.h -- what nodes know of each other's streams. */
#pragma once

#include "sim/trial.h"

void streams_begin(struct trial *t, unsigned node); /* a run of it */
/* After each turn: of a name of which a later run was up nothing comes into view again. */
void streams_step(struct trial *t, unsigned node);
/* Now and then: up to its cursor each replica is as the origin, and equal ones have equal digests.
 */
void streams_check(struct trial *t);
/* Nothing is kept of runs that are over, or cut off from the core, for longer than gone_ms. */
void streams_check_gone(struct trial *t);
