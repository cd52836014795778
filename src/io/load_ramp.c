/* io/load_ramp.c -- status changes at one rate after the other. */
#include "io/load_ramp.h"

#include <stdlib.h>

static void note_end(struct ramp *r, const struct load_phase *step, enum ramp_end end)
{
    r->end = end;
    r->at_end = ramp_rate(&step->phase);
    r->end_p99_us = (double)histogram_at(&step->tally.told_us, 0.99);
    r->end_late_us = (double)histogram_at(&step->tally.late_us, 0.99);
    r->end_busy = step->busy;
}

static kith_err climb(struct load *l, const struct phase *p, struct load_phase *step,
                      struct load_phase *out, kith_problem *why)
{
    struct ramp r = {0};
    struct ramp_wrong wrong = {0};
    kith_err e = KITH_OK;
    struct phase at = ramp_first(p);
    for (unsigned tries = 2; !e && tries;) {
        e = load_play(l, &at, step, why);
        if (e && e != KITH_EXPIRED) return e;
        if (!e) ramp_note(&wrong, &step->tally);
        enum ramp_end end = load_ramp_end(step);
        bool held = !e && !end;
        if (held || r.held == 0) *out = *step;
        if (held) r.held = ramp_rate(&at);
        tries = end ? tries - 1 : 2;
        if (!e && !tries) note_end(&r, step, end);
        if (!end) at = ramp_next(&at);
    }
    ramp_tell(&wrong, &out->tally);
    out->interrupted = e == KITH_EXPIRED;
    out->ramp = r;
    return e;
}

kith_err load_ramp(struct load *l, const struct phase *p, struct load_phase *out, kith_problem *why)
{
    struct load_phase *step = calloc(1, sizeof *step);
    if (!step) return problem(KITH_NOMEM, why, "out of memory");
    kith_err e = climb(l, p, step, out, why);
    free(step);
    return e;
}
