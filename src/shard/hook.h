/* shard/hook.h -- the application, and the log of events, hear of users' presence, at their homes.
 */
#pragma once

#include "shard/world.h"

/* A change that has been made and announced, and none after it: what is there now tells the
 * application whether it was the first or the last session; the log finds that out by itself. Where
 * neither is to hear it costs nothing. */
void hook_tell(struct world *w, const struct change *c, bool hidden);
/* A session was hidden, or is seen again: its leave and its join are one event. */
void hook_moved(struct world *w, const struct change moved[2], bool hidden);

/* What a MAIL_SESSION says of the entry: what it was known by, and is; zeros: it was not there, is
 * not any more. */
struct session_refs {
    char old[REF_BYTES], now[REF_BYTES];
};

/* The log is to hear of every session here, since it may have missed some: MAIL_ROLL, which is
 * taken. Some thousand at a time. */
void hook_roll(struct world *w, struct mail *m);
/* All of them at once, of before a restart. */
void hook_roll_all(struct world *w);
