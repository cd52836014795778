/* shard/broadcast.h -- one event to all who have subscribed to a topic, on whichever shard. A topic
 * has a home, as a user has: broadcasts reach those of the speaker's own shard at once, the others
 * by way of the home, which knows where somebody listens. All get what one shard says in its order;
 * what two say at once may come either way round. */
#pragma once

#include "shard/publish.h"

/* The subscriber listens from here on: what is broadcast from this shard after this call reaches
 * it. Twice is twice. KITH_NOMEM, KITH_FULL: it does not listen. */
KITH_MUST_USE kith_err broadcast_subscribe(struct world *w, uint32_t number, kith_slice topic,
                                           bool to_channel, topic_id *out);
/* Drops all of its subscriptions of a topic, of both kinds; none is fine. */
void broadcast_unsubscribe(struct world *w, uint32_t number, topic_id topic);

/* No subscriber, and no node of that name, are fine. O(subscribers). */
void broadcast(struct world *w, const struct broadcast *b);

/* For whoever is on no shard's thread: as mail to shard *to of so many, where it becomes the above.
 * NULL: no memory. */
struct mail *broadcast_mail(const struct broadcast *b, unsigned shards, unsigned *to);

/* What other shards ask of this one. */
void broadcast_receive(struct world *w, const struct mail *m);
