/* shard/states.h -- full states on their way to the channels of a session: asked for when it joins,
 * or fell behind, or when whom it watches changes meanwhile; sent once all homes have answered. */
#pragma once

#include "shard/social_state.h"

/* For a channel that joins. NULL: out of memory. */
struct gather *states_new(struct world *w, uint32_t slot);
/* Its pieces are asked for when its turn comes. */
void states_queue(struct world *w, uint32_t slot, unsigned form);
/* It is not wanted any more. The channel that a join was to replace is still owed its end. */
void states_cancel(struct world *w, uint32_t slot, struct social_channel *c);

/* One that may be complete now: it is sent if so. */
void states_go_on(struct world *w, uint32_t slot, unsigned form);

/* The socket of a client that was behind has drained: it gets a full state on each of its channels.
 */
void states_catch_up(struct world *w, uint32_t slot);

/* Answers. `ids`: whom the user watches; failed: the store cannot say. */
void states_watched(struct world *w, uint64_t handle, uint32_t serial, kith_slice ids, bool failed);
void states_fragment(struct world *w, const struct mail *m); /* MAIL_FRAGMENT */

/* Asks for the states that are wanted, and sends those that are complete, as many as fit into a
 * turn, which ends with it: a client that joins again and again costs others no more than one look
 * at its edges a turn. */
void states_start(struct world *w);

/* Joins that have waited too long are refused. */
void states_expire(struct world *w);
uint64_t states_next_due(const struct world *w); /* when one of the two has work */
