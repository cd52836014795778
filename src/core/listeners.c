/* core/listeners.c -- the subscribers of one topic.
 *
 * A list of n costs 4n bytes and a tenth of slack: capacities grow by a quarter, and are of the
 * form 4k + 2, which fills the allocator's steps of 16 bytes behind its header of 8.
 *
 * A set costs about 5.5n: linear probing at a load of 0.7 to 0.8, at any capacity (the hash is
 * scaled to it, not masked). Removal moves what follows back, so there are no tombstones. */
#include "core/listeners.h"

#include "core/pool.h"

#include <stdlib.h>
#include <string.h>

enum {
    FEW = 2,
    LIST_MIN = 6,    /* 24 bytes: the smallest chunk there is */
    LIST_MAX = 1022, /* a search of 4 kB, some 100 ns; larger is a set */
    SET_MIN = LIST_MAX / 2,
};

static bool is_set(const struct listeners *l) { return l->cap > LIST_MAX; }
static uint32_t *cells(struct listeners *l) { return l->cap ? l->many : l->few; }
static const uint32_t *cells_of(const struct listeners *l) { return l->cap ? l->many : l->few; }

void listeners_fini(struct listeners *l)
{
    if (l->cap) free(l->many);
    *l = (struct listeners){0};
}

/* Subscribers are the caller's own dense numbers: nobody can aim at a plain multiplication. */
static uint32_t home(uint32_t who, uint32_t cap)
{
    return (uint32_t)(((uint64_t)(who * 2654435769u) * cap) >> 32);
}

static uint32_t after(uint32_t at, uint32_t cap) { return at + 1 == cap ? 0 : at + 1; }

static void place(uint32_t *set, uint32_t cap, uint32_t who)
{
    uint32_t at = home(who, cap);
    while (set[at] != LISTENER_NONE)
        at = after(at, cap);
    set[at] = who;
}

/* The same subscribers in `cap` cells: few, a list, or a set, as the number says. */
static kith_err rebuild(struct listeners *l, uint32_t cap)
{
    struct listeners to = {.count = l->count, .cap = cap};
    if (cap) {
        to.many = malloc(cap * sizeof *to.many);
        if (!to.many) return KITH_NOMEM;
    }
    if (is_set(&to)) memset(to.many, 0xff, cap * sizeof *to.many);
    uint32_t who, n = 0;
    for (uint32_t at = 0; listeners_next(l, &at, &who);)
        if (is_set(&to))
            place(to.many, cap, who);
        else
            cells(&to)[n++] = who;
    if (l->cap) free(l->many);
    *l = to;
    return KITH_OK;
}

static kith_err resize_list(struct listeners *l, uint32_t cap)
{
    if (l->cap == 0 || cap == 0) return rebuild(l, cap);
    uint32_t *many = realloc(l->many, cap * sizeof *many);
    if (!many) return KITH_NOMEM;
    l->many = many;
    l->cap = cap;
    return KITH_OK;
}

/* The list's capacity for `n`: the next of 6, 10, 14 ... with a quarter more than `n`. */
static uint32_t list_cap(uint32_t n)
{
    uint32_t cap = (n + n / 4) / 4 * 4 + 2;
    if (cap < LIST_MIN) cap = LIST_MIN;
    return cap < LIST_MAX ? cap : LIST_MAX;
}

static uint32_t set_cap(uint32_t n) { return (uint32_t)((uint64_t)n * 10 / 7); }

static kith_err make_room(struct listeners *l)
{
    if (is_set(l)) {
        if ((uint64_t)(l->count + 1) * 5 <= (uint64_t)l->cap * 4) return KITH_OK;
        return l->count > UINT32_MAX / 2 ? KITH_FULL : rebuild(l, set_cap(l->count + 1));
    }
    if (l->count < (l->cap ? l->cap : FEW)) return KITH_OK;
    return l->count < LIST_MAX ? resize_list(l, list_cap(l->count + 1))
                               : rebuild(l, set_cap(l->count + 1));
}

kith_err listeners_add(struct listeners *l, uint32_t who)
{
    kith_err e = make_room(l);
    if (e) return e;
    if (is_set(l))
        place(l->many, l->cap, who);
    else
        cells(l)[l->count] = who;
    l->count++;
    return KITH_OK;
}

/* Where `who` is first, or LISTENER_NONE. */
static uint32_t find(const struct listeners *l, uint32_t who)
{
    const uint32_t *c = cells_of(l);
    if (!is_set(l)) {
        for (uint32_t i = 0; i < l->count; i++)
            if (c[i] == who) return i;
        return LISTENER_NONE;
    }
    uint32_t at = home(who, l->cap);
    while (c[at] != who && c[at] != LISTENER_NONE)
        at = after(at, l->cap);
    return c[at] == who ? at : LISTENER_NONE;
}

bool listeners_has(const struct listeners *l, uint32_t who)
{
    return find(l, who) != LISTENER_NONE;
}

/* Empties a cell of the set and moves back what a search would no longer find behind the hole. */
static void close_gap(struct listeners *l, uint32_t hole)
{
    uint32_t *c = l->many, cap = l->cap;
    for (uint32_t at = after(hole, cap); c[at] != LISTENER_NONE; at = after(at, cap)) {
        uint32_t from_home = (at + cap - home(c[at], cap)) % cap;
        uint32_t from_hole = (at + cap - hole) % cap;
        if (from_home < from_hole) continue;
        c[hole] = c[at];
        hole = at;
    }
    c[hole] = LISTENER_NONE;
}

static uint32_t remove_from_list(struct listeners *l, uint32_t who)
{
    uint32_t *c = cells(l), n = 0;
    for (uint32_t i = 0; i < l->count;) {
        if (c[i] == who) {
            c[i] = c[--l->count];
            n++;
        } else {
            i++;
        }
    }
    return n;
}

static uint32_t remove_from_set(struct listeners *l, uint32_t who)
{
    uint32_t n = 0;
    for (uint32_t at; (at = find(l, who)) != LISTENER_NONE; n++) {
        close_gap(l, at);
        l->count--;
    }
    return n;
}

/* Gives memory back when less than half is used. Without memory to do so all stays as it is. */
static void shrink(struct listeners *l)
{
    kith_err e = KITH_OK;
    if (is_set(l) && l->count < SET_MIN)
        e = rebuild(l, list_cap(l->count));
    else if (is_set(l) && l->count < l->cap / 2 && set_cap(l->count) > LIST_MAX)
        e = rebuild(l, set_cap(l->count));
    else if (!is_set(l) && l->cap && l->count < FEW)
        e = resize_list(l, 0);
    else if (!is_set(l) && l->cap > LIST_MIN && l->count < l->cap / 2)
        e = resize_list(l, list_cap(l->count));
    (void)e;
}

uint32_t listeners_remove(struct listeners *l, uint32_t who)
{
    uint32_t n = is_set(l) ? remove_from_set(l, who) : remove_from_list(l, who);
    if (n) shrink(l);
    return n;
}

bool listeners_next(const struct listeners *l, uint32_t *at, uint32_t *out)
{
    const uint32_t *c = cells_of(l);
    uint32_t end = is_set(l) ? l->cap : l->count;
    while (*at < end && c[*at] == LISTENER_NONE)
        ++*at;
    if (*at >= end) return false;
    *out = c[(*at)++];
    return true;
}

uint64_t listeners_bytes(const struct listeners *l) { return heap_chunk(l->cap * sizeof *l->many); }
