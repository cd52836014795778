/* io/keeper_lists.c -- whom users watch, which joins wait for: from the store, from a source that
 * says so, or from the application's own tables. */
#include "io/keeper_state.h"

#include "base/limits.h"
#include "io/system.h"

/* Of a user who has never been read nobody knows whom it watches. */
static kith_err check_read(struct keeper *k, const struct mail *m)
{
    uint64_t version = 1;
    kith_err e = m->known ? store_read_version(k->o.store, mail_a(m), &version) : KITH_OK;
    return !e && version == 0 ? KITH_NONE : KITH_OK;
}

static kith_err find_watched(struct keeper *k, const struct mail *m, uint32_t *count, bool *known)
{
    if (k->o.source) return source_watched(k->o.source, mail_a(m), &k->ids);
    kith_err e = k->reading ? check_read(k, m) : KITH_OK;
    return e ? e : lost_watched(&k->away, mail_a(m), k->o.reciprocal, &k->ids, count, known);
}

static void answer_watched(struct keeper *k, const struct mail *m)
{
    uint32_t count = 0;
    bool known = false;
    if (m->until_ms < system_now().mono_ms) return; /* its join has been refused by now */
    buf_clear(&k->ids);
    kith_err e = find_watched(k, m, &count, &known);
    struct mail *answer = mail_new(MAIL_WATCHED, e ? (kith_slice){0} : buf_slice(&k->ids),
                                   (kith_slice){0}, (kith_slice){0});
    if (!answer) return; /* the join times out and is refused */
    answer->failed = e != KITH_OK;
    answer->cut = count > WATCHES_MAX;
    answer->known = !e && (known || (k->reading && m->known));
    answer->handle = m->handle;
    answer->serial = m->serial;
    keeper_give(k, m->from, answer);
}

/* Without an answer the join times out, and is refused. */
void keeper_take_list(struct keeper *k, struct mail *m)
{
    if (k->reading) {
        reading_want(k->reading, m);
        return;
    }
    if (waiting_put(k->lists, mail_a(m), m) == KITH_OK) return;
    m->type = MAIL_WATCHED;
    m->a_len = 0;
    m->failed = true;
    keeper_give(k, m->from, m);
}

static struct mail *next_list(struct keeper *k, bool of_tables)
{
    return of_tables ? reading_next(k->reading) : waiting_take(k->lists);
}

/* The store is read once for all of them. */
static bool answer_some(struct keeper *k, bool of_tables)
{
    uint64_t end_ms = keeper_end_of_turn();
    bool any = false;
    store_begin_reading(k->o.store);
    for (struct mail *m; !(any && keeper_is_over(end_ms)) && (m = next_list(k, of_tables));
         any = true) {
        answer_watched(k, m);
        mail_free(m);
        if (k->answer_bytes >= ANSWER_BYTES) keeper_post(k);
    }
    store_end_reading(k->o.store);
    return any;
}

bool keeper_answer_lists(struct keeper *k)
{
    return waiting_any(k->lists) && answer_some(k, false);
}

static bool make_changes(struct keeper *k)
{
    uint64_t end_ms = keeper_end_of_turn();
    bool any = reading_has_read(k->reading);
    if (any) seens_commit(&k->seens);
    for (bool more = any; more; more = reading_has_read(k->reading) && !keeper_is_over(end_ms))
        reading_make(k->reading);
    keeper_commit(k);
    return any;
}

bool keeper_read_edges(struct keeper *k)
{
    if (!k->reading || k->saving.begun) return false;
    reading_go_on(k->reading);
    bool any = make_changes(k);
    return answer_some(k, true) || any;
}
