/* io/lost.h -- what the store's thread does while a database elsewhere is lost: whom users watch is
 * told as it was known last, and its going and its return are said. Of a store in a file it is said
 * that it cannot be written, and that it can again. */
#pragma once

#include "io/known.h"
#include "io/store.h"

#include <stdatomic.h>

struct lost {
    struct store *store;
    struct known *known;       /* NULL: the store is not elsewhere */
    uint64_t since_ms;         /* mono; 0: it is not lost */
    _Atomic uint64_t *told_ms; /* the same for other threads, or NULL */
    uint64_t failed_ms;        /* mono, of the first change that could not be written; 0: it can */
    uint64_t said_ms;          /* when that was said last */
};

KITH_MUST_USE kith_err lost_init(struct lost *l, struct store *s, const struct siphash_key *key);
void lost_fini(struct lost *l); /* {0} is fine */

/* rules_watched; *known: it may have changed since, for the database is lost. */
KITH_MUST_USE kith_err lost_watched(struct lost *l, kith_slice user, enum reciprocity reciprocal,
                                    struct buf *out, uint32_t *count, bool *known);
/* The user's rules are about to be changed, by a commit that is not sent where the database is lost
 * by now; whatever is told to those whose sight changes (MAIL_SIGHT). */
void lost_forget(struct lost *l, kith_slice user);
void lost_forget_sights(struct lost *l, const struct mail_queue *q);

/* Of operators' calls that failed for a lost database the answers say so: KITH_EXPIRED, as
 * api_failed has it. */
void lost_answer(const struct lost *l, const struct mail_queue *q);

/* How the latest change went: tells the log of a store that is here and cannot write, once in a
 * while, and when it can again. */
void lost_heed(struct lost *l, kith_err e);

/* Looks for a lost database, and tells the log what has become of it. In how many ms it is to be
 * called again; -1: when something was asked. */
int lost_look(struct lost *l);
