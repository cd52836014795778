/* load/histogram.h -- how long things took, as HdrHistogram keeps it: steps that are never wider
 * than a 128th of the value, whatever its size, so that the far percentiles are as exact as the
 * near ones. */
#pragma once

#include <stdint.h>

enum { HISTOGRAM_STEPS = 128, HISTOGRAM_OCTAVES = 26 }; /* up to two hours, in microseconds */

struct histogram {
    uint64_t count, max;
    uint64_t at[(HISTOGRAM_OCTAVES + 1) * HISTOGRAM_STEPS];
}; /* {0} is empty; 27 KiB */

void histogram_add(struct histogram *h, uint64_t value);
void histogram_merge(struct histogram *into, const struct histogram *h);

/* The value that `part` (0 to 1) of them do not exceed: less than one 128th too much, never too
 * little, and never more than the greatest; 0 where there are none. */
uint64_t histogram_at(const struct histogram *h, double part);
