/* shard/broadcast.h -- one event to all who have subscribed to a topic, on whichever shard. A topic
 * has a home, as a user has: broadcasts go there and out from there, so all who listen get them in
 * one order, and only shards where somebody listens hear of them. */
#pragma once

#include "shard/world.h"

/* The socket `slot` listens to `topic` from here on: what is broadcast from this shard after this
 * call reaches it. Twice is twice. KITH_NOMEM, KITH_FULL: it does not listen. */
KITH_MUST_USE kith_err broadcast_subscribe(struct world *w, uint32_t slot, kith_slice topic);
/* Drops all of its subscriptions of `topic`; none is fine. */
void broadcast_unsubscribe(struct world *w, uint32_t slot, kith_slice topic);

struct broadcast {
    kith_slice topic, event;
    kith_slice payload; /* raw JSON */
    uint64_t sender;    /* home_owner() of the socket that is skipped; 0: nobody is */
    kith_slice node;    /* only subscribers on the node of this name; empty: on every node */
};

/* No subscriber, and no node of that name, are fine. O(subscribers). */
void broadcast(struct world *w, const struct broadcast *b);

/* What other shards ask of this one. */
void broadcast_receive(struct world *w, const struct mail *m);
