/* shard/ended.h -- what sessions that have ended listened to, which is taken back a part in each
 * turn: each of their people's lists has to be searched, so that of ten thousand who go at once it
 * takes a second, in which others are told. Nothing reaches who has ended meanwhile, as it has no
 * channel any more, and its slot is nobody else's. */
#pragma once

#include "shard/social_state.h"

/* Takes over what the session listened to. Without memory to keep it, it is taken back at once. */
void ended_begin(struct world *w, uint32_t slot);

/* A client that has left its channels, and is still there, joins again: whether nothing is left to
 * be taken back. If little is, it is done now; else it may try again. */
bool ended_settle(struct world *w, uint32_t slot);
void ended_fini(struct ended_all *all); /* {0} is a valid empty one */

/* Whether another one may end without taking back what waits. */
bool ended_has_room(const struct world *w);

/* Takes back the share of one turn, of who ended first. */
void ended_turn(struct world *w);
uint64_t ended_next_due(const struct world *w); /* as shard_due */
