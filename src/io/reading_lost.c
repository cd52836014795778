/* io/reading_lost.c -- the application's own tables may be lost, or may not want to say: what is
 * done then, and what the log is told. */
#include "io/reading_state.h"

#include "io/log.h"
#include "io/system.h"

/* Nobody is read: what is known holds, and all is read when they are back. */
static void give_up_all(struct reading *r)
{
    for (int line = 0; line < WANTS_LINES; line++)
        for (struct want *w; (w = wants_first(r->wants, (enum wants_line)line));) {
            reading_answer(r, &w->joins, true);
            wants_drop(r->wants, w);
        }
}

void reading_lost(struct reading *r, kith_slice words)
{
    if (r->lost_ms) return;
    r->lost_ms = system_now().mono_ms;
    r->probe_ms = r->lost_ms + SOURCE_LOST_TICK_MS;
    log_warn("the application's database is lost (%.*s): who joins is told the friends that were "
             "read last, or refused",
             (int)words.len, (const char *)words.ptr);
    give_up_all(r);
}

void reading_back(struct reading *r)
{
    uint64_t now_ms = system_now().mono_ms;
    if (!r->lost_ms) return;
    log_warn("the application's database is back, after %.1f s",
             (double)(now_ms - r->lost_ms) / 1000);
    r->lost_ms = 0;
    sweep_begin_soon(r);
}

void reading_say_cannot(struct reading *r, kith_slice user, kith_slice words)
{
    char id[LOG_ID_MAX];
    uint64_t now_ms = system_now().mono_ms;
    r->failures++;
    if (r->said_ms && now_ms - r->said_ms < SOURCE_SAY_MS) return;
    r->said_ms = now_ms;
    log_warn(
        "the application's tables: the friends of user %s cannot be read (%.*s), so that those "
        "that were read last are shown; %llu such answers so far",
        log_id(id, user), (int)words.len, (const char *)words.ptr, (unsigned long long)r->failures);
}

void reading_say_cut(struct reading *r, kith_slice user)
{
    char id[LOG_ID_MAX];
    uint64_t now_ms = system_now().mono_ms;
    if (r->said_cut_ms && now_ms - r->said_cut_ms < SOURCE_SAY_MS) return;
    r->said_cut_ms = now_ms;
    log_warn("the application's tables: user %s watches more than %d users; the first of them, by "
             "the bytes of their ids, are taken",
             log_id(id, user), SOURCE_EDGES_MAX);
}

void reading_look(struct reading *r, uint64_t now_ms)
{
    int reader = reading_idle(r);
    if (!(r->lost_ms || r->probe) || now_ms < r->probe_ms || reader < 0) return;
    r->probe_ms = now_ms + SOURCE_LOST_TICK_MS;
    r->probe = !reading_give(r, reader, (kith_slice){0});
}
