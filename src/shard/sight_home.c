/* shard/sight_home.c -- who may see a user has changed, at its home. */
#include "shard/sight_home.h"

#include "shard/asking.h"
#include "shard/diffs.h"
#include "shard/home.h"
#include "shard/rule_numbers.h"
#include "shard/seen.h"
#include "shard/sight_slices.h"

enum { RETRY_MS = 10 };

/* Watchers */

/* What goes to the shards, made before anything is changed. */
struct outgoing {
    struct buf diffs;
    struct mail *to[SHARDS_MAX];
    uint64_t count;
};

static struct mail *to_shard(const struct mail *m, const struct outgoing *o)
{
    struct mail *here = mail_new(MAIL_SIGHT_HERE, mail_a(m), mail_b(m), buf_slice(&o->diffs));
    if (here) {
        here->list_bytes = m->list_bytes;
        here->changes = m->changes;
        here->serial = m->serial;
    }
    return here;
}

/* Every shard hears of it: who gains sight may be on any, and who loses it may have been told by
 * the store whom it watches, and not have asked here yet. A shard where somebody may gain it is
 * told of the user from here on. */
static bool make_outgoing(struct world *w, const struct mail *m, struct outgoing *o)
{
    struct sight_lists lists = sight_of_mail(m);
    bool marks = lists.gained.len + lists.asked.len;
    topic_id topic;
    diffs_put(w, mail_a(m), DIFFS_BOTH, &o->diffs);
    bool good = !o->diffs.failed;
    for (unsigned shard = 0; shard < w->o.count && good; shard++) {
        if (shard == w->o.id) continue;
        good = (o->to[shard] = to_shard(m, o)) &&
               (!marks || pubsub_mark(w->people, mail_a(m), shard, &topic) == KITH_OK);
        o->count++;
    }
    return good;
}

static void post(struct world *w, const struct outgoing *o)
{
    for (unsigned shard = 0; shard < w->o.count; shard++) {
        if (!o->to[shard]) continue;
        w->sights_sent[shard]++;
        world_post(w, shard, o->to[shard]);
    }
}

/* Takes the mail, unless there is no memory: false. */
static bool change_watchers(struct world *w, struct mail *m)
{
    struct outgoing o = {0};
    bool fresh = sight_of_mail(m).invisibility == INVISIBILITY_ENDS;
    if (m->rules_at) rule_numbers_note(w, mail_a(m), m->rules_at);
    bool good = (!fresh || home_renew(w, mail_a(m)) == KITH_OK) && make_outgoing(w, m, &o);
    if (good) {
        if (sight_of_mail(m).invisibility == INVISIBILITY_BEGINS) seen_note(w, mail_a(m), true);
        post(w, &o);
        sight_slices_begin(w, m, &o.diffs, o.count);
    } else {
        for (unsigned shard = 0; shard < w->o.count; shard++)
            mail_free(o.to[shard]);
    }
    buf_fini(&o.diffs);
    return good;
}

/* One session that asks */

/* The session's shard is told of those whom it gains from here on. */
static bool mark_all(struct world *w, const struct mail *m)
{
    kith_slice rest = mail_a(m);
    topic_id topic;
    if (m->shard == w->o.id || !m->asks) return true;
    for (kith_slice id; ids_next(&rest, &id);)
        if (pubsub_mark(w->people, id, (unsigned)m->shard, &topic) != KITH_OK) return false;
    return true;
}

static void put_all(struct world *w, const struct mail *m, struct buf *out)
{
    kith_slice rest = mail_a(m);
    for (kith_slice id; ids_next(&rest, &id);)
        diffs_put_list(w, id, m->asks ? DIFFS_JOIN : DIFFS_LEAVES, out);
}

static struct mail *grant_here(const struct mail *m, const struct buf *diffs)
{
    struct mail *here =
        mail_new(MAIL_GRANT_HERE, buf_slice(diffs), (kith_slice){0}, (kith_slice){0});
    if (here) {
        here->handle = m->handle;
        here->asks = m->asks;
        here->serial = m->serial;
    }
    return here;
}

/* As change_watchers. */
static bool change_asker(struct world *w, struct mail *m)
{
    struct buf diffs = {0};
    unsigned shard = (unsigned)m->shard;
    bool here = shard == w->o.id;
    struct mail *there = NULL;
    put_all(w, m, &diffs);
    bool good = !diffs.failed && (here || (there = grant_here(m, &diffs))) && mark_all(w, m);
    if (!good) {
        mail_free(there);
    } else if (here) {
        sight_slices_finish_ids(w, mail_a(m));
        sight_apply_grant(w, m->handle, m->asks, buf_slice(&diffs));
        sight_applied(w, m, 1);
    } else {
        w->sights_sent[shard]++;
        world_post(w, shard, there);
        sight_applied(w, m, 1 + 1);
    }
    buf_fini(&diffs);
    return good;
}

static bool change(struct world *w, struct mail *m)
{
    if (m->type == MAIL_RULES_HEARD) {
        rule_numbers_hear(w, m->rules_at);
        mail_free(m);
        return true;
    }
    return m->type == MAIL_GRANT ? change_asker(w, m) : change_watchers(w, m);
}

void sight_change(struct world *w, struct mail *m)
{
    /* Behind those that wait: each tells what came before it. */
    if (w->late_sights.first || !change(w, m)) mail_append(&w->late_sights, m);
}

void sight_retry(struct world *w)
{
    for (struct mail *m; (m = mail_take(&w->late_sights));) {
        struct mail_queue first = {0};
        if (change(w, m)) continue;
        mail_append(&first, m);
        mail_prepend(&w->late_sights, &first);
        return;
    }
}

uint64_t sight_next_due(const struct world *w)
{
    return w->late_sights.first ? w->now.mono_ms + RETRY_MS : UINT64_MAX;
}
