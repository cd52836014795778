/* tests/support/chance.h -- numbers by chance that are the same in every run. */
#pragma once

#include "base/chance.h"

#include <stdlib.h>

/* Of [0, n). */
static inline uint32_t chance_below(uint64_t *seed, uint32_t n)
{
    return (uint32_t)(chance_next(seed) % n);
}

/* How many rounds a property is tried: `short_run`, or a hundred times that with KITH_LONG=1. */
static inline uint32_t rounds(uint32_t short_run)
{
    const char *asked = getenv("KITH_LONG");
    return asked && *asked == '1' ? short_run * 100 : short_run;
}
