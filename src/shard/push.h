/* shard/push.h -- what back ends say to the sessions here: of one user at once, of all a part in
 * each turn, so that what is for others comes between. */
#pragma once

#include "shard/world.h"

/* A CALL_PUSH, taken; it is answered once all who are here have been told, those before it first.
 */
void push(struct world *w, struct mail *m);

void push_turn(struct world *w);               /* tells the share of one turn */
uint64_t push_next_due(const struct world *w); /* as shard_due */
