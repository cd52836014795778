/* io/load_clock.c -- the clock that all processes of a machine share. */
#include "io/load_clock.h"

#include "base/assert.h"

#include <sys/resource.h>
#include <time.h>

static uint64_t read_us(clockid_t clock)
{
    struct timespec t;
    KITH_ASSERT(clock_gettime(clock, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t load_now_us(void) { return read_us(CLOCK_MONOTONIC); }
uint64_t load_cpu_us(void) { return read_us(CLOCK_PROCESS_CPUTIME_ID); }

uint64_t load_waits(void)
{
    struct rusage used;
    KITH_ASSERT(getrusage(RUSAGE_SELF, &used) == 0);
    return (uint64_t)used.ru_nvcsw;
}
