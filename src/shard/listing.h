/* shard/listing.h -- what a topic lists, read at its home: its metas, and what the presence's owner
 * adds to them. Out of memory: the buffer says so. */
#pragma once

#include "base/buf.h"
#include "shard/trackers.h"

/* The pieces (list_put) of a topic; of one key alone, unless it is empty. O(entries). */
void listing_put(const struct world *w, const struct kith_tracker *t, kith_slice topic,
                 kith_slice key, struct buf *pieces);

/* The metas of one key, with commas between. */
void listing_metas(const struct world *w, const struct kith_tracker *t, kith_slice topic,
                   kith_slice key, struct buf *out);

/* Further members of a key's value: what `fetch` writes, if it is as it should be. */
void listing_fetch(const struct kith_tracker *t, kith_slice topic, kith_slice key, struct buf *out);
