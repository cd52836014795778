/* base/timers.h -- deadlines of slots, one each, in order: a binary heap of (time, slot) that knows
 * where each slot stands. 20 bytes a slot, up to the highest: however often one is set, it stands
 * there once. */
#pragma once

#include "base/heap.h"

#include <stdbool.h>

struct timers {
    struct deadline *items; /* as in a heap; `what` is a slot */
    uint32_t *places;       /* by slot: 1 + where it stands; 0: nowhere */
    uint32_t count, cap;    /* places of slots below `cap`, and room for as many */
};

void timers_fini(struct timers *t); /* {0} is a valid empty one */

/* The slot's deadline is that from now on, whatever it was. O(log n). KITH_NOMEM: nothing has
 * changed; not for a slot that has been here. */
KITH_MUST_USE kith_err timers_set(struct timers *t, uint32_t slot, uint64_t at_ms);
void timers_drop(struct timers *t, uint32_t slot); /* it has none; again is fine. O(log n) */
bool timers_has(const struct timers *t, uint32_t slot);

/* The earliest, or NULL. Borrowed until the next call. */
static inline const struct deadline *timers_min(const struct timers *t)
{
    return t->count ? &t->items[0] : NULL;
}
