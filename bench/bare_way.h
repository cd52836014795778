/* bench/bare_way.h -- the floor under a change that another node shows: a message through NATS and
 * nothing else, from one link of src/io to another. */
#pragma once

#include "load/histogram.h"

/* One at a time, `pause_us` apart, from before it is published to when it is taken. Dies where NATS
 * lets nobody in. */
void bare_way(const char *url, unsigned count, double pause_us, struct histogram *took);
