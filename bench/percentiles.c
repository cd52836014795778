/* bench/percentiles.c -- how long things took. */
#include "percentiles.h"

/* The first octave is 0 to 63 us in steps of 1; each that follows has steps twice as wide. */
void percentiles_add(struct percentiles *p, double us)
{
    uint64_t left = us > 0 ? (uint64_t)us : 0;
    unsigned octave = 0;
    while (left >= 2u * PERCENTILE_STEPS && octave < PERCENTILE_OCTAVES - 2) {
        left /= 2;
        octave++;
    }
    if (left >= 2u * PERCENTILE_STEPS) left = 2u * PERCENTILE_STEPS - 1;
    p->count++;
    p->at[octave + (left >= PERCENTILE_STEPS)][left % PERCENTILE_STEPS]++;
}

static double upper_us(unsigned octave, unsigned step)
{
    if (octave == 0) return step + 1.0;
    return (double)((uint64_t)(PERCENTILE_STEPS + step + 1) << (octave - 1));
}

double percentiles_us(const struct percentiles *p, double part)
{
    double left = part * (double)p->count;
    if (p->count == 0) return 0;
    for (unsigned octave = 0; octave < PERCENTILE_OCTAVES; octave++)
        for (unsigned step = 0; step < PERCENTILE_STEPS; step++) {
            left -= (double)p->at[octave][step];
            if (left <= 0) return upper_us(octave, step);
        }
    return upper_us(PERCENTILE_OCTAVES - 1, PERCENTILE_STEPS - 1);
}

void percentiles_join(struct percentiles *p, const struct percentiles *more)
{
    p->count += more->count;
    for (unsigned octave = 0; octave < PERCENTILE_OCTAVES; octave++)
        for (unsigned step = 0; step < PERCENTILE_STEPS; step++)
            p->at[octave][step] += more->at[octave][step];
}
