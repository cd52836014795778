/* base/latency.c -- how long something took, many times. */
#include "base/latency.h"

#include "base/assert.h"

enum { FIRST_BIT = 6 };
_Static_assert(LATENCY_FIRST_US == 1 << FIRST_BIT,
               "bounds are powers of two, and one between each");

uint64_t latency_bound_us(unsigned bucket)
{
    KITH_ASSERT(bucket < LATENCY_BUCKETS);
    if (bucket == LATENCY_BUCKETS - 1) return UINT64_MAX;
    uint64_t power = (uint64_t)LATENCY_FIRST_US << bucket / 2;
    return bucket % 2 ? power + power / 2 : power;
}

static unsigned bucket_of(uint64_t us)
{
    if (us <= LATENCY_FIRST_US) return 0;
    unsigned bit = 63 - (unsigned)__builtin_clzll(us - 1);
    unsigned upper = (unsigned)((us - 1) >> (bit - 1)) & 1;
    unsigned bucket = 2 * (bit - FIRST_BIT) + upper + 1;
    return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

void latency_note(struct latency *l, uint64_t us)
{
    l->counts[bucket_of(us)]++;
    l->sum_us += us;
}

uint64_t latency_count(const struct latency *l)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
        n += l->counts[i];
    return n;
}

void latency_add(struct latency *sum, const struct latency *from)
{
    for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
        sum->counts[i] += from->counts[i];
    sum->sum_us += from->sum_us;
}
