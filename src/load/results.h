/* load/results.h -- what a run has measured, phase by phase. Plain data. */
#pragma once

#include "base/limits.h"
#include "load/plan.h"
#include "load/ramp.h"
#include "load/tally.h"

/* What the servers' processes took, or have, together; all 0: they were not looked at, or one of
 * them ended in the phase. */
struct load_server {
    double wall_us;
    double doing_us; /* CPU, with softirq, until nothing was due any more: without settling */
    double cpu_us, user_us,
        system_us;     /* the sum is measured, and its parts are by ticks of 10 ms */
    double softirq_us; /* of the kernel's thread of their core, where they are pinned to one */
    double rss_bytes, pss_bytes;               /* at the end of the phase */
    double rss_before_bytes, pss_before_bytes; /* at the begin of the run */
};

struct load_phase {
    struct phase phase;
    struct tally tally;    /* of all processes */
    double seconds;        /* from its begin until nothing was due any more */
    double settle_seconds; /* from then until all was told */
    double busy;           /* of the busiest process of ours: its CPU by the clock, 0 to 1 */
    double generator_us;   /* CPU of all processes of ours, until nothing was due any more */
    uint32_t online;       /* users, at its end */
    bool interrupted;
    struct load_server server;
    struct ramp ramp; /* of a ramp; all else is then of the last rate that held, or of the first */
};

struct load_results {
    uint32_t users, processes;
    uint64_t edges;
    bool measured; /* the server */
    uint32_t count;
    struct load_phase phases[2 * LOAD_PHASES_MAX]; /* before each one that brings who is needed */
};

/* Above these it was the generator that was measured. */
#define LOAD_BUSY_MAX    0.85 /* one that is busier reads late what has come long ago */
#define LOAD_LATE_US_MAX 5000 /* p99 of how late flips were sent */

const char *load_phase_name(const struct load_phase *p);
bool load_is_limit(const struct load_phase *p);
/* Whether a ramp may go on behind this step, and if not why. What is in time and whole, with no
 * client fewer, goes on, however busy the generator was with it; where that was at its limit, what
 * it reads late is not the server's fault. */
enum ramp_end load_ramp_end(const struct load_phase *step);
/* How many things were wrong; in a phase that was interrupted nothing can be. */
uint64_t load_wrong(const struct load_results *r);
