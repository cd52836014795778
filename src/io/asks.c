/* io/asks.c -- whom sessions ask to see. */
#include "io/asks.h"

#include "base/ids.h"
#include "shard/by_home.h"
#include "shard/shade.h"
#include "shard/world.h"

enum { ASKERS_AT_ONCE = 1000 }; /* some 10 ms, in which no join is answered */

static kith_err may_see(const struct asks_options *o, kith_slice watcher, kith_slice user,
                        bool *out)
{
    enum audience_sight sight;
    kith_err e = rules_sight(o->store, watcher, user, o->reciprocal, &sight);
    *out = !e && sight != AUDIENCE_NEVER;
    return e;
}

/* By home; who may not be seen under its shade, so that as much is done for it. */
static kith_err part(const struct asks_options *o, const struct mail *m, struct by_home *parts)
{
    kith_slice rest = mail_b(m);
    kith_err e = KITH_OK;
    for (kith_slice id; !e && ids_next(&rest, &id);) {
        struct shade shade;
        bool visible = true;
        if (m->asks) e = may_see(o, mail_a(m), id, &visible);
        kith_slice name = visible ? id : shade_of(&shade, id);
        ids_put(&parts->of[user_home(name, o->shards)], name);
    }
    return e;
}

static kith_err make_grants(const struct asks_options *o, const struct mail *m,
                            const struct by_home *parts, struct mail *grants[])
{
    for (unsigned home = 0; home < o->shards; home++) {
        const struct buf *ids = &parts->of[home];
        if (ids->failed) return KITH_NOMEM;
        if (ids->len == 0) continue;
        struct mail *g = mail_new(MAIL_GRANT, buf_slice(ids), (kith_slice){0}, (kith_slice){0});
        if (!g) return KITH_NOMEM;
        g->handle = m->handle;
        g->shard = m->from;
        g->asks = m->asks;
        grants[home] = g;
    }
    return KITH_OK;
}

kith_err asks_judge(const struct asks_options *o, const struct mail *m, struct mail *grants[])
{
    struct by_home parts = {0};
    memset(grants, 0, o->shards * sizeof grants[0]);
    kith_err e = part(o, m, &parts);
    if (!e) e = make_grants(o, m, &parts, grants);
    for (unsigned home = 0; home < o->shards && e; home++) {
        mail_free(grants[home]);
        grants[home] = NULL;
    }
    by_home_fini(&parts, o->shards);
    return e;
}

kith_err asks_judge_some(const struct asks_options *o, struct mail *m, struct mail **out)
{
    kith_slice rest = slice_from(mail_b(m), m->judged), id;
    struct buf granted = {0};
    kith_err e = KITH_OK;
    enum audience_sight sight;
    *out = NULL;
    for (uint32_t i = 0; !e && i < ASKERS_AT_ONCE && ids_next(&rest, &id); i++) {
        e = rules_sight(o->store, id, mail_a(m), o->reciprocal, &sight);
        /* Who sees it by an edge has been told so. */
        if (!e && sight == AUDIENCE_IF_ASKED) ids_put(&granted, id);
    }
    m->judged = m->b_len - rest.len;
    if (!e && granted.failed) e = KITH_NOMEM;
    if (!e && granted.len) {
        *out = sight_mail(mail_a(m), &(struct sight_lists){.asked = buf_slice(&granted)});
        if (!*out) e = KITH_NOMEM;
    }
    buf_fini(&granted);
    return e;
}
