/* base/now.h -- the time, as io/ read it at the start of a turn; an argument everywhere else. */
#pragma once

#include <stdint.h>

struct now {
    uint64_t mono_ms; /* monotonic: all timers */
    uint64_t unix_ms; /* wall clock: online_at, token times */
    uint64_t mono_us; /* as mono_ms: to measure by */
};

/* Of two times when something is due; UINT64_MAX is never. */
static inline uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }
