/* shard/subscriber.h -- one channel (or a socket by its id) as its shard knows it: the topics it
 * listens to, and how their broadcasts reach it. What it is tracked as: shard/tracked.h. */
#pragma once

#include "shard/world.h"

#define SUBSCRIBER_NONE UINT32_MAX /* no subscriber's number */

struct subscriber_options {
    uint32_t slot;    /* its client */
    uint32_t channel; /* its number in the edge, by which news name it; 0: the socket itself */
    kith_slice topic, join_ref; /* borrowed until subscriber_end; join_ref is raw JSON */
    const char *const
        *intercept; /* events of its own topic that are news; ends with NULL; or NULL */
    bool listens;   /* to its own topic, by the fast lane */
};

/* A new one; *number names it on this shard until subscriber_end. KITH_NOMEM, KITH_FULL. */
KITH_MUST_USE kith_err subscriber_begin(struct world *w, const struct subscriber_options *o,
                                        uint32_t *number);
/* Ends its subscriptions, what it is tracked as, and a state on its way. */
void subscriber_end(struct world *w, uint32_t number);

/* Listens to a topic: by the fast lane, or as news to the channel (MAIL_INFO). Twice is twice.
 * KITH_FULL, KITH_NOMEM. */
KITH_MUST_USE kith_err subscriber_listen(struct world *w, uint32_t number, kith_slice topic,
                                         bool to_channel);
void subscriber_ignore(struct world *w, uint32_t number, kith_slice topic); /* none is fine */
