/* shard/tracking.h -- trackers of any topic, at the topics' homes: each change is made here alone,
 * told to the tracker's owner, and for a presence broadcast as presence_diff; all in one order. */
#pragma once

#include "shard/world.h"

#include <kith/presence.h>

#define TRACKERS_MAX 8 /* of one server: a table of partitions on each shard for each */

struct kith_tracker {
    struct kith_server *server;                     /* the app's; never looked into here */
    unsigned number;                                /* < TRACKERS_MAX: which of the server's */
    const struct kith_tracker_behaviour *behaviour; /* of a plain tracker, or NULL */
    const struct kith_presence_behaviour *presence; /* of a presence, or NULL */
};

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

void tracking_receive(struct world *w, const struct mail *m);
