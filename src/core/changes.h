/* core/changes.h -- what an operation changed, for those who are to be told: joins, leaves and
 * updates, with copies of all their bytes, however the tracker goes on. */
#pragma once

#include "base/err.h"
#include "base/meta.h"
#include "base/slice.h"

/* One change of one entry. A join has only `now`, a leave only `old`, an update both. All slices
 * live until changes_clear. */
struct change {
    kith_slice topic, key;
    bool has_old, has_now;
    bool replaced; /* a leave that nobody is to be told: another node's entry is shown instead */
    bool own;      /* of an entry of this node's own, though others' records brought it about */
    struct meta old, now;
};
struct changes {
    struct change *items;
    uint32_t count, cap;
    bool of_replaced; /* the caller's: leaves of replaced entries are among them, marked so */
    void *held;       /* what keeps the slices alive */
};
void changes_clear(struct changes *c);
void changes_fini(struct changes *c); /* {0} is a valid empty list */

/* Appends one change with copies of all its bytes. `old` or `now` may be NULL, not both.
 * KITH_NOMEM: nothing changed. */
KITH_MUST_USE kith_err changes_add(struct changes *c, kith_slice topic, kith_slice key,
                                   const struct meta *old, const struct meta *now);

/* Takes back all behind the first `count`: what was to be told did not happen. */
static inline void changes_cut(struct changes *c, uint32_t count) { c->count = count; }
