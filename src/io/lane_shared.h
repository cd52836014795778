/* io/lane_shared.h -- what a link and the thread of a lane share: two mailboxes, some figures. */
#pragma once

#include "io/mailbox.h"

struct lane_stats { /* as in struct link_stats; written by its thread, read by any */
    _Atomic uint64_t in, out, in_bytes, out_bytes, lost, huge, losses;
};

struct lane {
    struct mailbox out;          /* the link posts, the thread takes */
    struct mailbox heard;        /* the thread posts, the link takes; wakes for news, too */
    _Atomic uint32_t connection; /* its number; 0: there is none */
    _Atomic uint32_t turns;      /* of its thread, which takes one a second at least */
    _Atomic size_t out_bytes;    /* of mail that is not yet sent; the link adds */
    _Atomic size_t heard_bytes;  /* of mail that is not yet taken; the link subtracts */
    _Atomic bool stop;           /* asked to end */
    _Atomic bool ended;          /* its thread is at its end */
    _Atomic int holders;         /* its link, its thread */
    struct lane_stats stats;
};
