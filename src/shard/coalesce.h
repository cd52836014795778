/* shard/coalesce.h -- when presence frames that wait are written: at once while the thread has
 * nothing else to do, so that nobody waits for nothing; together under load. Replies, states and
 * pushes never wait, and take along what waits before them. */
#pragma once

#include "shard/world.h"

/* Lets go of frames that wait, to WRITES_TURN sockets: in each turn, before what is dirty is
 * written. `idle`: the thread had no work before this turn's came. Else they leave that have
 * waited for COALESCE_MS. */
void coalesce_release(struct world *w, bool idle);

/* When there may be more to let go; UINT64_MAX: nothing waits. */
uint64_t coalesce_due(const struct world *w);
