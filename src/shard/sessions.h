/* shard/sessions.h -- which sessions of a user are on this shard: for changes of who sees whom,
 * which name users. */
#pragma once

#include "shard/social_state.h"

/* A socket's social side begins and ends. KITH_NOMEM. */
KITH_MUST_USE kith_err sessions_add(struct world *w, uint32_t slot);
void sessions_remove(struct world *w, uint32_t slot);

/* The sessions of `user`, in any order: *walk is sessions_walk at first. Neither add nor remove
 * meanwhile. O(1) each. */
struct map_probe sessions_walk(const struct world *w, kith_slice user);
bool sessions_next(const struct world *w, struct map_probe *walk, kith_slice user, uint32_t *slot);
