/* base/now.h -- the time, as io/ read it at the start of a turn; an argument everywhere else. */
#pragma once

#include <stdint.h>

struct now {
    uint64_t mono_ms; /* monotonic: all timers */
    uint64_t unix_ms; /* wall clock: online_at, token times */
};
