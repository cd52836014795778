/* shard/spread.h -- an announcement to many, which are told a part in each turn, so that what is
 * for others comes between. Who listened when it was made gets it, once, and before all that comes
 * later: a change of the same user goes behind it, and for a client that is to get a state, or to
 * lose sight, it is brought forward. */
#pragma once

#include "shard/forms.h"

/* To all who listen to `topic` here, in this turn and in later ones; the arguments are those of
 * fastlane_publish. KITH_NOMEM: nobody is told. O(subscribers here), at a few ns each. */
KITH_MUST_USE kith_err spread_begin(struct world *w, unsigned home, topic_id topic, kith_slice user,
                                    kith_slice payload);
void spread_fini(struct spreads *s); /* {0} is a valid empty one */

/* Tells the share of one turn, of the oldest first. While as many wait to be written already it
 * tells nobody, but for SPREAD_WAIT_MS at most. */
void spread_turn(struct world *w);
uint64_t spread_next_due(const struct world *w); /* as shard_due */

/* Tells all who have not been told of this user. O(them). */
void spread_finish(struct world *w, kith_slice user);
/* Tells one client all that is on its way to it. O(announcements under way). */
void spread_bring(struct world *w, uint32_t slot);
/* It listens to nobody any more, or is gone: nothing is on its way to it. */
void spread_forget(struct world *w, uint32_t slot);
