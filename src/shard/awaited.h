/* shard/awaited.h -- a state of some topics on its way to a channel: which topics they are, and
 * what comes of them meanwhile (shard/gather.h has the drawing). */
#pragma once

#include "core/pubsub.h"
#include "shard/gather.h"
#include "shard/mail.h"
#include "shard/trackers.h"

struct awaited {
    struct gather *gather;
    const struct kith_tracker *tracker;
    topic_id *topics; /* in order of their numbers: those that the channel listens to */
    uint32_t topic_count;
    bool unheard; /* and its own, to which it does not listen */
    bool gapless; /* the client needs the diffs, too, that the state has in it */
    struct mail_queue news;
    uint32_t news_count;
};

/* Copies the topics, which it sorts, each once. NULL: out of memory. */
struct awaited *awaited_new(const struct kith_tracker *t, const topic_id topics[], uint32_t count,
                            uint64_t deadline_ms, uint64_t *all);
void awaited_free(struct awaited *a); /* NULL is welcome */

/* Starts over, under a new number. */
void awaited_restart(struct awaited *a, uint32_t serial, uint64_t deadline_ms);

/* Whether the diffs of a presence (its number) on a topic are part of it. */
bool awaited_covers(const struct awaited *a, unsigned tracker, topic_id topic);
/* As gather_hold, for a diff that the channel gets as news. Takes it. */
void awaited_hold(struct awaited *a, unsigned home, struct mail *news);
/* The channel does not listen to it any more. */
void awaited_forget(struct awaited *a, topic_id topic);
