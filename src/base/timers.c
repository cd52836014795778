/* base/timers.c -- deadlines of slots, in order. */
#include "base/timers.h"

#include <stdlib.h>
#include <string.h>

enum { CAP_MIN = 64 };

void timers_fini(struct timers *t)
{
    free(t->items);
    free(t->places);
    *t = (struct timers){0};
}

static void put(struct timers *t, uint32_t i, struct deadline d)
{
    t->items[i] = d;
    t->places[d.what] = i + 1;
}

/* `d` belongs at `i` or nearer to the first. */
static uint32_t rise(struct timers *t, uint32_t i, struct deadline d)
{
    for (; i > 0 && t->items[(i - 1) / 2].at_ms > d.at_ms; i = (i - 1) / 2)
        put(t, i, t->items[(i - 1) / 2]);
    put(t, i, d);
    return i;
}

/* At `i`, or further from it. */
static void sink(struct timers *t, uint32_t i, struct deadline d)
{
    for (uint32_t child; (child = i * 2 + 1) < t->count; i = child) {
        if (child + 1 < t->count && t->items[child + 1].at_ms < t->items[child].at_ms) child++;
        if (t->items[child].at_ms >= d.at_ms) break;
        put(t, i, t->items[child]);
    }
    put(t, i, d);
}

/* A slot stands once, so there is always room for those that have places. */
static kith_err room_for(struct timers *t, uint32_t slot)
{
    if (slot < t->cap) return KITH_OK;
    uint32_t cap = t->cap ? t->cap : CAP_MIN;
    while (cap <= slot)
        cap *= 2;
    struct deadline *items = realloc(t->items, cap * sizeof *items);
    if (items) t->items = items;
    uint32_t *places = items ? realloc(t->places, cap * sizeof *places) : NULL;
    if (!places) return KITH_NOMEM;
    memset(places + t->cap, 0, (cap - t->cap) * sizeof *places);
    t->places = places;
    t->cap = cap;
    return KITH_OK;
}

kith_err timers_set(struct timers *t, uint32_t slot, uint64_t at_ms)
{
    kith_err e = room_for(t, slot);
    if (e) return e;
    uint32_t i = t->places[slot] ? t->places[slot] - 1 : t->count++;
    struct deadline d = {at_ms, slot};
    if (rise(t, i, d) == i) sink(t, i, d);
    return KITH_OK;
}

void timers_drop(struct timers *t, uint32_t slot)
{
    if (!timers_has(t, slot)) return;
    uint32_t i = t->places[slot] - 1;
    struct deadline last = t->items[--t->count];
    t->places[slot] = 0;
    if (i < t->count && rise(t, i, last) == i) sink(t, i, last);
}

bool timers_has(const struct timers *t, uint32_t slot)
{
    return slot < t->cap && t->places[slot] != 0;
}
