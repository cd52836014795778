/* core/pool.h -- many small things of one size, in pages, named by number. A page never moves, so
 * what it holds may be pointed to while it lives; growth copies nothing. */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct pool {
    uint8_t **pages;
    uint32_t page_count, page_cap;
    uint32_t used;  /* numbers ever given, [0, used) */
    uint32_t count; /* of them, those in use */
    uint32_t free;  /* a returned one, each naming the next in its first 4 bytes; POOL_NONE: none */
    uint16_t item_bytes;
    uint8_t shift; /* a page has 1 << shift items */
};

#define POOL_NONE UINT32_MAX

void pool_init(struct pool *p, size_t item_bytes); /* allocates nothing; at least 4 bytes an item */
void pool_fini(struct pool *p);

/* A number and its zeroed item. KITH_NOMEM; KITH_FULL: 2^32 - 1 are in use. O(1). */
KITH_MUST_USE kith_err pool_take(struct pool *p, uint32_t *out);
void pool_give(struct pool *p, uint32_t number); /* back; the memory stays for the next */

static inline void *pool_at(const struct pool *p, uint32_t number)
{
    uint32_t in_page = number & ((1u << p->shift) - 1);
    return p->pages[number >> p->shift] + (size_t)in_page * p->item_bytes;
}

uint64_t pool_bytes(const struct pool *p); /* held, the allocator's share included */

/* What the allocator takes for `n` bytes: a header of 8, in steps of 16, as in glibc. */
static inline uint64_t heap_chunk(uint64_t n) { return n == 0 ? 0 : (n + 8 + 15) / 16 * 16; }
