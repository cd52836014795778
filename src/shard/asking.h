/* shard/asking.h -- whom a session asks to see without an edge (watch), as long as it is on a
 * channel: whether it may is the store's to say, again and again as the rules change, so all that
 * is asked is kept, granted or not. Who sees a user by an edge may ask for it too, and sees it
 * once.
 */
#pragma once

#include "shard/social_extra.h"

struct social_ask {
    bool on;          /* or it asks no more */
    kith_slice ids;   /* ids_put, each once */
    uint32_t channel; /* which is answered with MAIL_ANSWER once it holds */
    kith_slice ref;   /* of its message, raw JSON */
};

/* KITH_NONE: the session is on no channel, or its join is not answered. KITH_FULL: it would ask for
 * more than ASKED_MAX. KITH_NOMEM. Nothing has changed then. O(ids * those it asks for). */
KITH_MUST_USE kith_err asking_change(struct world *w, uint32_t slot, const struct social_ask *a);

/* How many users the session asks to see. */
uint32_t asking_count(const struct social *s);

/* What the session asks of `user`, or NULL. Borrowed until it changes. O(those it asks for). */
struct asked *asking_find(const struct world *w, uint32_t slot, kith_slice user);
bool asking_goes_on(const struct world *w, uint32_t slot,
                    kith_slice user); /* asks, to no end yet */
void asking_remove(struct world *w, uint32_t slot, struct asked *a);
void asking_drop(struct world *w, uint32_t slot); /* all */

/* The store has refused to judge these, which the client of that handle had not asked for before:
 * it asks for them no more. */
void asking_refused(struct world *w, uint64_t handle, kith_slice ids);

/* MAIL_ASKERS: whose sessions here ask for `user` and do not see it. NULL: there are none, or no
 * memory for it. */
struct mail *asking_askers(const struct world *w, kith_slice user, uint32_t serial);
