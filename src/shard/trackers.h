/* shard/trackers.h -- the trackers of any topic, for the topics whose home is here: for each of the
 * server's trackers one of each partition, made when it is first needed. */
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

struct trackers {
    struct tracker **of[TRACKERS_MAX]; /* PARTITIONS of them each; NULL until needed */
    struct changes changes;            /* made, and not announced yet */
    struct mail_queue
        late; /* ends of entries for which there was no memory: they are tried again */
};

struct trackers *trackers_new(void); /* NULL: out of memory */
void trackers_free(struct trackers *t);

uint64_t trackers_count(const struct trackers *t); /* entries */

/* The one whose partition the topic is in. NULL: nothing has been tracked there. */
struct tracker *trackers_find(const struct world *w, const struct kith_tracker *t,
                              kith_slice topic);
struct tracker *trackers_get(struct world *w, const struct kith_tracker *t,
                             kith_slice topic); /* made; NULL: out of memory */
