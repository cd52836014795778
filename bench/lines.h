/* bench/lines.h -- the bare machine: what it takes to touch a line of memory for each delivery. */
#pragma once

#include "friends.h"

/* One line of 64 bytes for each friend of so many users, in any order: ns of CPU for each line. The
 * lines are as many as users. */
double lines_ns(const struct friends *f, uint32_t flips, uint64_t seed);
