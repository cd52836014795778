/* app/bench_plan.h -- the phases of `kith bench`, as they are asked for. */
#pragma once

#include "base/limits.h"
#include "load/plan.h"

struct bench_plan {
    const char *names;                     /* "storm,steady" */
    double rate, churn_rate, connect_rate; /* a second; connect_rate 0: as fast as may be */
    uint64_t seconds_us, grace_us;
    uint32_t users, window, drop; /* drop 0: a twentieth of the users */
    uint32_t stalled;             /* who read nothing until the phase read */
};

/* What is done, in its order: those asked for, and before one that needs users who are not there,
 * one that brings them. Returns how many that are; 0: `why` tells what to do. */
uint32_t bench_plan_phases(const struct bench_plan *p, struct phase out[2 * LOAD_PHASES_MAX],
                           kith_problem *why);
