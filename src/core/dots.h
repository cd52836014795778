/* core/dots.h -- the refs that are not their slot's own: of entries announced before a restart, or
 * whose previous ref is from then. 16 bytes each; incarnations are stored once. */
#pragma once

#include "core/dot.h"
#include "core/pool.h"

#define DOT_SEQ_MAX (((uint64_t)1 << 48) - 1)

struct origin {
    uint64_t inc;
    uint32_t refs; /* 0: free */
};

struct dots {
    struct pool pairs; /* of a ref and a previous ref */
    struct origin *origins;
    uint32_t origin_count, origin_cap;
};

void dots_init(struct dots *d);
void dots_fini(struct dots *d);

/* Keeps a pair; prev.seq 0: none. KITH_NOMEM. KITH_FULL: ORIGINS_MAX incarnations are held.
 * KITH_BAD: a number is above DOT_SEQ_MAX. */
KITH_MUST_USE kith_err dots_take(struct dots *d, struct dot ref, struct dot prev, uint32_t *out);
void dots_drop(struct dots *d, uint32_t pair);
void dots_get(const struct dots *d, uint32_t pair, struct dot *ref, struct dot *prev);

uint64_t dots_bytes(const struct dots *d);
