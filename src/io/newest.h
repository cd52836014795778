/* io/newest.h -- of the changes that wait for the log of events, each session's latest status: a
 * newer one takes its place there, so that who changes it all the time does not fill the room of
 * all. What a session came from stays, and what it has become is the newer one's; comings and
 * goings stay as they are. */
#pragma once

#include "base/map.h"
#include "core/pool.h"
#include "shard/mail.h"

struct newest {
    struct pool waiting; /* of struct mail *, a MAIL_SESSION each, somebody else's */
    struct map by_ref;   /* by the ref that it gives its session */
};

void newest_init(struct newest *n);
void newest_fini(struct newest *n);

/* `m` waits, behind all that were told of before. Without memory for it, it stays as it is. O(1) */
void newest_put(struct newest *n, struct mail *m);
/* It is written, or may have been. O(1), and nothing if it is not here. */
void newest_drop(struct newest *n, const struct mail *m);

/* `m` comes. If it `may`, and is a status, it takes the place of its session's latest that waits
 * here: true, and it is the caller's to free; *bytes is the size of all that waits. Else that one
 * stays as it is from now on: what comes after `m` is not to be told before it. O(1) */
KITH_MUST_USE bool newest_join(struct newest *n, const struct mail *m, bool may, size_t *bytes);
