/* io/ruling.h -- changes of the rules on the store's thread: made in batches, told to the homes of
 * those whose audience changes once they are committed, and acknowledged once every shard has
 * applied them. */
#pragma once

#include "io/rules.h"

struct ruling;

struct ruling *ruling_new(struct store *store, enum reciprocity reciprocal,
                          unsigned shards); /* NULL: no memory */
void ruling_free(struct ruling *r);         /* who waits hears nothing */

/* False: too many changes and questions are not acknowledged yet. O(1). */
bool ruling_has_room(const struct ruling *r);

/* Makes the change that MAIL_RULE asks for, in the transaction that is open, or a new one. Takes
 * the mail, which is answered sooner or later, and with it those behind it (`next`). KITH_FULL:
 * there is no room; the mail is the caller's. */
KITH_MUST_USE kith_err ruling_make(struct ruling *r, struct mail *m);
/* Answers it and those behind it, and takes them. */
void ruling_refuse(struct mail *m, kith_err e, struct mail_queue to[]);

/* Whose rules the commit would change. */
void ruling_each_made(struct ruling *r, void (*each)(void *ctx, kith_slice user), void *ctx);
/* Commits what was made, if anything was, and appends to each shard's queue what it is to hear. The
 * answers that were made before are to be with the shards by then. What did not go well of it is
 * answered, too, and returned. */
kith_err ruling_commit(struct ruling *r, struct mail_queue to[]);
bool ruling_open(const struct ruling *r); /* something waits to be committed */

/* Other nodes change the same store: all changes behind `heard` are told in the order of their
 * numbers. Errors of the store's. */
KITH_MUST_USE kith_err ruling_number(struct ruling *r, uint64_t heard);
/* Tells those that have come since, this node's own among them, and how far that is. While nothing
 * waits to be committed. KITH_NONE: some have come and are forgotten, so that it is not known any
 * more who may see whom. KITH_BAD: a change of a later version. Else of the store's: it goes on
 * there next time. */
KITH_MUST_USE kith_err ruling_follow(struct ruling *r, struct mail_queue to[]);

/* Judges whom a session asks to see (MAIL_ASK), and tells their homes. While nothing waits to be
 * committed, so that what it goes by holds. Takes the mail, as ruling_make; KITH_FULL likewise.
 * O(ids), some 10 us each. */
KITH_MUST_USE kith_err ruling_ask(struct ruling *r, struct mail *m, struct mail_queue to[]);
/* MAIL_ASKERS likewise, some of them at a time. Takes the mail once all are judged: true. */
bool ruling_askers(struct ruling *r, struct mail *m, struct mail_queue to[]);

/* MAIL_APPLIED: one shard has applied its part. */
void ruling_applied(struct ruling *r, const struct mail *m, struct mail_queue to[]);
