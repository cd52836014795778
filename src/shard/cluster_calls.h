/* shard/cluster_calls.h -- what operators ask of all nodes: a call to the shards of this one
 * (shard/call.h) is asked of every other node that is up as well, whose own shards answer it; and
 * each node's answer comes back as one. Who does not answer in time has failed it. */
#pragma once

#include "shard/world.h"

/* A CALL_PUSH or CALL_DISCONNECT, as asked of a shard: to all peers that are not down; or
 * CALL_FIGURES, to those that are up. *asked: how
 * many answers there will be (MAIL_CALL_ANSWER, to the mail's handle and serial). KITH_FULL: too
 * many are under way, and nobody was asked. */
KITH_MUST_USE kith_err cluster_call(struct world *w, const struct mail *call, uint32_t *asked);

/* What peers ask, and answer. KITH_BAD: no node sends that. */
kith_err cluster_called(struct world *w, uint64_t from, kith_slice body);
kith_err cluster_answered(struct world *w, uint64_t from, kith_slice body);
/* What this node's shards answer to a peer's call. Takes the mail. */
void cluster_shard_answered(struct world *w, struct mail *m);

void cluster_calls_tick(struct world *w);
uint64_t cluster_calls_due(const struct world *w);
