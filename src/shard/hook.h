/* shard/hook.h -- the application hears of its users' presence, at their homes. */
#pragma once

#include "shard/world.h"

/* A change that has been made and announced, and none after it: what is there now tells whether it
 * was the first or the last session. */
void hook_tell(const struct world *w, const struct change *c, bool hidden);
/* A session was hidden, or is seen again: its leave and its join are one event. */
void hook_moved(const struct world *w, const struct change moved[2], bool hidden);
