/* shard/watched.h -- the topics to which a session is subscribed, as numbers in ascending order: of
 * each its distance from the one before, as a varint. That is read when the session begins, ends,
 * or asks anew; what is read for each message lies with the topic. A byte or two for each, as there
 * are a hundred or ten thousand topics for each that it listens to. */
#pragma once

#include "core/pubsub.h"

struct watched; /* NULL: none */

/* Of `n` > 0 topics, which it sorts. NULL: out of memory. Owned: the caller's to free. */
struct watched *watched_of(topic_id topics[], uint32_t n);
void watched_free(struct watched *s); /* NULL is welcome */

uint32_t watched_count(const struct watched *s);
uint64_t watched_bytes(const struct watched *s); /* held, the allocator's share included */

/* One more. KITH_NOMEM. O(count). */
KITH_MUST_USE kith_err watched_add(struct watched **s, topic_id topic);
/* One less; false: it was not there. O(count). */
bool watched_remove(struct watched **s, topic_id topic);

/* In ascending order. Do not change it while walking. */
struct watched_walk {
    uint32_t at;
    topic_id last;
};
bool watched_next(const struct watched *s, struct watched_walk *w, topic_id *out);
