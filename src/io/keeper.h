/* io/keeper.h -- the store's thread: it alone speaks to the database while the server runs. Shards'
 * wants come by mail, answers go back by mail. */
#pragma once

#include "io/mailbox.h"
#include "io/source.h"
#include "io/store.h"

#include <sys/types.h>

struct keeper;

struct keeper_options {
    struct store *store;              /* taken */
    const struct kith_source *source; /* says whom users watch, instead of the store; or NULL */
    bool reciprocal;                  /* see core/audience.h */
    bool numbered;                    /* other nodes change the same store */
    uint64_t last_seen_s;             /* how long that is kept; 0: 90 days */
    uint32_t watch_budget;            /* users each may ask to see within an hour; 0: any number */
    struct mailbox *box;              /* where wants come */
    struct mailbox *boxes;            /* the shards' */
    unsigned shards;
    _Atomic uint64_t
        *lost_ms;       /* where it tells since when the store is lost (mono; 0: it is not) */
    _Atomic pid_t *tid; /* the system's number of its thread, once that has begun; or NULL */
};

KITH_MUST_USE kith_err keeper_start(const struct keeper_options *o, struct keeper **out);

/* After all shards have ended: does what is still in the box, closes the store, ends the thread.
 * KITH_IO: the sessions of this run could not be saved, `why` (may be NULL) says what the store
 * said. */
KITH_MUST_USE kith_err keeper_join(struct keeper *k, kith_problem *why);
