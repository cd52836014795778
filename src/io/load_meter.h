/* io/load_meter.h -- what other processes take of the machine, as /proc tells it. */
#pragma once

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

struct load_meter {
    double cpu_us;             /* all threads, with those that have ended; to the nanosecond */
    double user_us, system_us; /* the same in ticks of 10 ms */
    double softirq_us; /* of ksoftirqd of the core that all are pinned to; 0: they are not */
    pid_t softirq;     /* that thread, or 0 */
    double rss_bytes, pss_bytes;
};

/* Of these processes together. KITH_BAD: one of them is not there, or is not to be looked at by
 * this user; `why` says which. */
KITH_MUST_USE kith_err load_measure(const pid_t *pids, uint32_t count, struct load_meter *out,
                                    kith_problem *why);

/* The CPU alone, with that of `softirq` where it is not 0: two system calls each. */
double load_measure_cpu(const pid_t *pids, uint32_t count, pid_t softirq);
