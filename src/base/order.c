/* base/order.c -- sorting by a number: runs of one, two, four .. are merged, from one place into
 * the other and back. */
#include "base/order.h"

#include <string.h>

static bool is_sorted(const struct order *items, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (items[i].by < items[i - 1].by) return false;
    return true;
}

/* Which of the two comes next is chosen without a jump, which nobody could foresee. */
static void merge(const struct order *from, uint32_t middle, uint32_t end, struct order *to)
{
    const struct order *a = from, *a_end = from + middle, *b = a_end, *b_end = from + end;
    while (a < a_end && b < b_end) {
        bool second = b->by < a->by;
        *to++ = *(second ? b : a);
        b += second;
        a += !second;
    }
    memcpy(to, a, (size_t)(a_end - a) * sizeof *to);
    memcpy(to + (a_end - a), b, (size_t)(b_end - b) * sizeof *to);
}

static uint32_t least(uint64_t a, uint32_t b) { return a < b ? (uint32_t)a : b; }

void order_sort(struct order items[], struct order room[], uint32_t count)
{
    struct order *from = items, *to = room;
    if (is_sorted(items, count)) return;
    for (uint64_t width = 1; width < count; width *= 2) {
        for (uint64_t at = 0; at < count; at += 2 * width) {
            uint32_t rest = count - (uint32_t)at;
            merge(from + at, least(width, rest), least(2 * width, rest), to + at);
        }
        struct order *other = from;
        from = to;
        to = other;
    }
    if (from != items) memcpy(items, from, count * sizeof *items);
}
