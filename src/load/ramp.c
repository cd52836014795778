/* load/ramp.c -- one rate of status changes after the other. */
#include "load/ramp.h"

static struct phase step_of(const struct phase *ramp, uint64_t period_ns)
{
    struct phase p = *ramp;
    uint64_t count = ramp->lasts_us * 1000 / period_ns;
    p.kind = PHASE_STEADY;
    p.period_ns = period_ns;
    p.count = count < 1 ? 1 : count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
    return p;
}

struct phase ramp_first(const struct phase *ramp) { return step_of(ramp, ramp->period_ns); }

/* A period of 1 ns is a rate that no machine has. */
struct phase ramp_next(const struct phase *step)
{
    return step_of(step, step->period_ns * 4 / 5 + (step->period_ns < 2));
}

void ramp_note(struct ramp_wrong *sum, const struct tally *step)
{
    sum->leaks += step->leaks;
    sum->duplicates += step->duplicates;
    sum->flaps += step->flaps;
    sum->broken += step->broken;
}

void ramp_tell(const struct ramp_wrong *sum, struct tally *kept)
{
    kept->leaks = sum->leaks;
    kept->duplicates = sum->duplicates;
    kept->flaps = sum->flaps;
    kept->broken = sum->broken;
}

const char *ramp_end_text(enum ramp_end end)
{
    static const char *const texts[] = {
        [RAMP_GOES_ON] = "it was not ended",
        [RAMP_LATE] = "the server's p99 was above 100 ms",
        [RAMP_LOST] = "the server did not tell all that was due, or closed sockets",
        [RAMP_LIMIT] = "the generator was the limit",
    };
    return texts[end];
}
