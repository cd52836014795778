/* bench/floors.c -- the barest that a machine can do in the place of a small job. */
#include "floors.h"

#include "micro.h"

#include <stdlib.h>
#include <string.h>

enum { COPY_BYTES_MAX = 1 << 20 };

void floor_copy(const void *bytes, size_t len, uint32_t ops)
{
    static uint8_t to[COPY_BYTES_MAX];
    len = len < sizeof to ? len : sizeof to;
    for (uint32_t i = 0; i < ops; i++) {
        micro_use(bytes);
        memcpy(to, bytes, len);
        micro_use(to);
    }
}

void floor_allocate(const void *bytes, size_t len, uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i++) {
        void *to = micro_have(malloc(len));
        memcpy(to, bytes, len);
        micro_use(to);
        free(to);
    }
}

struct line {
    uint64_t value;
    const void *held;
    uint8_t rest[48];
};

static struct line *lines;
static uint32_t line_count;

void floor_lines_begin(uint32_t count)
{
    lines = micro_have(calloc(count, sizeof *lines));
    line_count = count;
    for (uint32_t i = 0; i < count; i++)
        lines[i].value = 1;
}

void floor_lines_end(void)
{
    free(lines);
    lines = NULL;
}

void floor_touch(uint32_t count, uint32_t ops)
{
    for (uint32_t i = 0; i < ops; i++) {
        uint32_t at = micro_below(line_count);
        for (uint32_t k = 1; k < count; k++)
            at = micro_below(line_count - (uint32_t)lines[at].value);
        micro_use(&lines[at].value);
        at = (uint32_t)lines[at].value;
        micro_use(&at);
    }
}

void floor_push(uint32_t ops)
{
    uint32_t refs = 0;
    for (uint32_t i = 0, at = 0; i < ops; i++, at = at + 1 == line_count ? 0 : at + 1) {
        lines[at].held = &refs;
        refs++;
        micro_use(&lines[at]);
    }
    micro_use(&refs);
}
