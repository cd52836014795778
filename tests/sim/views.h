/* tests/sim/views.h -- what nodes list and clients are shown. */
#pragma once

#include "sim/trial.h"

/* Whether all views of the core are the truth. `why`: the first that is not. */
bool views_converged(struct trial *t, char why[256], unsigned *user, unsigned *node);
/* Now and then: what a client was told adds up to what its node lists. */
void views_check(struct trial *t);

void views_begin(struct trial *t, unsigned node); /* a run of it */
/* After a turn: no client is told that somebody has gone who is there, and heard. */
void views_step(struct trial *t, unsigned node);
