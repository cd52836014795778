/* io/saving.h -- the sessions of a run that ends, on the store's thread: all of them in one
 * transaction, which takes the place of what was saved before. */
#pragma once

#include "io/store.h"
#include "shard/mail.h"

struct saving {
    struct store *store;
    unsigned shards;
    bool begun;
    unsigned said;      /* so many shards have said all of theirs */
    kith_err error;     /* the first; what fails after it says less */
    kith_problem words; /* the store's, of it */
};

void saving_begin(struct saving *s);
void saving_keep(struct saving *s, const struct mail *m); /* MAIL_SAVE */
void saving_said(struct saving *s);                       /* MAIL_SAVED */

/* No more comes. KITH_IO: they are not saved, `why` (may be NULL) says what the store said. None
 * that were begun to be saved are not an error. */
KITH_MUST_USE kith_err saving_end(struct saving *s, kith_problem *why);
