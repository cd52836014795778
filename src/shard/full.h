/* shard/full.h -- users who have as many sockets on this node as they may, of which the eldest is
 * not to make room yet: whoever else comes as one of them is refused at its upgrade. Their homes
 * (shard/per_user.h) tell every shard. */
#pragma once

#include "shard/world.h"

/* Until that time (mono ms); one that is over lifts it. `user`: its hash by hash_key. Where there
 * are too many, or there is no memory, some are not known here. O(1). */
void full_set(struct world *w, uint64_t user, uint64_t until_ms);

/* Whether `user` is known to be. O(1). */
bool full_has(const struct world *w, kith_slice user);

void full_receive(struct world *w, const struct mail *m); /* MAIL_FULL */

/* Nobody is known any more. */
void full_forget(struct world *w);
