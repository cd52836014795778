/* shard/by_home.h -- lists of names, one for each of the homes that they have. */
#pragma once

#include "base/buf.h"
#include "base/limits.h"

struct by_home {
    struct buf of[SHARDS_MAX];
};

static inline void by_home_fini(struct by_home *b, unsigned count) /* {0} is valid */
{
    for (unsigned i = 0; i < count; i++)
        buf_fini(&b->of[i]);
}
