/* core/pubsub.h -- who on this shard listens to which topic. Topics are interned: a name is stored
 * once and then is a number; a subscription is two numbers, one in the topic and one with its
 * subscriber. Pure; the delivery itself is the caller's loop over pubsub_next. */
#pragma once

#include "base/err.h"
#include "base/siphash.h"
#include "base/slice.h"
#include "core/listeners.h"

typedef uint32_t topic_id; /* an interned topic, until its last subscription and mark are gone */
typedef uint32_t subscriber_id; /* the caller's number for who listens, of 24 bits */

#define TOPIC_NONE     UINT32_MAX
#define SUBSCRIBER_MAX LISTENER_MAX

struct pubsub;

struct pubsub *pubsub_new(const struct siphash_key *key); /* NULL: out of memory */
void pubsub_free(struct pubsub *p);

topic_id pubsub_find(const struct pubsub *p,
                     kith_slice name);                      /* TOPIC_NONE: nobody listens. O(1) */
kith_slice pubsub_name(const struct pubsub *p, topic_id t); /* borrowed while the topic lives */

/* Adds one subscription. Duplicates are allowed and deliver duplicates, as in Phoenix.
 * KITH_NOMEM, KITH_FULL. Amortised O(1). */
KITH_MUST_USE kith_err pubsub_subscribe(struct pubsub *p, kith_slice name, subscriber_id who,
                                        topic_id *out);

/* Drops all of `who`'s subscriptions of `t`; none is fine, and so is TOPIC_NONE. O(1) for large
 * topics, a short scan for small ones. True if the topic has no subscription left. It is forgotten
 * then, unless marked. */
bool pubsub_unsubscribe(struct pubsub *p, topic_id t, subscriber_id who);

uint32_t pubsub_count(const struct pubsub *p, topic_id t); /* subscriptions */
bool pubsub_has(const struct pubsub *p, topic_id t, subscriber_id who);

/* A mark is a bit the owner keeps on a topic: the shards that listen to it elsewhere. A topic lives
 * while it has a subscription or a mark. */
KITH_MUST_USE kith_err pubsub_mark(struct pubsub *p, kith_slice name, unsigned bit, topic_id *out);
void pubsub_unmark(struct pubsub *p, topic_id t, unsigned bit);
uint64_t pubsub_marks(const struct pubsub *p, topic_id t);

/* The subscribers of `t`, each as often as it subscribed. Neither subscribe nor unsubscribe while
 * walking. */
struct pubsub_walk {
    struct listeners_walk in;
};
bool pubsub_next_part(const struct pubsub *p, topic_id t, struct pubsub_walk *w,
                      subscriber_id *out);
static inline bool pubsub_next(const struct pubsub *p, topic_id t, struct pubsub_walk *w,
                               subscriber_id *out)
{
    return listeners_take(&w->in, out) || pubsub_next_part(p, t, w, out);
}

/* For figures: topics, subscriptions, bytes held. O(1). */
struct pubsub_size {
    uint64_t topics, subscriptions, bytes;
};
struct pubsub_size pubsub_size(const struct pubsub *p);
