/* shard/tracking.h -- trackers of any topic, at the topics' homes: each change is made here alone,
 * told to the tracker's owner, and for a presence broadcast as presence_diff; all in one order.
 * Callbacks of the owner's (announcements, `done`, `listed`, fetch) may call whatever kith/ offers
 * for any thread: that posts mail, and comes back in later turns. */
#pragma once

#include "shard/trackers.h"

/* What is asked of a topic's home; travels as MAIL_TRACKING. */
enum tracking_op {
    TRACKING_TRACK,
    TRACKING_UPDATE,
    TRACKING_UNTRACK,
    TRACKING_UNTRACK_OWNER, /* of every home */
    TRACKING_LIST,          /* key empty: all keys */
    TRACKING_STATE,         /* topics in a list; answered with MAIL_TRACKING_STATE */
    TRACKING_ENTER,         /* track, the state, and only then its own join */
};

/* Who asks from outside of channels, see kith/tracker.h. */
struct tracking_request {
    enum tracking_op op; /* TRACK to LIST */
    uint64_t owner;      /* 1 to 2^48 - 1, as the caller names it */
    kith_slice topic, key, meta;
    kith_tracked done; /* or NULL */
    kith_listed listed;
    void *arg;
};
/* As mail to the home of the topic, which is shard *home of so many; UNTRACK_OWNER goes to each of
 * them. NULL: no memory. */
struct mail *tracking_mail(const struct kith_tracker *t, const struct tracking_request *r,
                           unsigned shards, unsigned *home);

/* Channels. */

struct tracking_entry {
    const struct kith_tracker *tracker;
    uint64_t owner; /* home_owner() of a subscribers_handle() */
    kith_slice topic, key;
};

/* A question as mail: handle and serial, which come back with an answer, are the caller's to set,
 * and for a LIST `called`, the kith_channel_listed. NULL: no memory. */
struct mail *tracking_ask(enum tracking_op op, const struct tracking_entry *e, kith_slice meta);

/* Hands such a mail to its topic's home: at once, if that is here. Takes it. */
void tracking_send(struct world *w, struct mail *m);

/* At the home, for a channel of this shard: TRACK, UPDATE or UNTRACK. The change is made, and told
 * only with tracking_announce. Errors as kith/tracker.h says. */
KITH_MUST_USE kith_err tracking_change(struct world *w, enum tracking_op op,
                                       const struct tracking_entry *e, kith_slice meta);
void tracking_announce(struct world *w, const struct kith_tracker *t);

/* Topics in one string of bytes, for STATE. */
void tracking_put_topic(struct buf *list, kith_slice topic);
bool tracking_next_topic(kith_slice *rest, kith_slice *topic);

/* Takes the mail. */
void tracking_receive(struct world *w, struct mail *m);

/* Tries again what had no memory; and when that is next needed, as shard_due. */
void tracking_retry(struct world *w);
uint64_t tracking_next_due(const struct world *w);
