/* tests/support/chance.h -- numbers by chance that are the same in every run. */
#pragma once

#include <stdint.h>
#include <stdlib.h>

/* splitmix64: every seed is good, and the state is one word. */
static inline uint64_t chance(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Of [0, n). */
static inline uint32_t chance_below(uint64_t *seed, uint32_t n)
{
    return (uint32_t)(chance(seed) % n);
}

/* How many rounds a property is tried: `short_run`, or a hundred times that with KITH_LONG=1. */
static inline uint32_t rounds(uint32_t short_run)
{
    const char *asked = getenv("KITH_LONG");
    return asked && *asked == '1' ? short_run * 100 : short_run;
}
