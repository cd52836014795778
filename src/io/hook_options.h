/* io/hook_options.h -- where the back end is that hears of events, and how it is told. */
#pragma once

#include "base/slice.h"

/* All is borrowed, and outlives the hook. */
struct hook_options {
    const char *url;     /* http:// or https:// */
    const char *ca_file; /* PEM: who vouches for https://, too; NULL: whom the system trusts */
    kith_slice secret;   /* what is sent is signed with it */
    uint32_t call_ms;    /* how long an answer may take */
    uint32_t retry_ms;   /* the longest pause between two tries */
    uint32_t batch;      /* events sent at once, at most */
};
