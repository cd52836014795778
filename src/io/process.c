/* io/process.c -- what this process takes of the machine. */
#include "io/process.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* /proc/self/statm: all pages, resident ones, and more. */
static uint64_t resident_bytes(void)
{
    char text[128];
    uint64_t pages = 0;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    (void)close(fd);
    text[n > 0 ? n : 0] = '\0';
    if (sscanf(text, "%*u %" SCNu64, &pages) != 1) return 0;
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t ms_of(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_usec / 1000;
}

void process_measure(struct process_stats *out)
{
    struct rusage used = {0};
    (void)getrusage(RUSAGE_SELF, &used);
    out->cpu_ms = ms_of(used.ru_utime) + ms_of(used.ru_stime);
    out->memory_bytes = resident_bytes();
}
