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
        if (((cell ^ p->at) & ~m->mask) == 0 && cell != CELL_DEAD)
            return (cell & m->mask) - CELL_BASE;
    }
    p->step = m->cap;
    return MAP_NONE;
}

static uint32_t cell_for(const struct map *m, uint64_t hash, uint32_t value)
{
    return ((uint32_t)hash & ~m->mask) | (value + CELL_BASE);
}

/* Takes the first cell that is not in use; returns what it was, free or dead. */
static uint32_t place(struct map *m, uint64_t hash, uint32_t value)
{
    uint32_t i = (uint32_t)hash & (m->cap - 1);
    while (m->cells[i] >= CELL_BASE)
        i = (i + 1) & (m->cap - 1);
    uint32_t was = m->cells[i];
    m->cells[i] = cell_for(m, hash, value);
    return was;
}

/* Values are mostly places in a pool, which grows as the table does: the next one up is there. */
static uint32_t mask_for(uint32_t cap, uint32_t value)
{
    uint32_t mask = 2 * cap - 1;
    while (value + CELL_BASE > mask)
        mask = mask * 2 + 1;
    return mask;
}

/* With room for one more, which is `more`. */
static kith_err rebuild(struct map *m, uint32_t more, map_hash_fn hash_of, const void *owner)
{
    struct map new = {.cap = CAP_MIN, .count = m->count};
    while ((uint64_t)(m->count + 1) * 8 > (uint64_t) new.cap * 5) {
        if (new.cap > UINT32_MAX / 4) return KITH_FULL;
        new.cap *= 2;
    }
    for (uint32_t i = 0; i < m->cap; i++)
        if (m->cells[i] >= CELL_BASE && (m->cells[i] & m->mask) - CELL_BASE > more)
            more = (m->cells[i] & m->mask) - CELL_BASE;
    new.mask = mask_for(new.cap, more) | m->mask;
    new.cells = calloc(new.cap, sizeof *new.cells);
    if (!new.cells) return KITH_NOMEM;
    for (uint32_t i = 0; i < m->cap; i++)
        if (m->cells[i] >= CELL_BASE) {
            uint32_t value = (m->cells[i] & m->mask) - CELL_BASE;
            place(&new, hash_of(owner, value), value);
        }
    free(m->cells);
    *m = new;
    return KITH_OK;
}

/* Keeps at least a quarter of the cells free, so that every walk ends soon, and gives back what a
 * flood that is over has left behind. */
static kith_err make_room(struct map *m, uint32_t value, map_hash_fn hash_of, const void *owner)
{
    bool full = (uint64_t)(m->count + m->dead + 1) * 4 > (uint64_t)m->cap * 3 ||
                value + CELL_BASE > m->mask;
    bool sparse = m->cap > CAP_MIN && (uint64_t)(m->count + 1) * 16 < m->cap;
    if (!full && !sparse) return KITH_OK;
    kith_err e = rebuild(m, value, hash_of, owner);
    return full ? e : KITH_OK;
}

kith_err map_add(struct map *m, uint64_t hash, uint32_t value, map_hash_fn hash_of,
                 const void *owner)
{
    KITH_ASSERT(value < UINT32_MAX - CELL_BASE);
    kith_err e = make_room(m, value, hash_of, owner);
    if (e) return e;
    if (place(m, hash, value) == CELL_DEAD) m->dead--;
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
    KITH_ASSERT(m->cap && value + CELL_BASE <= m->mask);
    uint32_t i = (uint32_t)hash & (m->cap - 1), cell = cell_for(m, hash, value);
    while (m->cells[i] != cell) {
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
    KITH_ASSERT(other <= m->mask - CELL_BASE);
    m->cells[cell_of(m, hash, value)] = cell_for(m, hash, other);
}
