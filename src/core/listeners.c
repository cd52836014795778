/* core/listeners.c -- the subscribers of one topic.
 *
 * A list of n costs 3.2n bytes, and half a segment: no list that grows leaves a hole behind for
 * which no other is small enough. While one segment is gone through the next one is fetched.
 *
 *     list -> | 0 1 2 .  .  . next | -> | 0 1 2 .. 19 next | -> | 0 1 2 .. 19 none |
 *
 * A set costs about 5.5n: linear probing at a load of 0.7 to 0.8, at any capacity (the hash is
 * scaled to it, not masked). Removal moves what follows back, so there are no tombstones. */
#include "core/listeners.h"

#include "base/assert.h"

#include <stdlib.h>

enum {
    FEW = 2,
    LIST_MAX = 1020, /* a search of 51 segments, 5 us where they are cold; larger is a set */
    SET_MIN = LIST_MAX / 2,
};

struct segment {
    uint8_t ids[3 * SEGMENT_LISTENERS];
    uint32_t next; /* POOL_NONE: it is the last */
};
_Static_assert(sizeof(struct segment) == SEGMENT_BYTES, "part of the price of a subscription");

static bool is_set(const struct listeners *l) { return l->cap > 0; }
static bool is_few(const struct listeners *l) { return !is_set(l) && l->count <= FEW; }

void listeners_init_pool(struct pool *segments) { pool_init(segments, sizeof(struct segment)); }

/* Lists */

static struct segment *segment_at(const struct pool *segments, uint32_t number)
{
    return pool_at(segments, number);
}

static uint32_t get(const struct segment *s, uint32_t i) { return listeners_read(s->ids + 3 * i); }

static void put(struct segment *s, uint32_t i, uint32_t who) { memcpy(s->ids + 3 * i, &who, 3); }

/* How many are in the first segment of a list of `count` > 0. */
static uint32_t in_first(uint32_t count) { return (count - 1) % SEGMENT_LISTENERS + 1; }

static void free_list(struct pool *segments, uint32_t first)
{
    for (uint32_t next; first != POOL_NONE; first = next) {
        next = segment_at(segments, first)->next;
        pool_give(segments, first);
    }
}

/* To a list of `count`, whose first segment is *first. */
static kith_err append(struct pool *segments, uint32_t *first, uint32_t count, uint32_t who)
{
    uint32_t at = count % SEGMENT_LISTENERS, number = *first;
    if (at == 0) {
        kith_err e = pool_take(segments, &number);
        if (e) return e;
        segment_at(segments, number)->next = count ? *first : POOL_NONE;
        *first = number;
    }
    put(segment_at(segments, number), at, who);
    return KITH_OK;
}

/* Takes out the last one of the first segment. */
static uint32_t pop(struct listeners *l, struct pool *segments)
{
    const struct segment *first = segment_at(segments, l->list);
    uint32_t at = in_first(l->count--) - 1, who = get(first, at), next = first->next;
    if (at == 0) {
        pool_give(segments, l->list);
        l->list = next;
    }
    return who;
}

/* Sixteen bytes, which a core compares at once: five subscribers, and the first byte of a sixth. */
typedef uint8_t bytes16 __attribute__((vector_size(16)));
enum { AT_ONCE = 5 };
_Static_assert(SEGMENT_LISTENERS % AT_ONCE == 0, "no rest to be looked at one by one");

static bytes16 load(const uint8_t *at)
{
    bytes16 v;
    memcpy(&v, at, sizeof v);
    return v;
}

/* Whether three bytes anywhere in it are these: that is `who`, or parts of two others. */
static bool may_have(const struct segment *s, uint32_t who)
{
    const bytes16 zero = {0};
    bytes16 low = zero + (uint8_t)who, middle = zero + (uint8_t)(who >> 8);
    bytes16 high = zero + (uint8_t)(who >> 16), hits = zero;
    for (uint32_t i = 0; i < SEGMENT_LISTENERS; i += AT_ONCE) {
        const uint8_t *at = s->ids + 3 * i;
        hits |= (bytes16)(load(at) == low) & (bytes16)(load(at + 1) == middle) &
                (bytes16)(load(at + 2) == high);
    }
    uint64_t halves[2];
    memcpy(halves, &hits, sizeof halves);
    return halves[0] | halves[1];
}

/* Where `who` is among the first `end`, or `end`: behind it lies what was there before. */
static uint32_t find_in_segment(const struct segment *s, uint32_t end, uint32_t who)
{
    uint32_t at = 0;
    if (!may_have(s, who)) return end;
    while (at < end && get(s, at) != who)
        at++;
    return at;
}

/* Moves on to where `who` is in this segment, or in one behind it. False: nowhere. */
static bool find_in_list(const struct listeners *l, const struct pool *segments, uint32_t who,
                         uint32_t *number, uint32_t *at)
{
    for (; *number != POOL_NONE; *number = segment_at(segments, *number)->next) {
        uint32_t end = *number == l->list ? in_first(l->count) : SEGMENT_LISTENERS;
        *at = find_in_segment(segment_at(segments, *number), end, who);
        if (*at < end) return true;
    }
    return false;
}

/* Sets */

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

static bool next_in_set(const struct listeners *l, uint32_t *at, uint32_t *out)
{
    while (*at < l->cap && l->set[*at] == LISTENER_NONE)
        ++*at;
    if (*at == l->cap) return false;
    *out = l->set[(*at)++];
    return true;
}

/* Where `who` is first, or LISTENER_NONE. */
static uint32_t find_in_set(const struct listeners *l, uint32_t who)
{
    const uint32_t *c = l->set;
    uint32_t at = home(who, l->cap);
    while (c[at] != who && c[at] != LISTENER_NONE)
        at = after(at, l->cap);
    return c[at] == who ? at : LISTENER_NONE;
}

/* Empties a cell of the set and moves back what a search would no longer find behind the hole. */
static void close_gap(struct listeners *l, uint32_t hole)
{
    uint32_t *c = l->set, cap = l->cap;
    for (uint32_t at = after(hole, cap); c[at] != LISTENER_NONE; at = after(at, cap)) {
        uint32_t from_home = (at + cap - home(c[at], cap)) % cap;
        uint32_t from_hole = (at + cap - hole) % cap;
        if (from_home < from_hole) continue;
        c[hole] = c[at];
        hole = at;
    }
    c[hole] = LISTENER_NONE;
}

/* From one form to another */

static void release(struct listeners *l, struct pool *segments)
{
    if (is_set(l))
        free(l->set);
    else if (!is_few(l))
        free_list(segments, l->list);
}

void listeners_fini(struct listeners *l, struct pool *segments)
{
    release(l, segments);
    *l = (struct listeners){0};
}

static kith_err to_set(struct listeners *l, struct pool *segments, uint32_t cap)
{
    uint32_t *set = malloc(cap * sizeof *set), who;
    if (!set) return KITH_NOMEM;
    memset(set, 0xff, cap * sizeof *set);
    for (struct listeners_walk w = {0}; listeners_next(l, segments, &w, &who);)
        place(set, cap, who);
    release(l, segments);
    l->set = set;
    l->cap = cap;
    return KITH_OK;
}

static kith_err to_list(struct listeners *l, struct pool *segments)
{
    uint32_t first = POOL_NONE, who, n = 0;
    for (struct listeners_walk w = {0}; listeners_next(l, segments, &w, &who); n++) {
        kith_err e = append(segments, &first, n, who);
        if (!e) continue;
        free_list(segments, first);
        return e;
    }
    release(l, segments);
    l->list = first;
    l->cap = 0;
    return KITH_OK;
}

/* Of a list that has been cut back so far. */
static void list_to_few(struct listeners *l, struct pool *segments)
{
    uint32_t few[FEW], n = 0;
    while (l->count)
        few[n++] = pop(l, segments);
    memcpy(l->few, few, n * sizeof *few);
    l->count = n;
}

static void set_to_few(struct listeners *l)
{
    struct listeners few = {0};
    for (uint32_t at = 0; next_in_set(l, &at, &few.few[few.count]);)
        if (++few.count == l->count) break;
    free(l->set);
    *l = few;
}

static uint32_t set_cap(uint32_t n) { return (uint32_t)((uint64_t)n * 10 / 7); }

static kith_err make_room(struct listeners *l, struct pool *segments)
{
    if (is_set(l)) {
        if ((uint64_t)(l->count + 1) * 5 <= (uint64_t)l->cap * 4) return KITH_OK;
        return l->count > UINT32_MAX / 2 ? KITH_FULL : to_set(l, segments, set_cap(l->count + 1));
    }
    if (l->count == FEW) return to_list(l, segments);
    return l->count == LIST_MAX ? to_set(l, segments, set_cap(l->count + 1)) : KITH_OK;
}

kith_err listeners_add(struct listeners *l, struct pool *segments, uint32_t who)
{
    KITH_ASSERT(who <= LISTENER_MAX);
    kith_err e = make_room(l, segments);
    if (e) return e;
    if (is_set(l))
        place(l->set, l->cap, who);
    else if (l->count < FEW)
        l->few[l->count] = who;
    else
        e = append(segments, &l->list, l->count, who);
    if (!e) l->count++;
    return e;
}

static uint32_t remove_from_few(struct listeners *l, uint32_t who)
{
    uint32_t before = l->count, kept = 0;
    for (uint32_t i = 0; i < before; i++)
        if (l->few[i] != who) l->few[kept++] = l->few[i];
    l->count = kept;
    return before - kept;
}

/* The one that the first segment loses comes in the place of each that goes. */
static uint32_t remove_from_list(struct listeners *l, struct pool *segments, uint32_t who)
{
    uint32_t before = l->count, number = l->list, at;
    while (find_in_list(l, segments, who, &number, &at)) {
        uint32_t first = l->list, last = pop(l, segments);
        if (l->list == first || number != first)
            put(segment_at(segments, number), at, last);
        else
            number = l->list; /* it was the only one there */
    }
    before -= l->count;
    if (l->count <= FEW) list_to_few(l, segments);
    return before;
}

static uint32_t remove_from_set(struct listeners *l, uint32_t who)
{
    uint32_t n = 0;
    for (uint32_t at; (at = find_in_set(l, who)) != LISTENER_NONE; n++) {
        close_gap(l, at);
        l->count--;
    }
    return n;
}

/* Gives memory back when less than half is used. Without memory to do so all stays as it is. */
static void shrink(struct listeners *l, struct pool *segments)
{
    kith_err e = KITH_OK;
    if (!is_set(l)) return;
    if (l->count <= FEW)
        set_to_few(l);
    else if (l->count < SET_MIN)
        e = to_list(l, segments);
    else if (l->count < l->cap / 2 && set_cap(l->count) > LIST_MAX)
        e = to_set(l, segments, set_cap(l->count));
    (void)e;
}

uint32_t listeners_remove(struct listeners *l, struct pool *segments, uint32_t who)
{
    if (is_few(l)) return remove_from_few(l, who);
    uint32_t n = is_set(l) ? remove_from_set(l, who) : remove_from_list(l, segments, who);
    if (n) shrink(l, segments);
    return n;
}

bool listeners_has(const struct listeners *l, const struct pool *segments, uint32_t who)
{
    uint32_t number = l->list, at;
    if (is_set(l)) return find_in_set(l, who) != LISTENER_NONE;
    if (!is_few(l)) return find_in_list(l, segments, who, &number, &at);
    for (uint32_t i = 0; i < l->count; i++)
        if (l->few[i] == who) return true;
    return false;
}

bool listeners_next_part(const struct listeners *l, const struct pool *segments,
                         struct listeners_walk *w, uint32_t *out)
{
    if (is_set(l)) return next_in_set(l, &w->at, out);
    if (w->at == l->count) return false;
    if (is_few(l)) {
        *out = l->few[w->at++];
        return true;
    }
    const struct segment *s = segment_at(segments, w->at ? w->next : l->list);
    w->left = w->at ? SEGMENT_LISTENERS : in_first(l->count);
    w->at += w->left;
    w->ids = s->ids;
    w->next = s->next;
    if (w->next != POOL_NONE) __builtin_prefetch(segment_at(segments, w->next));
    return listeners_take(w, out);
}

uint64_t listeners_bytes(const struct listeners *l)
{
    return is_set(l) ? heap_chunk(l->cap * sizeof *l->set) : 0;
}
