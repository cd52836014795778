/* load/results.c -- what a run has measured, judged. */
#include "load/results.h"

/* What is kept of a ramp is one of its steps. */
const char *load_phase_name(const struct load_phase *p)
{
    return phase_name(p->ramp.end == RAMP_GOES_ON ? p->phase.kind : PHASE_RAMP);
}

bool load_is_limit(const struct load_phase *p)
{
    return p->busy > LOAD_BUSY_MAX || histogram_at(&p->tally.late_us, 0.99) > LOAD_LATE_US_MAX;
}

enum ramp_end load_ramp_end(const struct load_phase *step)
{
    const struct tally *t = &step->tally;
    bool late = histogram_at(&t->told_us, 0.99) > RAMP_LATE_US;
    if (!late && !(tally_lost(t) + t->closed + t->unsent)) return RAMP_GOES_ON;
    return load_is_limit(step) ? RAMP_LIMIT : late ? RAMP_LATE : RAMP_LOST;
}

uint64_t load_wrong(const struct load_results *r)
{
    uint64_t wrong = 0;
    for (uint32_t i = 0; i < r->count; i++)
        if (!r->phases[i].interrupted) wrong += tally_wrong(&r->phases[i].tally);
    return wrong;
}
