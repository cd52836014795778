/* shard/announce.h -- changes of trackers, told at the topics' home in the order in which they were
 * made: to the tracker's owner, and for a presence to all who listen to the topic. */
#pragma once

#include "shard/trackers.h"

/* All that is in w->trackers->changes, of tracker `t`; it is empty then. */
void announce_changes(struct world *w, const struct kith_tracker *t);
