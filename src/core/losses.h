/* core/losses.h -- the sessions that were lost and may come back: which entry each left, and until
 * when that lingers. Pure. */
#pragma once

#include "base/heap.h"
#include "core/pool.h"
#include "core/tracker.h"

struct loss {
    uint64_t order; /* of losses: later is greater */
    uint32_t entry; /* TRACKER_NONE: it found an owner, or was ended */
    uint16_t partition;
    bool asked_for; /* another node may have taken it over */
};

struct losses {
    struct pool all;       /* of struct loss, by number; one lives until its deadline */
    struct heap deadlines; /* of numbers */
    uint64_t ever;         /* losses so far */
};

void losses_init(struct losses *l);
void losses_fini(struct losses *l);

/* KITH_NOMEM, KITH_FULL. O(log losses). */
KITH_MUST_USE kith_err losses_add(struct losses *l, uint16_t partition, uint32_t entry,
                                  uint64_t until_ms, uint32_t *number);
/* Good until it ends. */
static inline struct loss *losses_at(const struct losses *l, uint32_t number)
{
    return pool_at(&l->all, number);
}

/* The earliest deadline; UINT64_MAX: there is none. */
uint64_t losses_due_ms(const struct losses *l);
/* The loss of that deadline, if it has come; or NULL. */
const struct loss *losses_due(const struct losses *l, uint64_t now_ms);
void losses_end_due(struct losses *l); /* it, which is there, ends. O(log losses) */

uint64_t losses_bytes(const struct losses *l);
