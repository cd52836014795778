/* shard/social_end.h -- the social side of a session ends: what it listens to, what it is shown as,
 * what is on its way to it. */
#pragma once

#include "shard/social_state.h"

bool social_on_any(const struct social *s); /* of its channels */

/* All of it; the presence lingers for `grace_ms`. The record stays, see social_forget. */
void social_end(struct world *w, uint32_t slot, uint32_t grace_ms);
void social_forget(struct world *w, uint32_t slot);

/* If it is on no channel any more. The session is remembered while its question to the store is
 * out, so that a client that comes and goes has one out at most. */
void social_end_if_idle(struct world *w, uint32_t slot);
