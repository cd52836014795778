/* io/load_ramp.h -- status changes at one rate after the other, until the server or the generator
 * is at its end. */
#pragma once

#include "io/load_play.h"

/* `p` is a PHASE_RAMP: its period is that of the first rate, each rate lasts p->lasts_us. Errors as
 * of load_play; KITH_NOMEM. */
KITH_MUST_USE kith_err load_ramp(struct load *l, const struct phase *p, struct load_phase *out,
                                 kith_problem *why);
