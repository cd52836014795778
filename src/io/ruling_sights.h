/* io/ruling_sights.h -- what a change of the rules tells: whose sight of whom it changes, as one
 * MAIL_SIGHT for each user whose audience changes, for that user's home. */
#pragma once

#include "io/rules.h"
#include "shard/mail.h"

/* Appends them; `user` has made the change. KITH_NOMEM: some are there. O(sights). */
KITH_MUST_USE kith_err ruling_sights(kith_slice user, const struct sights *s,
                                     struct mail_queue *out);
