/* core/feed.c -- one writer's changes, numbered: slots in a list in order of their last change. */
#include "core/feed.h"

#include "base/assert.h"
#include "core/pool.h"

#include <stdlib.h>

enum { NONE = (1 << 24) - 1, LOW_BITS = 40 };

struct slot {
    uint64_t last_low : 40, older : 24; /* neighbours in order of last change, NONE at the ends */
    uint64_t value : 32; /* the caller's; of an empty slot: the next empty, or NONE */
    uint64_t newer : 24, last_high : 7, empty : 1;
};
_Static_assert(sizeof(struct slot) == 16, "part of the price of an entry");
_Static_assert(FEED_SLOT_MAX < NONE, "a slot's number is never NONE");
_Static_assert(FEED_SEQ_MAX >> (LOW_BITS + 7) == 0, "a change's number has 47 bits");

struct feed {
    struct pool slots; /* of struct slot; none is ever given back */
    uint64_t seq;
    uint32_t oldest, newest;
    uint32_t free; /* the slot emptied last */
};

struct feed *feed_new(void)
{
    struct feed *f = calloc(1, sizeof *f);
    if (!f) return NULL;
    pool_init(&f->slots, sizeof(struct slot));
    f->oldest = f->newest = f->free = NONE;
    return f;
}

void feed_free(struct feed *f)
{
    if (!f) return;
    pool_fini(&f->slots);
    free(f);
}

static struct slot *at(const struct feed *f, uint32_t slot) { return pool_at(&f->slots, slot); }
static uint64_t last(const struct slot *s)
{
    return (uint64_t)s->last_high << LOW_BITS | s->last_low;
}
static void set_last(struct slot *s, uint64_t seq)
{
    s->last_low = seq & (((uint64_t)1 << LOW_BITS) - 1);
    s->last_high = seq >> LOW_BITS & 127;
}
static void set_older(struct slot *s, uint32_t slot) { s->older = slot & NONE; }
static void set_newer(struct slot *s, uint32_t slot) { s->newer = slot & NONE; }

uint64_t feed_seq(const struct feed *f) { return f->seq; }
uint64_t feed_last(const struct feed *f, uint32_t slot) { return last(at(f, slot)); }
void feed_touch(const struct feed *f, uint32_t slot)
{
    if (slot < f->slots.used) __builtin_prefetch(at(f, slot)); /* else it was never put */
}
uint32_t feed_value(const struct feed *f, uint32_t slot) { return at(f, slot)->value; }
uint32_t feed_peek(const struct feed *f) { return f->free != NONE ? f->free : f->slots.used; }

void feed_set_value(struct feed *f, uint32_t slot, uint32_t value)
{
    KITH_ASSERT(!at(f, slot)->empty);
    at(f, slot)->value = value;
}

static void unlink_slot(struct feed *f, const struct slot *s)
{
    if (s->older == NONE)
        f->oldest = s->newer;
    else
        set_newer(at(f, s->older), s->newer);
    if (s->newer == NONE)
        f->newest = s->older;
    else
        set_older(at(f, s->newer), s->older);
}

/* Gives the slot, which is in no list, the next number and the place behind all others. */
static uint64_t stamp(struct feed *f, uint32_t slot)
{
    struct slot *s = at(f, slot);
    KITH_ASSERT(f->seq < FEED_SEQ_MAX);
    set_last(s, ++f->seq);
    set_older(s, f->newest);
    set_newer(s, NONE);
    if (f->newest == NONE)
        f->oldest = slot;
    else
        set_newer(at(f, f->newest), slot);
    f->newest = slot;
    return f->seq;
}

static kith_err take_slot(struct feed *f, uint32_t *out)
{
    if (f->free == NONE)
        return f->slots.used > FEED_SLOT_MAX ? KITH_FULL : pool_take(&f->slots, out);
    *out = f->free;
    f->free = at(f, f->free)->value;
    unlink_slot(f, at(f, *out));
    return KITH_OK;
}

/* The last numbers are kept for clearing what is there, which must not fail. */
static bool numbers_used_up(const struct feed *f) { return f->seq >= FEED_SEQ_MAX / 2; }

kith_err feed_put(struct feed *f, uint32_t value, uint32_t *slot, uint64_t *seq)
{
    if (numbers_used_up(f)) return KITH_FULL;
    kith_err e = take_slot(f, slot);
    if (e) return e;
    at(f, *slot)->empty = false;
    at(f, *slot)->value = value;
    *seq = stamp(f, *slot);
    return KITH_OK;
}

uint64_t feed_change(struct feed *f, uint32_t slot)
{
    KITH_ASSERT(!at(f, slot)->empty);
    unlink_slot(f, at(f, slot));
    return stamp(f, slot);
}

uint64_t feed_clear(struct feed *f, uint32_t slot)
{
    uint64_t seq = feed_change(f, slot);
    at(f, slot)->empty = true;
    at(f, slot)->value = f->free;
    f->free = slot;
    return seq;
}

/* From both ends at once: a batch begins near the newest, a snapshot's next part near the oldest.
 */
struct feed_walk feed_since(const struct feed *f, uint64_t from)
{
    uint32_t behind = f->newest, ahead = f->oldest;
    while (ahead != NONE && last(at(f, ahead)) <= from) {
        if (last(at(f, behind)) <= from) return (struct feed_walk){at(f, behind)->newer};
        behind = at(f, behind)->older;
        ahead = at(f, ahead)->newer;
    }
    return (struct feed_walk){ahead};
}

bool feed_next(const struct feed *f, struct feed_walk *w, struct feed_item *out)
{
    if (w->at == NONE) return false;
    const struct slot *s = at(f, w->at);
    *out = (struct feed_item){.slot = w->at, .value = s->value, .seq = last(s), .empty = s->empty};
    w->at = s->newer;
    return true;
}

uint64_t feed_bytes(const struct feed *f) { return sizeof *f + pool_bytes(&f->slots); }
