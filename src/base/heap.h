/* base/heap.h -- deadlines in order: a binary heap of (time, whose). 16 bytes each.
 * There is no removal from the middle: owners let a stale deadline fire and look again. */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct deadline {
    uint64_t at_ms;
    uint64_t what; /* the owner's: a slot, a handle */
};

struct heap {
    struct deadline *items;
    uint32_t count, cap;
};

void heap_fini(struct heap *h); /* {0} is a valid empty heap */

/* O(log n). KITH_NOMEM. */
KITH_MUST_USE kith_err heap_push(struct heap *h, uint64_t at_ms, uint64_t what);

/* The earliest, or NULL. Borrowed until the next call. */
static inline const struct deadline *heap_min(const struct heap *h)
{
    return h->count ? &h->items[0] : NULL;
}
struct deadline heap_pop(struct heap *h); /* O(log n); there must be one */
