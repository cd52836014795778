/* load/results.c -- what a run has measured, judged. */
#include "load/results.h"

bool load_is_limit(const struct load_phase *p)
{
    return p->busy > LOAD_BUSY_MAX || histogram_at(&p->tally.late_us, 0.99) > LOAD_LATE_US_MAX;
}

uint64_t load_wrong(const struct load_results *r)
{
    uint64_t wrong = 0;
    for (uint32_t i = 0; i < r->count; i++)
        if (!r->phases[i].interrupted) wrong += tally_wrong(&r->phases[i].tally);
    return wrong;
}
