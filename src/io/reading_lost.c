/* io/reading_lost.c -- the application's own tables may be lost, or may not want to say: what is
 * done then, and what the log is told. */
#include "io/reading_state.h"

#include "io/log.h"
#include "io/system.h"

#define TOLD_MS 1000 /* between two tellings of how it is */

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
    if (reading_is_lost(r)) return;
    uint64_t now_ms = system_now().mono_ms;
    if (!r->presumed) r->stats.lost_ms = now_ms;
    r->presumed = false;
    r->probe_ms = now_ms + SOURCE_LOST_TICK_MS;
    log_warn(
        "the application's source of friends is lost (%.*s): who joins is told the friends that "
        "were read last, or refused",
        (int)words.len, (const char *)words.ptr);
    give_up_all(r);
}

void reading_back(struct reading *r)
{
    uint64_t now_ms = system_now().mono_ms;
    if (!r->stats.lost_ms) return;
    log_info("the application's source of friends is back, after %.1f s",
             (double)(now_ms - r->stats.lost_ms) / 1000);
    r->stats.lost_ms = 0;
    r->presumed = false;
    sweep_begin_soon(r);
}

/* Of what may come a thousand times a second the log is told now and then. */
static bool may_say(uint64_t *said_ms)
{
    uint64_t now_ms = system_now().mono_ms;
    if (*said_ms && now_ms - *said_ms < SOURCE_SAY_MS) return false;
    *said_ms = now_ms;
    return true;
}

void reading_say_cannot(struct reading *r, kith_slice user, kith_slice words)
{
    char id[LOG_ID_MAX];
    r->stats.failures++;
    if (!may_say(&r->said_ms)) return;
    log_warn(
        "the application's source of friends: the friends of user %s cannot be read (%.*s): those "
        "that "
        "were "
        "read last are shown, and who has never been read is refused; %llu such answers so far",
        log_id(id, user), (int)words.len, (const char *)words.ptr,
        (unsigned long long)r->stats.failures);
}

void reading_say_cut(struct reading *r, kith_slice user)
{
    char id[LOG_ID_MAX];
    if (!may_say(&r->said_cut_ms)) return;
    log_warn("the application's source of friends: user %s watches more than %d users; the first "
             "of them, by "
             "the bytes of their ids, are taken",
             log_id(id, user), WATCHES_MAX);
}

void reading_say_deaf(struct reading *r, kith_slice words)
{
    if (!may_say(&r->said_deaf_ms)) return;
    log_warn("the application's source of friends: NOTIFY cannot be heard (%.*s), so that changes "
             "are seen by "
             "sweeps alone; set source.channel = off if that is meant to be",
             (int)words.len, (const char *)words.ptr);
}

void reading_look(struct reading *r, uint64_t now_ms)
{
    int reader = reading_idle(r);
    if (!(r->stats.lost_ms || r->probe) || now_ms < r->probe_ms || reader < 0) return;
    r->probe_ms = now_ms + SOURCE_LOST_TICK_MS;
    r->probe = !reading_give(r, reader, (kith_slice){0});
}

static bool is_told(const struct reading *r)
{
    return r->told_ms && memcmp(&r->stats, &r->told, sizeof r->told) == 0;
}

uint64_t reading_tell_due(const struct reading *r)
{
    return is_told(r) ? UINT64_MAX : r->told_ms + TOLD_MS;
}

void reading_tell(struct reading *r, uint64_t now_ms)
{
    kith_slice stats = slice_of(&r->stats, sizeof r->stats);
    if (now_ms < reading_tell_due(r)) return;
    r->told = r->stats;
    r->told_ms = now_ms;
    reading_ask_shard(r, 0, mail_new(MAIL_SOURCE, stats, (kith_slice){0}, (kith_slice){0}));
}
