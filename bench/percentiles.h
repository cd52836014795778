/* bench/percentiles.h -- how long things took: a histogram with steps of 1.6 %. */
#pragma once

#include <stdint.h>

enum { PERCENTILE_STEPS = 64, PERCENTILE_OCTAVES = 27 };

struct percentiles {
    uint64_t count;
    uint64_t at[PERCENTILE_OCTAVES][PERCENTILE_STEPS]; /* {0} is empty */
};

void percentiles_add(struct percentiles *p, double us); /* up to an hour */

/* Below which `part` (0 to 1) of them lie; 0 where there are none. */
double percentiles_us(const struct percentiles *p, double part);

void percentiles_join(struct percentiles *p, const struct percentiles *more);
