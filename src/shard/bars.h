/* shard/bars.h -- users who may not connect until a time: an operator has sent them away. Every
 * shard knows of all. */
#pragma once

#include "shard/world.h"

/* Until that time (unix seconds); one that is over lifts it. KITH_NOMEM, KITH_FULL: BARS_MAX are
 * there; nothing has changed. */
KITH_MUST_USE kith_err bars_set(struct world *w, kith_slice user, uint64_t until_s);

/* Whether `user` is barred now. O(1). */
bool bars_has(const struct world *w, kith_slice user);

void bars_fini(struct world *w);
