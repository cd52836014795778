/* core/losses.c -- the sessions that were lost and may come back. */
#include "core/losses.h"

void losses_init(struct losses *l)
{
    *l = (struct losses){0};
    pool_init(&l->all, sizeof(struct loss));
}

void losses_fini(struct losses *l)
{
    pool_fini(&l->all);
    heap_fini(&l->deadlines);
}

kith_err losses_add(struct losses *l, uint16_t partition, uint32_t entry, uint64_t until_ms,
                    uint32_t *number)
{
    kith_err e = pool_take(&l->all, number);
    if (e) return e;
    e = heap_push(&l->deadlines, until_ms, *number);
    if (e) {
        pool_give(&l->all, *number);
        return e;
    }
    *losses_at(l, *number) = (struct loss){++l->ever, entry, partition, false};
    return KITH_OK;
}

uint64_t losses_due_ms(const struct losses *l)
{
    const struct deadline *d = heap_min(&l->deadlines);
    return d ? d->at_ms : UINT64_MAX;
}

const struct loss *losses_due(const struct losses *l, uint64_t now_ms)
{
    const struct deadline *d = heap_min(&l->deadlines);
    return d && d->at_ms <= now_ms ? losses_at(l, (uint32_t)d->what) : NULL;
}

void losses_end_due(struct losses *l)
{
    pool_give(&l->all, (uint32_t)heap_pop(&l->deadlines).what);
}

uint64_t losses_bytes(const struct losses *l)
{
    return pool_bytes(&l->all) + heap_chunk(l->deadlines.cap * sizeof *l->deadlines.items);
}
