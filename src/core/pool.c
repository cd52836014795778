/* core/pool.c -- many small things of one size, in pages. */
#include "core/pool.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE_BYTES = 4096, /* small: a partition has a pool for each of its kinds of things */
    PAGE_ITEMS_MIN = 8,
};

static uint8_t page_shift(size_t item_bytes)
{
    uint8_t shift = 0;
    while (((size_t)2 << shift) * item_bytes <= PAGE_BYTES || (1u << shift) < PAGE_ITEMS_MIN)
        shift++;
    return shift;
}

void pool_init(struct pool *p, size_t item_bytes)
{
    KITH_ASSERT(item_bytes >= sizeof(uint32_t) && item_bytes <= UINT16_MAX);
    *p = (struct pool){
        .free = POOL_NONE, .item_bytes = (uint16_t)item_bytes, .shift = page_shift(item_bytes)};
}

void pool_fini(struct pool *p)
{
    for (uint32_t i = 0; i < p->page_count; i++)
        free(p->pages[i]);
    free(p->pages);
    *p = (struct pool){.free = POOL_NONE, .item_bytes = p->item_bytes, .shift = p->shift};
}

static size_t page_bytes(const struct pool *p) { return (size_t)p->item_bytes << p->shift; }

static kith_err add_page(struct pool *p)
{
    if (p->page_count == p->page_cap) {
        uint32_t cap = p->page_cap + p->page_cap / 4 + 2;
        uint8_t **pages = realloc(p->pages, cap * sizeof *pages);
        if (!pages) return KITH_NOMEM;
        p->pages = pages;
        p->page_cap = cap;
    }
    uint8_t *page = malloc(page_bytes(p));
    if (!page) return KITH_NOMEM;
    p->pages[p->page_count++] = page;
    return KITH_OK;
}

kith_err pool_take(struct pool *p, uint32_t *out)
{
    uint32_t number = p->free;
    if (number != POOL_NONE) {
        memcpy(&p->free, pool_at(p, number), sizeof p->free);
    } else {
        if (p->used == POOL_NONE) return KITH_FULL;
        if (p->used >> p->shift == p->page_count) {
            kith_err e = add_page(p);
            if (e) return e;
        }
        number = p->used++;
    }
    memset(pool_at(p, number), 0, p->item_bytes);
    p->count++;
    *out = number;
    return KITH_OK;
}

void pool_give(struct pool *p, uint32_t number)
{
    KITH_ASSERT(number < p->used && p->count > 0);
    memcpy(pool_at(p, number), &p->free, sizeof p->free);
    p->free = number;
    p->count--;
}

uint64_t pool_bytes(const struct pool *p)
{
    return p->page_count * heap_chunk(page_bytes(p)) + heap_chunk(p->page_cap * sizeof *p->pages);
}
