/* shard/listen.h -- what a session asks of the homes of its people: their state, and to be told of
 * them from here on. */
#pragma once

#include "shard/gather.h"
#include "shard/social_state.h"

/* Asks every home, or those that were busy, and answers for this shard's own. After an error some
 * have been asked. */
KITH_MUST_USE kith_err listen_ask(struct world *w, uint32_t slot, struct gather *g);
