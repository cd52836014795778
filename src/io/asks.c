/* io/asks.c -- whom sessions ask to see. */
#include "io/asks.h"

#include "base/ids.h"
#include "shard/by_home.h"
#include "shard/world.h"

enum { ASKERS_AT_ONCE = 1000 }; /* some 10 ms, in which no join is answered */

/* Ids by their homes: whose sight changes, and whose does not. */
struct parted {
    struct by_home concerned, others;
};

static unsigned home_of(const struct asks_options *o, kith_slice user)
{
    struct presence_topic name;
    return topic_home(presence_topic(&name, user), o->shards);
}

static kith_err may_see(const struct asks_options *o, kith_slice watcher, kith_slice user,
                        bool *out)
{
    enum audience_sight sight;
    kith_err e = rules_sight(o->store, watcher, user, o->reciprocal, &sight);
    *out = !e && sight != AUDIENCE_NEVER;
    return e;
}

static kith_err part(const struct asks_options *o, const struct mail *m, struct parted *p)
{
    kith_slice rest = mail_b(m), shown = m->at ? (kith_slice){0} : slice_head(rest, m->device);
    kith_err e = KITH_OK;
    for (kith_slice id; !e && ids_next(&rest, &id);) {
        bool concerned = rest.ptr <= shown.ptr + shown.len;
        unsigned home = home_of(o, id);
        if (m->at) e = may_see(o, mail_a(m), id, &concerned);
        ids_put(concerned ? &p->concerned.of[home] : &p->others.of[home], id);
    }
    return e;
}

/* NULL: out of memory. */
static struct mail *grant(const struct mail *m, const struct buf *concerned,
                          const struct buf *others)
{
    struct mail *g =
        concerned->failed || others->failed
            ? NULL
            : mail_new(MAIL_GRANT, buf_slice(concerned), buf_slice(others), (kith_slice){0});
    if (!g) return NULL;
    g->handle = m->handle;
    g->device = m->from;
    g->at = m->at;
    return g;
}

static kith_err make_grants(const struct asks_options *o, const struct mail *m,
                            const struct parted *p, struct mail *grants[])
{
    for (unsigned home = 0; home < o->shards; home++) {
        const struct buf *concerned = &p->concerned.of[home], *others = &p->others.of[home];
        if (concerned->len + others->len == 0 && !concerned->failed && !others->failed) continue;
        if (!(grants[home] = grant(m, concerned, others))) return KITH_NOMEM;
    }
    return KITH_OK;
}

kith_err asks_judge(const struct asks_options *o, const struct mail *m, struct mail *grants[])
{
    struct parted p = {0};
    memset(grants, 0, o->shards * sizeof grants[0]);
    kith_err e = part(o, m, &p);
    if (!e) e = make_grants(o, m, &p, grants);
    for (unsigned home = 0; home < o->shards && e; home++) {
        mail_free(grants[home]);
        grants[home] = NULL;
    }
    by_home_fini(&p.concerned, o->shards);
    by_home_fini(&p.others, o->shards);
    return e;
}

kith_err asks_judge_some(const struct asks_options *o, struct mail *m, struct mail **out)
{
    kith_slice rest = slice_from(mail_b(m), m->at), id;
    struct buf granted = {0};
    kith_err e = KITH_OK;
    enum audience_sight sight;
    *out = NULL;
    for (uint32_t i = 0; !e && i < ASKERS_AT_ONCE && ids_next(&rest, &id); i++) {
        e = rules_sight(o->store, id, mail_a(m), o->reciprocal, &sight);
        /* Who sees it by an edge has been told so. */
        if (!e && sight == AUDIENCE_IF_ASKED) ids_put(&granted, id);
    }
    m->at = m->b_len - rest.len;
    if (!e && granted.failed) e = KITH_NOMEM;
    if (!e && granted.len) {
        *out = sight_mail(mail_a(m), &(struct sight_lists){.asked = buf_slice(&granted)});
        if (!*out) e = KITH_NOMEM;
    }
    buf_fini(&granted);
    return e;
}
