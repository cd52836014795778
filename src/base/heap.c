/* base/heap.c -- deadlines in order. */
#include "base/heap.h"

#include "base/assert.h"

#include <stdlib.h>

void heap_fini(struct heap *h)
{
    free(h->items);
    *h = (struct heap){0};
}

kith_err heap_push(struct heap *h, uint64_t at_ms, uint64_t what)
{
    if (h->count == h->cap) {
        uint32_t cap = h->cap ? h->cap * 2 : 16;
        struct deadline *items = realloc(h->items, cap * sizeof *items);
        if (!items) return KITH_NOMEM;
        h->items = items;
        h->cap = cap;
    }
    uint32_t i = h->count++;
    while (i > 0 && h->items[(i - 1) / 2].at_ms > at_ms) {
        h->items[i] = h->items[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    h->items[i] = (struct deadline){at_ms, what};
    return KITH_OK;
}

struct deadline heap_pop(struct heap *h)
{
    KITH_ASSERT(h->count > 0);
    struct deadline top = h->items[0], last = h->items[--h->count];
    uint32_t i = 0;
    for (;;) {
        uint32_t child = i * 2 + 1;
        if (child >= h->count) break;
        if (child + 1 < h->count && h->items[child + 1].at_ms < h->items[child].at_ms) child++;
        if (h->items[child].at_ms >= last.at_ms) break;
        h->items[i] = h->items[child];
        i = child;
    }
    if (h->count) h->items[i] = last;
    return top;
}
