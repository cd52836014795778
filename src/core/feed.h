/* core/feed.h -- one writer's changes of one partition, numbered: a slot for each entry, each slot
 * with the number of its last change. "All that changed since c" is a walk over the slots whose
 * last change is later: live batches, gap repair and snapshots are the same thing. A freed slot
 * stays, as the tombstone of what it held, until it is reused. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct feed;

struct feed *feed_new(void); /* NULL: out of memory */
void feed_free(struct feed *f);

uint64_t feed_seq(const struct feed *f); /* the latest change's number; 0: none yet */

/* A change to a new, a used, or an emptied slot: takes the next number. `value` is the caller's
 * name for what the slot holds. KITH_NOMEM: nothing changed. O(1). */
KITH_MUST_USE kith_err feed_put(struct feed *f, uint32_t value, uint32_t *slot, uint64_t *seq);
uint64_t feed_change(struct feed *f, uint32_t slot);
uint64_t feed_clear(struct feed *f, uint32_t slot);

/* The slots whose last change is > from, in ascending order of it. */
struct feed_walk {
    uint32_t at;
};
struct feed_walk feed_since(const struct feed *f, uint64_t from); /* O(changes since) */
struct feed_item {
    uint32_t slot, value;
    uint64_t seq;
    bool empty;
};
bool feed_next(const struct feed *f, struct feed_walk *w, struct feed_item *out);
