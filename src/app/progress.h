/* app/progress.h -- how far a long command is, on stderr: one line that is rewritten on a terminal,
 * else a new line now and then. Nothing at all for what is done within a second. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
    uint64_t began_ms, said_ms;
    bool terminal, shown;
};

struct progress progress_begin(void);

/* "<what>: <count> lines, <count a second> a second", at most once a second, or ten times on a
 * terminal. */
void progress_say(struct progress *p, const char *what, uint64_t lines);

void progress_end(struct progress *p); /* leaves the terminal a clean line */
