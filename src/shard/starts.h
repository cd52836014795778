/* shard/starts.h -- the sessions whose states are to be asked for, in the order in which they came,
 * and how many may be in one turn: so that a client that joins again and again takes no more from
 * others than its turn. */
#pragma once

#include "shard/social_state.h"

/* Puts the session in, once. KITH_NOMEM. */
KITH_MUST_USE kith_err starts_push(struct world *w, uint32_t slot);

/* The next session, after so many edges looked at in this turn. False: none, or the turn has had
 * its share, or other homes are behind with their answers. The first one does not ask how much was
 * done for others. */
bool starts_next(struct world *w, uint32_t edges, uint32_t *slot);

/* Whether the turn has time for one more that is complete; and, which is half of it, for what other
 * shards ask. */
bool starts_may_finish(const struct world *w);
bool starts_may_answer(const struct world *w);

/* The turn ends. */
void starts_end_turn(struct world *w);

/* Whether the next turn need not wait for anything. */
bool starts_due(const struct world *w);
