/* io/system.h -- the clock, the source of chance, the terminal and the environment: asked here,
 * arguments everywhere else. */
#pragma once

#include "base/now.h"
#include "base/siphash.h"

#include <stdbool.h>
#include <stddef.h>

struct now system_now(void);
uint64_t system_us(void); /* monotonic, as now's, in microseconds: for what a turn takes */
void system_wait_until(uint64_t us); /* the same; this thread alone waits */

/* Fills `out` from the system's generator; it does not fail once the system is up. */
void system_random(void *out, size_t len);
struct siphash_key system_random_key(void);

bool system_on_terminal(void); /* whether somebody watches stderr */

/* The name of this machine. False: it has none, or one of `size` bytes or more. */
bool system_host_name(char *out, size_t size);

/* A variable of the environment; NULL: it is not set, or is empty. */
const char *system_variable(const char *name);
