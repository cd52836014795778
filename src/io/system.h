/* io/system.h -- the clock and the source of chance: read here, arguments everywhere else. */
#pragma once

#include "base/now.h"
#include "base/siphash.h"

#include <stddef.h>

struct now system_now(void);

/* Fills `out` from the system's generator; it does not fail once the system is up. */
void system_random(void *out, size_t len);
struct siphash_key system_random_key(void);
