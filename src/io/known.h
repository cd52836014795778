/* io/known.h -- whom users watch, as it was told last: for while the database is lost. Bounded in
 * number and bytes, the oldest make room. */
#pragma once

#include "base/buf.h"
#include "base/siphash.h"
#include "shard/mail.h"

struct known;

struct known *known_new(size_t bytes_max, const struct siphash_key *key); /* NULL: no memory */
void known_free(struct known *k);                                         /* NULL is welcome */

/* What was told of the user, in the place of what was before: ids and shades, and how many edges it
 * has. What there is no memory for is not known. */
void known_put(struct known *k, kith_slice user, kith_slice ids, uint32_t count);
/* Appends it. KITH_NONE: it is not known. KITH_NOMEM. */
KITH_MUST_USE kith_err known_get(const struct known *k, kith_slice user, struct buf *out,
                                 uint32_t *count);
void known_drop(struct known *k, kith_slice user);
/* Of a MAIL_SIGHT: what was told to all whose sight changes holds no more. */
void known_drop_sight(struct known *k, const struct mail *m);
