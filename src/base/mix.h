/* base/mix.h -- numbers that look like chance, of numbers that may follow each other. Whoever knows
 * it can aim at it: what strangers choose goes through siphash.h, unless where it goes is no
 * secret.
 */
#pragma once

#include <stdint.h>

/* A mixer after Stafford: what differs in any bit differs in about half of the result's. */
static inline uint64_t mix64(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}
