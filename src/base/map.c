/* base/map.c -- a hash index over things that live elsewhere. Linear probing: one cache line
 * answers most lookups. */
#include "base/map.h"

#include "base/assert.h"

#include <stdlib.h>

enum { CELL_FREE = 0, CELL_DEAD = 1, CELL_BASE = 2, CAP_MIN = 8 };

void map_fini(struct map *m)
{
    free(m->cells);
    *m = (struct map){0};
}

uint32_t map_next(const struct map *m, struct map_probe *p)
{
    while (m->cap && p->step < m->cap) {
        uint32_t cell = m->cells[(p->at + p->step++) & (m->cap - 1)];
        if (cell == CELL_FREE) break;
        if (cell != CELL_DEAD) return cell - CELL_BASE;
    }
    p->step = m->cap;
    return MAP_NONE;
}

/* Takes the first cell that is not in use; returns what it was, free or dead. */
static uint32_t place(uint32_t *cells, uint32_t cap, uint64_t hash, uint32_t value)
{
    uint32_t i = (uint32_t)hash & (cap - 1);
    while (cells[i] >= CELL_BASE)
        i = (i + 1) & (cap - 1);
    uint32_t was = cells[i];
    cells[i] = value + CELL_BASE;
    return was;
}

static kith_err rebuild(struct map *m, map_hash_fn hash_of, const void *owner)
{
    uint32_t cap = CAP_MIN;
    while ((uint64_t)(m->count + 1) * 8 > (uint64_t)cap * 5) {
        if (cap > UINT32_MAX / 4) return KITH_FULL;
        cap *= 2;
    }
    uint32_t *cells = calloc(cap, sizeof *cells);
    if (!cells) return KITH_NOMEM;
    for (uint32_t i = 0; i < m->cap; i++)
        if (m->cells[i] >= CELL_BASE) {
            uint32_t value = m->cells[i] - CELL_BASE;
            place(cells, cap, hash_of(owner, value), value);
        }
    free(m->cells);
    m->cells = cells;
    m->cap = cap;
    m->dead = 0;
    return KITH_OK;
}

/* Keeps at least a quarter of the cells free, so that every walk ends soon, and gives back what a
 * flood that is over has left behind. */
static kith_err make_room(struct map *m, map_hash_fn hash_of, const void *owner)
{
    bool full = (uint64_t)(m->count + m->dead + 1) * 4 > (uint64_t)m->cap * 3;
    bool sparse = m->cap > CAP_MIN && (uint64_t)(m->count + 1) * 16 < m->cap;
    if (!full && !sparse) return KITH_OK;
    kith_err e = rebuild(m, hash_of, owner);
    return full ? e : KITH_OK;
}

kith_err map_add(struct map *m, uint64_t hash, uint32_t value, map_hash_fn hash_of,
                 const void *owner)
{
    KITH_ASSERT(value < UINT32_MAX - CELL_BASE);
    kith_err e = make_room(m, hash_of, owner);
    if (e) return e;
    if (place(m->cells, m->cap, hash, value) == CELL_DEAD) m->dead--;
    m->count++;
    return KITH_OK;
}

/* A cell whose neighbour is free ends every walk anyway: it and the dead ones before it can be
 * free too. */
static void bury(struct map *m, uint32_t i)
{
    m->cells[i] = CELL_DEAD;
    m->dead++;
    if (m->cells[(i + 1) & (m->cap - 1)] != CELL_FREE) return;
    for (; m->cells[i] == CELL_DEAD; i = (i - 1) & (m->cap - 1)) {
        m->cells[i] = CELL_FREE;
        m->dead--;
    }
}

/* The cell of a value that must be there. */
static uint32_t cell_of(const struct map *m, uint64_t hash, uint32_t value)
{
    KITH_ASSERT(m->cap);
    uint32_t i = (uint32_t)hash & (m->cap - 1);
    while (m->cells[i] != value + CELL_BASE) {
        KITH_ASSERT(m->cells[i] != CELL_FREE);
        i = (i + 1) & (m->cap - 1);
    }
    return i;
}

void map_remove(struct map *m, uint64_t hash, uint32_t value)
{
    uint32_t i = cell_of(m, hash, value);
    bury(m, i);
    m->count--;
}

void map_replace(struct map *m, uint64_t hash, uint32_t value, uint32_t other)
{
    KITH_ASSERT(other < UINT32_MAX - CELL_BASE);
    m->cells[cell_of(m, hash, value)] = other + CELL_BASE;
}
