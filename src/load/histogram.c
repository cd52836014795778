/* load/histogram.c -- how long things took. */
#include "load/histogram.h"

/* The first octave is 0 to 127 in steps of 1; each that follows begins at a power of two and has
 * steps twice as wide as the one before. */
enum { STEP_BITS = 7, CELLS = (HISTOGRAM_OCTAVES + 1) * HISTOGRAM_STEPS };

static uint32_t cell_of(uint64_t value)
{
    if (value < HISTOGRAM_STEPS) return (uint32_t)value;
    uint32_t shift = (uint32_t)(63 - __builtin_clzll(value)) - STEP_BITS;
    if (shift >= HISTOGRAM_OCTAVES) return CELLS - 1;
    return shift * HISTOGRAM_STEPS + (uint32_t)(value >> shift);
}

static uint64_t greatest_in(uint32_t cell)
{
    if (cell < HISTOGRAM_STEPS) return cell;
    uint32_t shift = cell / HISTOGRAM_STEPS - 1;
    return ((uint64_t)(HISTOGRAM_STEPS + cell % HISTOGRAM_STEPS + 1) << shift) - 1;
}

void histogram_add(struct histogram *h, uint64_t value)
{
    h->count++;
    h->at[cell_of(value)]++;
    if (value > h->max) h->max = value;
}

void histogram_merge(struct histogram *into, const struct histogram *h)
{
    into->count += h->count;
    if (h->max > into->max) into->max = h->max;
    for (uint32_t i = 0; i < CELLS; i++)
        into->at[i] += h->at[i];
}

uint64_t histogram_at(const struct histogram *h, double part)
{
    double rank = part * (double)h->count;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < CELLS && h->count; i++) {
        seen += h->at[i];
        if (h->at[i] == 0 || (double)seen < rank) continue;
        uint64_t most = greatest_in(i);
        return most < h->max && i < CELLS - 1 ? most : h->max;
    }
    return 0;
}
