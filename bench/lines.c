/* bench/lines.c -- the bare machine: the lines of memory of a delivery. */
#include "lines.h"

#include "tool.h"

#include "base/chance.h"

#include <stdlib.h>
#include <string.h>

struct line {
    uint64_t touched[8];
};

double lines_ns(const struct friends *f, uint32_t flips, uint64_t seed)
{
    size_t bytes = (size_t)LINES * f->users * sizeof(struct line);
    struct line *lines = aligned_alloc(sizeof *lines, bytes);
    if (!lines) die("out of memory");
    memset(lines, 1, bytes);
    uint64_t count = 0;
    double began = thread_us();
    for (uint32_t i = 0; i < flips; i++) {
        uint32_t user = (uint32_t)(chance_next(&seed) % f->users), n = friends_count(f, user);
        for (uint32_t k = 0; k < n; k++)
            for (size_t part = 0; part < LINES; part++)
                lines[part * f->users + friends_of(f, user)[k]].touched[0]++;
        count += n;
    }
    double ns = (thread_us() - began) * 1e3 / (double)(count ? count : 1);
    free(lines);
    return ns;
}
