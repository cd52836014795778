/* load/chance.h -- what is drawn by chance: one of some, and an order. */
#pragma once

#include "base/chance.h"

/* Of [0, n), n > 0. */
static inline uint32_t chance_below(uint64_t *seed, uint32_t n)
{
    return (uint32_t)(((chance_next(seed) >> 32) * n) >> 32);
}

/* Fisher and Yates. */
static inline void chance_shuffle(uint64_t *seed, uint32_t *list, uint64_t count)
{
    for (uint64_t i = count; i > 1; i--) {
        uint64_t j = chance_next(seed) % i;
        uint32_t held = list[i - 1];
        list[i - 1] = list[j];
        list[j] = held;
    }
}
