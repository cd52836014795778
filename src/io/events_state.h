/* io/events_state.h -- inside io/events.h: what waits, and how a count goes. Only its own files
 * include it. */
#pragma once

#include "base/limits.h"
#include "base/siphash.h"
#include "base/stats.h"
#include "io/events_options.h"
#include "io/newest.h"
#include "io/store.h"
#include "shard/mail.h"

/* Sessions of a node that has died, or of this one before it began, are to end. */
struct ending {
    uint64_t of; /* as struct ended_runs */
    uint64_t due_ms;
};

struct events {
    struct events_start o;
    struct mail_queue waiting;      /* MAIL_SESSIONs that are not written yet, */
    size_t bytes;                   /* and how large they are */
    struct newest newest;           /* of them, what may still change */
    uint32_t shares[EVENTS_SHARES]; /* how many of them are of the users of each */
    struct siphash_key key;
    uint64_t number; /* of the latest batch that was written */
    uint32_t tried;  /* changes of the next, which may have been: it is the same again */
    uint64_t logged; /* events that the latest write came to */
    /* mono; UINT64_MAX: not at all */
    uint64_t write_ms, forget_ms, keep_ms;
    uint64_t again_ms; /* before it a store that has failed is not tried again */

    uint64_t run;
    bool missed;         /* changes were: all are to be counted anew */
    bool rolling;        /* they are */
    bool roll_out;       /* and a shard is asked */
    unsigned roll_shard; /* which, */
    uint64_t roll_slot;  /* and from where on */
    struct ending endings[EVENTS_ENDINGS_MAX];
    unsigned ending_count;
    struct buf end_after; /* how far the one is that is under way, */
    uint64_t end_of;      /* and which that is */

    struct event_stats stats;
    uint64_t said_ms; /* when the log was last told that they cannot be written */
    struct session_change changes[EVENTS_PER_COMMIT]; /* scratch */
};
