/* io/sweep.c -- all who are here are read again now and then: what no notice has told of is seen by
 * then. One after the other, so that it never asks much of the database. */
#include "io/reading_state.h"

#include "base/ids.h"
#include "io/system.h"

#define UNANSWERED_MS 5000 /* a shard had no memory for its answer */

void sweep_begin_soon(struct reading *r)
{
    if (r->sweep.begun_ms)
        r->sweep.again = true;
    else
        r->sweep.due_ms = 0;
}

static void end(struct reading *r)
{
    struct sweep *s = &r->sweep;
    s->due_ms = s->again ? 0 : s->begun_ms + r->o.sweep_ms;
    r->stats.sweeps++;
    r->stats.sweep_ms = system_now().mono_ms - s->begun_ms;
    s->begun_ms = 0;
    s->again = false;
}

void sweep_take(struct reading *r, const struct mail *m)
{
    struct sweep *s = &r->sweep;
    kith_slice rest = mail_a(m);
    if (!s->asked_ms || m->from != s->shard) return; /* that was given up */
    s->asked_ms = 0;
    for (kith_slice user; ids_next(&rest, &user) && !reading_is_lost(r);)
        if (!reading_put(r, user, WANTS_SWEEP)) s->again = true;
    s->slot = m->slot;
    if (s->slot == 0 && ++s->shard == r->o.shards) end(r);
}

static void ask(struct reading *r, uint64_t now_ms)
{
    struct sweep *s = &r->sweep;
    struct mail *m = mail_new(MAIL_HERE, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    if (!m) return; /* another time */
    m->page = true;
    m->slot = s->slot;
    s->asked_ms = now_ms;
    reading_ask_shard(r, s->shard, m);
}

void sweep_go_on(struct reading *r, uint64_t now_ms)
{
    struct sweep *s = &r->sweep;
    if (!s->begun_ms && now_ms >= s->due_ms) {
        s->begun_ms = now_ms;
        s->shard = 0;
        s->slot = 0;
    }
    bool out = s->asked_ms && now_ms - s->asked_ms < UNANSWERED_MS;
    if (s->begun_ms && !out && !wants_first(r->wants, WANTS_SWEEP)) ask(r, now_ms);
}

uint64_t sweep_due(const struct reading *r)
{
    const struct sweep *s = &r->sweep;
    if (!s->begun_ms) return s->due_ms;
    return s->asked_ms ? s->asked_ms + UNANSWERED_MS : UINT64_MAX;
}
