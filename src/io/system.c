/* io/system.c -- the clock, the source of chance, the terminal, the environment. */
#include "io/system.h"

#include "base/assert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static uint64_t read_us(clockid_t clock)
{
    struct timespec t;
    KITH_ASSERT(clock_gettime(clock, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t system_us(void) { return read_us(CLOCK_MONOTONIC); }

void system_wait_until(uint64_t us)
{
    struct timespec at = {.tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        ;
}

struct now system_now(void)
{
    uint64_t mono_us = system_us();
    return (struct now){
        .mono_ms = mono_us / 1000, .unix_ms = read_us(CLOCK_REALTIME) / 1000, .mono_us = mono_us};
}

void system_random(void *out, size_t len)
{
    uint8_t *at = out;
    while (len) {
        ssize_t n = getrandom(at, len, 0);
        KITH_ASSERT(n > 0 || errno == EINTR);
        if (n < 0) continue;
        at += n;
        len -= (size_t)n;
    }
}

struct siphash_key system_random_key(void)
{
    struct siphash_key k;
    system_random(&k, sizeof k);
    return k;
}

bool system_on_terminal(void) { return isatty(STDERR_FILENO) == 1; }

const char *system_variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

bool system_host_name(char *out, size_t size)
{
    if (gethostname(out, size) != 0 || !memchr(out, 0, size)) return false;
    return *out != 0;
}
