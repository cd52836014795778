/* io/events_options.h -- what the log of events is told when it begins. */
#pragma once

#include <stdint.h>

struct mailbox;
struct store;

struct events_options {
    uint64_t keep_ms;  /* events are kept for so long, */
    uint32_t keep;     /* and not more of them than these */
    uint32_t grace_ms; /* until then who was here before a restart may be back */
};

struct events_start {
    struct events_options options;
    struct store *store;
    uint64_t run;          /* as struct session_batch; the next thousands of numbers are its, too */
    struct mailbox *boxes; /* the shards' */
    unsigned shards;
};
