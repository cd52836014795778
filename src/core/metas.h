/* core/metas.h -- interned bytes, counted: what many entries have in common is stored once and is a
 * number of 4 bytes in each, as {"status":"online"} is. Names that are no numbers lie here too. */
#pragma once

#include "base/err.h"
#include "base/siphash.h"
#include "base/slice.h"

typedef uint32_t meta_id;

#define META_NONE UINT32_MAX

struct metas;

struct metas *metas_new(const struct siphash_key *key); /* NULL: out of memory */
void metas_free(struct metas *m);

/* The number of these bytes, with one more reference. KITH_NOMEM, KITH_FULL: longer than
 * TOPIC_BYTES_MAX, or too many of about this length. O(bytes). */
KITH_MUST_USE kith_err metas_take(struct metas *m, kith_slice bytes, meta_id *out);
void metas_drop(struct metas *m, meta_id id); /* one reference; META_NONE is welcome */

/* META_NONE: nobody holds these bytes. */
meta_id metas_find(const struct metas *m, kith_slice bytes);
/* Somebody holds them, and more than once. */
bool metas_is_shared(const struct metas *m, meta_id id);
kith_slice metas_get(const struct metas *m, meta_id id); /* borrowed while there is a reference */

uint64_t metas_bytes(const struct metas *m);
