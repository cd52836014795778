/* core/changes.h -- how the list of changes is written; tracker.h says how it is read. */
#pragma once

#include "core/tracker.h"

/* Appends one change with copies of all its bytes. `old` or `now` may be NULL, not both.
 * KITH_NOMEM: nothing changed. */
KITH_MUST_USE kith_err changes_add(struct changes *c, kith_slice topic, kith_slice key,
                                   const struct meta *old, const struct meta *now);

/* Takes back all behind the first `count`: what was to be told did not happen. */
static inline void changes_cut(struct changes *c, uint32_t count) { c->count = count; }
