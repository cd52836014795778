/* shard/shard.h -- one thread's world, as io/ drives it: a turn begins with the time, then come
 * mail and messages, then what is due; what it leaves are outboxes, mail and wants. */
#pragma once

#include "shard/world.h"

struct world *shard_new(const struct world_options *o); /* NULL: out of memory */
void shard_free(struct world *w); /* NULL is welcome; its sockets are closed */

/* A mail of another shard or of the store. Takes it. */
void shard_receive(struct world *w, struct mail *m);

/* Does what is due now; returns when it is next needed (monotonic ms; UINT64_MAX: not by itself).
 */
uint64_t shard_tick(struct world *w);
uint64_t shard_due(const struct world *w); /* the same, without doing it */

/* What of world_options may change between turns. */
void shard_limit(struct world *w, uint32_t grace_ms, uint32_t outbox_bytes_max,
                 uint32_t per_user_max);

/* Before the first turn: an entry of before the restart, whose key is the user, and which lingers
 * until then (monotonic ms). As presence_restore. */
KITH_MUST_USE kith_err shard_restore(struct world *w, const struct entry *e, uint64_t device,
                                     uint64_t until_ms, bool hidden);
