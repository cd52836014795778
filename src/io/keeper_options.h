/* io/keeper_options.h -- what the store's thread is told when it begins. */
#pragma once

#include "io/events_options.h"
#include "io/hook_options.h"
#include "io/live.h"
#include "io/mailbox.h"
#include "io/source.h"
#include "io/store.h"
#include "io/tables_options.h"

#include <sys/types.h>

struct keeper_options {
    struct store *store;                 /* taken */
    const struct kith_source *source;    /* says whom users watch, instead of the store; or NULL */
    const struct tables_options *tables; /* or from these it is read, into the store; or NULL */
    uint32_t sweep_ms;                   /* see io/reading.h */
    enum reciprocity reciprocal;         /* see core/audience.h */
    bool numbered;                       /* other nodes change the same store */
    uint64_t heard;                      /* what they did up to this number is known here */
    uint64_t last_seen_s;                /* how long that is kept; 0: 90 days */
    uint32_t watch_budget;        /* users each may ask to see within an hour; 0: any number */
    struct keeper_limits *limits; /* where these two change; NULL: they don't */
    const struct events_options *events; /* of the log of events; NULL: there is none */
    const struct hook_options *hook;     /* of their delivery; NULL: there is none */
    uint64_t run;                        /* as struct events_start */
    struct mailbox *box;                 /* where wants come */
    struct mailbox *boxes;               /* the shards' */
    unsigned shards;
    _Atomic uint64_t
        *lost_ms;       /* where it tells since when the store is lost (mono; 0: it is not) */
    _Atomic pid_t *tid; /* the system's number of its thread, once that has begun; or NULL */
};
