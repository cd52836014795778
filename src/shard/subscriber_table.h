/* shard/subscriber_table.h -- what a shard keeps of each channel that listens or is tracked, and of
 * each socket that listens to its id. */
#pragma once

#include "shard/world.h"

struct awaited;

/* What its client has been sent of presences. One that got diffs before it got a state keeps them,
 * and applies them to the state when that comes: so then it must get every diff. */
enum subscriber_view { VIEW_NONE, VIEW_DIFFS, VIEW_STATE };

struct subscriber {
    uint32_t slot;       /* its client; a free one's is the pool's */
    uint32_t generation; /* 24 bits; 0: free */
    uint32_t channel;    /* as the edge numbers it; 0: the socket itself */
    bool listens;        /* its own topic came with it, beside the bound */
    enum subscriber_view view;
    kith_slice topic, join_ref;   /* borrowed; join_ref is raw JSON */
    const char *const *intercept; /* or NULL */
    topic_id *topics;             /* one for each subscription, so some may stand twice */
    uint32_t topic_count, topic_cap;
    struct mail_queue entries; /* what it is tracked as: of each the mail that will end it */
    uint32_t entry_count;
    struct awaited *awaited; /* a state on its way to it, or NULL */
};

struct subscribers *subscribers_new(void); /* NULL: out of memory */
void subscribers_free(struct subscribers *t);

/* KITH_FULL, KITH_NOMEM. */
KITH_MUST_USE kith_err subscribers_add(struct subscribers *t, uint32_t *number);
void subscribers_remove(struct subscribers *t, uint32_t number); /* and what it keeps */

struct subscriber *subscribers_at(const struct subscribers *t, uint32_t number); /* never moves */

/* A name that goes stale with it; 56 bits, never 0. */
uint64_t subscribers_handle(const struct subscribers *t, uint32_t number);
bool subscribers_find(const struct subscribers *t, uint64_t handle, uint32_t *number);

/* As whom pubsub knows it: by the fast lane, or as news to the channel. */
static inline subscriber_id subscriber_id_of(uint32_t number, bool to_channel)
{
    return number << 1 | to_channel;
}
