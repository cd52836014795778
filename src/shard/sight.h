/* shard/sight.h -- who may see whom has changed: applied on a shard, at once, to the sessions that
 * it concerns here. Their subscriptions change, and their clients are told: those who lose sight
 * get leaves, one for each session that they saw, oldest first, as if each had gone; those who gain
 * it get one join of all. A session that asks for the user (asking.h) keeps it while that is
 * enough. The shard then tells the store (MAIL_APPLIED), and once all have, the change is
 * acknowledged. */
#pragma once

#include "shard/sight_mail.h"
#include "shard/world.h"

/* One change, as it is applied here. */
struct sight {
    kith_slice user;
    struct sight_lists lists;
    kith_slice diffs; /* diffs_put: of both kinds */
    unsigned part;    /* how far it is: in the lists one after the other, */
    size_t at;        /* and in bytes of that one */
};
/* Goes on with it, for *left watchers at most, of which it takes what it has done. True: all is
 * done. What is told of the user meanwhile is told behind it (sight_slices.h). */
bool sight_apply(struct world *w, struct sight *s, uint32_t *left);

/* Applies to one session what of it is still to come. O(watchers that are left). */
void sight_apply_to(struct world *w, const struct sight *s, uint32_t slot);

/* What the client of `handle` asks to see, or no more, changes this: diffs_put_list of each.
 * Nothing is under way here (sight_slices.h). */
void sight_apply_grant(struct world *w, uint64_t handle, bool asks, kith_slice diffs);

/* The same from a home (MAIL_GRANT_HERE). Takes the mail. */
void sight_grant_receive(struct world *w, struct mail *m);

/* The store counts these. The mail that brought the change goes on to it, so that no want of memory
 * can keep it from hearing: it would wait for ever. `at`: see MAIL_APPLIED. Takes the mail. */
void sight_applied(struct world *w, struct mail *m, uint64_t at);
