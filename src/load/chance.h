/* load/chance.h -- numbers by chance, the same on every machine for the same seed. */
#pragma once

#include <stdint.h>

/* splitmix64: every seed is good, and the state is one word. */
static inline uint64_t chance_next(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

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
