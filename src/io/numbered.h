/* io/numbered.h -- changes of the rules, and bars, as all nodes hear of them: what a change tells
 * the homes of users, or every shard, as the bytes that the store keeps under its number
 * (store_note_change). */
#pragma once

#include "base/buf.h"
#include "shard/mail.h"

/* Appends what is told: the MAIL_SIGHTs of one change, in order. */
void numbered_put(struct buf *out, const struct mail_queue *sights);
void numbered_put_bar(struct buf *out, kith_slice user, uint64_t until_s);

/* Takes the next of them off *body, which is not empty: a MAIL_SIGHT, or MAIL_BAR. KITH_BAD: this
 * is no such change, so that what it denies is not known. KITH_NOMEM. */
KITH_MUST_USE kith_err numbered_next(kith_slice *body, struct mail **out);
