/* bench/lines.h -- the bare machine: what it takes to touch as much memory as a delivery does. */
#pragma once

#include "friends.h"

/* Lines of 64 bytes that a delivery touches and that have not been touched for a while: the client,
 * two of its social side, and to be written one of the table of connections, the connection, and
 * its session. */
enum { LINES = 6 };

/* Those of each friend of so many users, in any order: ns of CPU for the lines of a friend. */
double lines_ns(const struct friends *f, uint32_t flips, uint64_t seed);
