/* io/lost.c -- a database that is lost, on the store's thread. */
#include "io/lost.h"

#include "base/limits.h"
#include "io/log.h"
#include "io/rules.h"
#include "io/system.h"

#define TRIED "Each change is tried: once one goes well, nothing else is to be done"

enum { SAID_MS = 60000 }; /* what lasts is said as often */

kith_err lost_init(struct lost *l, struct store *s, const struct siphash_key *key)
{
    *l = (struct lost){.store = s};
    if (store_reach(s) == STORE_HERE) return KITH_OK;
    l->known = known_new(KNOWN_BYTES_MAX, key);
    return l->known ? KITH_OK : KITH_NOMEM;
}

void lost_fini(struct lost *l) { known_free(l->known); }

kith_err lost_watched(struct lost *l, kith_slice user, enum reciprocity reciprocal, struct buf *out,
                      uint32_t *count, bool *known)
{
    size_t before = out->len;
    kith_err e = rules_watched(l->store, user, reciprocal, out, count);
    *known = false;
    if (!l->known) return e;
    if (!e) known_put(l->known, user, slice_from(buf_slice(out), before), *count);
    if (!e || store_reach(l->store) != STORE_LOST) return e;
    *known = known_get(l->known, user, out, count) == KITH_OK;
    return *known ? KITH_OK : e;
}

void lost_forget(struct lost *l, kith_slice user)
{
    if (l->known && store_reach(l->store) != STORE_LOST) known_drop(l->known, user);
}

void lost_forget_sights(struct lost *l, const struct mail_queue *q)
{
    for (const struct mail *m = l->known ? q->first : NULL; m; m = m->next)
        if (m->type == MAIL_SIGHT) known_drop_sight(l->known, m);
}

void lost_answer(const struct lost *l, const struct mail_queue *q)
{
    if (store_reach(l->store) != STORE_LOST) return;
    for (struct mail *m = q->first; m; m = m->next)
        if (m->type == MAIL_CALL_ANSWER && m->failed && m->err == KITH_IO) m->err = KITH_EXPIRED;
}

/* KITH_NOMEM and what is wrong with a change itself say nothing of the store. */
static bool cannot_write(kith_err e) { return e == KITH_IO || e == KITH_BAD || e == KITH_FULL; }

void lost_heed(struct lost *l, kith_err e)
{
    uint64_t now_ms = system_now().mono_ms;
    if (!e && l->failed_ms) {
        log_info("the store can be written again, after %.1f s",
                 (double)(now_ms - l->failed_ms) / 1000);
        l->failed_ms = l->said_ms = 0;
    }
    if (!cannot_write(e) || store_reach(l->store) == STORE_LOST) return;
    if (!l->failed_ms) l->failed_ms = now_ms;
    if (l->said_ms && now_ms < l->said_ms + SAID_MS) return;
    l->said_ms = now_ms;
    if (store_is_held(l->store))
        log_warn("the store does not answer in time (%s): changes are refused, and who joins waits "
                 "behind them, and is refused where what is asked cannot be read, either; see who "
                 "has locked it, and that it is not slow. " TRIED,
                 store_error(l->store));
    else
        log_warn("the store cannot be written (%s): changes are refused, and nothing else is; see "
                 "that it may be, and that its disk is well and has room. " TRIED,
                 store_error(l->store));
}

static void say(struct lost *l, bool lost)
{
    uint64_t now_ms = system_now().mono_ms;
    if (lost)
        log_warn("the database is lost (%s): who joins is told the friends that were known last, "
                 "or refused; changes are refused",
                 store_error(l->store));
    else
        log_info("the database is back, after %.1f s", (double)(now_ms - l->since_ms) / 1000);
    l->since_ms = lost ? now_ms : 0;
    if (l->told_ms) atomic_store_explicit(l->told_ms, l->since_ms, memory_order_relaxed);
}

/* Nobody may ask for long, and its return is to be seen all the same. */
int lost_look(struct lost *l)
{
    uint64_t number;
    bool lost = store_reach(l->store) == STORE_LOST;
    if (lost) lost = store_latest_change(l->store, &number) != KITH_OK;
    if (lost != (l->since_ms != 0)) say(l, lost);
    return lost ? STORE_LOST_TICK_MS : -1;
}
