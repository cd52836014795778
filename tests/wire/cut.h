/* tests/wire/cut.h -- the same bytes in pieces of different sizes: parsers must not care. */
#pragma once

#include "chance.h"

#include <stddef.h>

enum cut {
    CUT_WHOLE,
    CUT_BYTES,
    CUT_CHANCE, /* and above: each number cuts in its own way */
    CUTS = 8
};

struct cutter {
    enum cut how;
    uint64_t seed;
};

static inline struct cutter cutter(int how)
{
    return (struct cutter){(enum cut)how, (uint64_t)how * 977};
}

/* The size of the next piece of the `left` > 0 bytes, at least 1. */
static inline size_t cut(struct cutter *c, size_t left)
{
    if (c->how == CUT_WHOLE || left == 1) return left;
    if (c->how == CUT_BYTES) return 1;
    size_t most = left < 24 || c->how % 2 ? left : 24;
    return 1 + chance_below(&c->seed, (uint32_t)most);
}
