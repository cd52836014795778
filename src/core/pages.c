/* core/pages.c -- the cells of a tracker: pages of 64, each of one stream, as table.h draws them.
 */
#include "core/table.h"

#include "core/pool.h"

#include <stdlib.h>

uint32_t table_find_slot(const struct tracker *t, uint32_t stream, uint32_t slot)
{
    const struct stream *s = &t->streams[stream];
    if (slot / PAGE_CELLS >= s->page_cap) return CELL_NONE;
    uint32_t page = s->pages[slot / PAGE_CELLS];
    return page == CELL_NONE ? CELL_NONE : page * PAGE_CELLS + slot % PAGE_CELLS;
}

static kith_err make_directory(struct stream *s, uint32_t index)
{
    if (index < s->page_cap) return KITH_OK;
    uint32_t cap = index + index / 4 + 1;
    uint32_t *pages = realloc(s->pages, cap * sizeof *pages);
    if (!pages) return KITH_NOMEM;
    memset(pages + s->page_cap, 0xff, (cap - s->page_cap) * sizeof *pages);
    s->pages = pages;
    s->page_cap = cap;
    return KITH_OK;
}

static kith_err take_number(struct tracker *t, uint32_t *out)
{
    if (t->free_page != CELL_NONE) {
        *out = t->free_page;
        t->free_page = t->pages[*out].first;
        return KITH_OK;
    }
    if (t->page_count == CELLS_MAX / PAGE_CELLS) return KITH_FULL;
    if (t->page_count == t->page_cap) {
        uint32_t cap = t->page_cap + t->page_cap / 4 + 4;
        struct page *pages = realloc(t->pages, cap * sizeof *pages);
        if (!pages) return KITH_NOMEM;
        t->pages = pages;
        t->page_cap = cap;
    }
    *out = t->page_count++;
    return KITH_OK;
}

static struct cell *new_cells(void)
{
    struct cell *cells = calloc(PAGE_CELLS, sizeof *cells);
    for (uint32_t i = 0; cells && i < PAGE_CELLS; i++)
        cells[i].fields = META_NONE;
    return cells;
}

static kith_err make_page(struct tracker *t, uint32_t stream, uint32_t index)
{
    struct cell *cells = new_cells();
    uint32_t page = 0;
    kith_err e = cells ? make_directory(&t->streams[stream], index) : KITH_NOMEM;
    if (!e) e = take_number(t, &page);
    if (e) {
        free(cells);
        return e;
    }
    t->pages[page] = (struct page){cells, index * PAGE_CELLS, stream};
    t->streams[stream].pages[index] = page;
    return KITH_OK;
}

kith_err table_make_slot(struct tracker *t, uint32_t stream, uint32_t slot, uint32_t *cell)
{
    *cell = table_find_slot(t, stream, slot);
    if (*cell != CELL_NONE) return KITH_OK;
    kith_err e = make_page(t, stream, slot / PAGE_CELLS);
    if (!e) *cell = table_find_slot(t, stream, slot);
    return e;
}

bool table_next_live(const struct tracker *t, uint32_t stream, uint32_t *slot, uint32_t *cell)
{
    const struct stream *s = &t->streams[stream];
    while (*slot / PAGE_CELLS < s->page_cap) {
        *cell = table_find_slot(t, stream, *slot);
        *slot += *cell == CELL_NONE ? PAGE_CELLS - *slot % PAGE_CELLS : 1;
        if (*cell != CELL_NONE && table_is_live(t, *cell)) return true;
    }
    return false;
}

void table_free_page(struct tracker *t, uint32_t stream, uint32_t index)
{
    uint32_t page = t->streams[stream].pages[index];
    t->streams[stream].pages[index] = CELL_NONE;
    if (page == CELL_NONE) return;
    free(t->pages[page].cells);
    t->pages[page] = (struct page){.first = t->free_page};
    t->free_page = page;
}

uint64_t table_page_bytes(const struct tracker *t)
{
    uint64_t sum = heap_chunk(t->page_cap * sizeof *t->pages);
    for (uint32_t i = 0; i < t->page_count; i++)
        if (t->pages[i].cells) sum += heap_chunk(PAGE_CELLS * sizeof(struct cell));
    for (uint32_t i = 0; i < t->stream_count; i++)
        sum += heap_chunk(t->streams[i].page_cap * sizeof *t->streams[i].pages);
    return sum + heap_chunk(t->stream_count * sizeof *t->streams);
}
