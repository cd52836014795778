/* edge/room.h -- what the clients of a thread have begun to say and not ended, or what waits
 * because they say too much: beside the bound of each there is one for all of them together, so
 * that many who keep within theirs cannot take all the memory. stats.unfinished_bytes is what they
 * have. Operators are not counted: their keys are asked for first. */
#pragma once

#include "base/limits.h"
#include "shard/world.h"

#include <stdbool.h>

/* Whether a client may have `own` bytes of it, of which `more` are not counted yet. A little is
 * always free, so that who says what all say is not harmed by who says much. */
static inline bool room_for(const struct world *w, size_t own, size_t more)
{
    return own <= UNFINISHED_FREE_BYTES || w->stats.unfinished_bytes + more <= UNFINISHED_BYTES_MAX;
}
