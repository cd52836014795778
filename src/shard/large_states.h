/* shard/large_states.h -- full states that are larger than what any socket may owe
 * (OUTBOX_BYTES_MAX) have one bound together, world_options.large_states_bytes: those that wait for
 * their clients, and the pieces of those that are being put together. Who finds no room waits in
 * line, where nobody is overtaken; meanwhile who will take longest over a large one makes room.
 * Smaller states ask nobody. */
#pragma once

#include "shard/social_state.h"

void large_states_fini(struct large_states *l);

/* Whether a state of so many bytes, whose pieces are counted as gathered, may be sent now: if there
 * is room, and it is its turn or nobody waits. O(1), but for when all seems taken: then all that
 * wait for their clients are counted anew, LARGE_STATES_MAX at most. */
bool large_states_fit(struct world *w, size_t bytes, bool its_turn);

/* A state of so many bytes, for which the shard has just said that it fits, is in the outbox. */
void large_states_note(struct world *w, uint32_t slot, size_t bytes);

/* Whether the pieces that are gathered are too many already. */
bool large_states_gathered(const struct world *w);

/* The session waits in line, once, in the order of when its states are waited for no longer: who
 * must come again stands where it stood. KITH_NOMEM. */
KITH_MUST_USE kith_err large_states_wait(struct world *w, uint32_t slot, uint64_t deadline_ms);

/* The first in line, if there is room for the largest; else room is made. */
bool large_states_next(struct world *w, uint32_t *slot);
/* When that has work: as of what clients have taken by now, which is counted while some wait. */
uint64_t large_states_due(const struct world *w);
