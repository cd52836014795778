/* shard/watching.h -- whom a session listens to: its subscriptions here, and its questions to
 * homes. */
#pragma once

#include "shard/gather.h"
#include "shard/social_state.h"

/* Subscribes the session to each of `ids`. KITH_NOMEM: it is subscribed to none. */
KITH_MUST_USE kith_err watching_subscribe(struct world *w, uint32_t slot, kith_slice ids);

/* Ends all its subscriptions, and tells the homes whom nobody here listens to any more. */
void watching_drop(struct world *w, uint32_t slot);

/* Asks every home of the session's people for their state, and answers for this shard's own. */
KITH_MUST_USE kith_err watching_ask(struct world *w, uint32_t slot, struct gather *g);
