/* base/chance.h -- numbers by chance, the same on every machine for the same seed. Whoever has seen
 * a few knows the next: what nobody may guess is io/system.h's. */
#pragma once

#include "base/mix.h"

/* splitmix64: every seed is good, and the state is one word. */
static inline uint64_t chance_next(uint64_t *seed) { return mix64(*seed += 0x9e3779b97f4a7c15u); }
