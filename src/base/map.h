/* base/map.h -- a hash index over things that live elsewhere: hash -> u32, open addressing.
 * It keeps only the numbers, and in the bits that they leave free a part of the hash; the owner
 * compares the keys. 4 bytes a cell, so about 7 an element; a table that has emptied shrinks at the
 * next add.
 * Hash what strangers choose with siphash13 and a random key. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map {
    uint32_t *cells; /* cap cells, a power of two; 0 = never used, 1 = deleted, else value + 2 and
                        the hash's bits outside of `mask` */
    uint32_t cap;
    uint32_t mask; /* the bits of value + 2, all from the lowest; an owner may set it at first, to
                      those of the largest value that map_replace is to bring */
    uint32_t count, dead;
};

#define MAP_NONE UINT32_MAX

void map_fini(struct map *m); /* {0} is a valid empty map */

/* A walk over the values whose hash may equal `hash`; the owner compares each. Few others come: in
 * a table of a million one in a thousand of those that are passed by. */
struct map_probe {
    uint32_t at, step;
};
static inline struct map_probe map_probe(uint64_t hash)
{
    return (struct map_probe){(uint32_t)hash, 0};
}
uint32_t map_next(const struct map *m, struct map_probe *p); /* a candidate, or MAP_NONE */

/* How the owner tells the hash of a value when the table grows. Pure; called during map_add only.
 */
typedef uint64_t (*map_hash_fn)(const void *owner, uint32_t value);

/* Adds `value` < UINT32_MAX - 2 under `hash`; the caller knows it is not there. KITH_NOMEM;
 * KITH_FULL beyond 600 million. */
KITH_MUST_USE kith_err map_add(struct map *m, uint64_t hash, uint32_t value, map_hash_fn hash_of,
                               const void *owner);

/* Removes `value` under `hash`; it must be there. */
void map_remove(struct map *m, uint64_t hash, uint32_t value);

/* Puts `other`, of the same hash, in the place of `value`, which must be there; it is no larger
 * than any that was added, or than `mask` allows. Never fails. */
void map_replace(struct map *m, uint64_t hash, uint32_t value, uint32_t other);
