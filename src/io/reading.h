/* io/reading.h -- on the store's thread: whose edges are read from the application's own tables,
 * and when; what was read is kept in the store, as changes of the rules. */
#pragma once

#include "base/siphash.h"
#include "io/reading_options.h"

struct reading;

KITH_MUST_USE kith_err reading_new(const struct reading_options *o, const struct siphash_key *key,
                                   struct reading **out);
void reading_free(struct reading *r); /* NULL is welcome; who waits hears nothing */

/* A MAIL_WANT_WATCHED, which is taken: it comes back by reading_next. */
void reading_want(struct reading *r, struct mail *m);
/* A MAIL_HINT, MAIL_HERE or MAIL_READ; takes it. */
void reading_receive(struct reading *r, struct mail *m);

/* Gives readers what they are to read. Often, and when it is due. */
void reading_go_on(struct reading *r);
int reading_due_ms(const struct reading *r); /* in how many; -1: when something comes */

/* Something was read, and there is room to make a change of the rules of it. */
bool reading_has_read(const struct reading *r);
/* Makes it one, of the first of what was read, for the caller to commit (ruling_commit). Then
 * nothing else is open in the store. A millisecond for some hundred new edges. */
void reading_make(struct reading *r);

/* The next join that can be answered by what the store holds: `known` if that is older than the
 * join, since there was no reading it. NULL: none. The caller's. */
struct mail *reading_next(struct reading *r);
