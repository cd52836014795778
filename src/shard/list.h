/* shard/list.h -- what topics list: as it travels, in pieces of a key with its metas each; and put
 * together, as JSON with the keys in bytewise order. */
#pragma once

#include "base/buf.h"
#include "base/siphash.h"

#include <kith/tracker.h>

/* One piece, appended to what `pieces` holds. `metas` are objects with commas between; `more` are
 * further members of the key's value. Either may be empty: a key may have several
 * pieces. */
void list_put(struct buf *pieces, kith_slice key, kith_slice metas, kith_slice more);

/* The same in parts: the caller puts the metas, and no more, between the two calls. */
size_t list_begin(struct buf *pieces, kith_slice key); /* what list_end is told */
void list_end(struct buf *pieces, size_t at);

/* A number for the pieces, in whatever order: others have another, but for one in 2^64. Whoever
 * does not know the key cannot make two alike. O(bytes). */
uint64_t list_digest(kith_slice pieces, const struct siphash_key *key);

struct list_item {
    kith_slice key;
    size_t at, len; /* of its value in the JSON */
};

/* kith/tracker.h's. {0} is a valid empty one. */
struct kith_list {
    struct buf json;
    struct list_item *items;
    uint32_t count, next;
};

/* Of pieces that outlive it, in any order: the metas of a key are one after the other, and of what
 * more there is the first counts. KITH_NOMEM. O(n log n). */
KITH_MUST_USE kith_err list_make(struct kith_list *l, kith_slice pieces);
void list_fini(struct kith_list *l);

/* kith_list_next and kith_list_json. */
bool list_next(struct kith_list *l, kith_slice *key, kith_slice *value);
kith_slice list_json(const struct kith_list *l);
