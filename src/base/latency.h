/* base/latency.h -- how long something took, many times: counts in buckets whose bounds grow by a
 * half and a third in turn, so that a percentile is known to within that. */
#pragma once

#include <stdint.h>

enum {
    LATENCY_FIRST_US = 64, /* the bound of the first bucket: below it nobody asks */
    LATENCY_BUCKETS = 32,  /* up to 2.1 s; the last one has no bound */
};

struct latency {
    uint64_t counts[LATENCY_BUCKETS];
    uint64_t sum_us;
};

/* What falls into a bucket is at most this, and more than the bound before. UINT64_MAX: the last.
 */
uint64_t latency_bound_us(unsigned bucket);

void latency_note(struct latency *l, uint64_t us); /* O(1), a few ns */
uint64_t latency_count(const struct latency *l);   /* of all that was noted */
void latency_add(struct latency *sum, const struct latency *from);
