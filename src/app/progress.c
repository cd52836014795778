/* app/progress.c -- how far a long command is, on stderr. */
#include "app/progress.h"

#include "io/system.h"

#include <inttypes.h>
#include <stdio.h>

struct progress progress_begin(void)
{
    uint64_t now_ms = system_now().mono_ms;
    return (struct progress){
        .began_ms = now_ms, .said_ms = now_ms, .terminal = system_on_terminal()};
}

void progress_say(struct progress *p, const char *what, uint64_t lines)
{
    uint64_t now_ms = system_now().mono_ms;
    if (now_ms - p->began_ms < 1000 || now_ms - p->said_ms < (p->terminal ? 100 : 1000)) return;
    p->said_ms = now_ms;
    p->shown = true;
    (void)fprintf(stderr, "%s%s: %" PRIu64 " lines, %" PRIu64 " a second%s",
                  p->terminal ? "\r\x1b[K" : "", what, lines, lines * 1000 / (now_ms - p->began_ms),
                  p->terminal ? "" : "\n");
}

void progress_end(struct progress *p)
{
    if (p->shown && p->terminal) (void)fputs("\r\x1b[K", stderr);
    p->shown = false;
}
