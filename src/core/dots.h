/* core/dots.h -- the refs that are not their slot's own: of entries announced before a restart, or
 * whose previous ref is from then, or that continue another node's. 24 bytes each; incarnations are
 * stored once. */
#pragma once

#include "core/dot.h"
#include "core/pool.h"

#define DOT_SEQ_MAX (((uint64_t)1 << 48) - 1)

struct origin {
    uint64_t inc;
    uint32_t refs; /* 0: free */
};

/* Of one entry; seq 0 of the latter two: none. */
struct refs {
    struct dot ref, prev, replaces;
};

struct dots {
    struct pool taken; /* of what one entry has */
    struct origin *origins;
    uint32_t origin_count, origin_cap;
};

void dots_init(struct dots *d);
void dots_fini(struct dots *d);

/* Keeps them, under a number. KITH_NOMEM. KITH_FULL: ORIGINS_MAX incarnations are held. KITH_BAD: a
 * seq is above DOT_SEQ_MAX. */
KITH_MUST_USE kith_err dots_take(struct dots *d, const struct refs *r, uint32_t *out);
void dots_drop(struct dots *d, uint32_t number);
struct refs dots_get(const struct dots *d, uint32_t number);

uint64_t dots_bytes(const struct dots *d);
