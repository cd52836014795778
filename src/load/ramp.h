/* load/ramp.h -- one rate of status changes after the other, each a quarter above the one before,
 * for as long as the server keeps up, or the generator does. A rate that is not kept up with has a
 * second try: one bad moment of the machine's is no end. Pure. */
#pragma once

#include "load/plan.h"
#include "load/tally.h"

enum ramp_end {
    RAMP_GOES_ON,
    RAMP_LATE, /* the server: the p99 of deliveries was above RAMP_LATE_US */
    RAMP_LOST, /* the server: not all that was due was told, or it closed sockets */
    RAMP_LIMIT /* either, and the generator at its limit: the server may take more */
};

#define RAMP_LATE_US 100000 /* what somebody who watches takes for at once */

/* What came of a ramp; all 0 of what was none. */
struct ramp {
    enum ramp_end end;
    double held;   /* status changes a second at the last rate that was; 0: at none */
    double at_end; /* at the one that ended it */
    double end_p99_us, end_late_us, end_busy; /* there: of deliveries; what the generator was late
                                                 by, p99; how busy it was, 0 to 1 */
};

/* PHASE_STEADY at the first rate of this ramp, and a rate after that. */
struct phase ramp_first(const struct phase *ramp);
struct phase ramp_next(const struct phase *step);

static inline double ramp_rate(const struct phase *step) { return 1e9 / (double)step->period_ns; }

/* What no rate excuses: a step that is not kept has it, too. */
struct ramp_wrong {
    uint64_t leaks, duplicates, flaps, broken;
};
void ramp_note(struct ramp_wrong *sum, const struct tally *step);
/* What is kept says it of all steps. */
void ramp_tell(const struct ramp_wrong *sum, struct tally *kept);

/* What is said of an end: "..., and ..." behind a rate. */
const char *ramp_end_text(enum ramp_end end);
