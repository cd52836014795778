/* shard/publish.h -- one broadcast to all who listen here: to clients by the fast lane, as one
 * frame for each form of the wire in use; to channels as news. */
#pragma once

#include "shard/world.h"

struct broadcast {
    kith_slice topic, event;
    kith_slice payload;   /* raw JSON; binary: bytes, which clients with V1 do not get */
    kith_channel_id from; /* is skipped; {0}: nobody is */
    kith_slice node;      /* only on the node of this name; empty: see `local` */
    bool binary;
    bool local;       /* only on this node; else on every one */
    unsigned diff_of; /* the number of the presence whose diff it is, and 1; 0: of none */
    unsigned home;    /* of such a diff: who announced it */
};

/* O(subscriptions here). */
void publish(struct world *w, const struct broadcast *b);
