/* core/feed.h -- one writer's changes of one partition, numbered: a slot for each entry, each slot
 * with the number of its last change. "All that changed since c" is a walk over the slots whose
 * last change is later: live batches, gap repair and snapshots are the same thing. A freed slot
 * stays, as the tombstone of what it held, until it is reused. 16 bytes a slot. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct feed;

struct feed *feed_new(void); /* NULL: out of memory */
void feed_free(struct feed *f);

#define FEED_SEQ_MAX  (((uint64_t)1 << 47) - 1) /* 4 years of a million changes a second */
#define FEED_SLOT_MAX ((1u << 24) - 2) /* 16 million entries of one node in one partition */

uint64_t feed_seq(const struct feed *f); /* the latest change's number; 0: none yet */

/* The slot that the next feed_put takes: the one emptied last, else a new one. */
uint32_t feed_peek(const struct feed *f);

/* A change to a new, a used, or an emptied slot: takes the next number. `value` is a word the
 * caller keeps with what the slot holds. KITH_NOMEM, KITH_FULL (slots or numbers are used up):
 * nothing changed. O(1). */
KITH_MUST_USE kith_err feed_put(struct feed *f, uint32_t value, uint32_t *slot, uint64_t *seq);
uint64_t feed_change(struct feed *f, uint32_t slot);
uint64_t feed_clear(struct feed *f, uint32_t slot);

uint64_t feed_last(const struct feed *f, uint32_t slot); /* the number of its last change */
void feed_touch(const struct feed *f, uint32_t slot);    /* a hint: it will be asked for soon */
uint32_t feed_value(const struct feed *f, uint32_t slot);
void feed_set_value(struct feed *f, uint32_t slot, uint32_t value); /* no change */

/* The slots whose last change is > from, in ascending order of it. Do not change the feed while
 * walking. */
struct feed_walk {
    uint32_t at;
};
/* O(changes since, or changes until: the fewer). */
struct feed_walk feed_since(const struct feed *f, uint64_t from);
struct feed_item {
    uint32_t slot, value;
    uint64_t seq;
    bool empty;
};
bool feed_next(const struct feed *f, struct feed_walk *w, struct feed_item *out);

uint64_t feed_bytes(const struct feed *f);
