/* io/rules.c -- what a change of the rules changes of who sees whom. */
#include "io/rules.h"

#include "base/ids.h"
#include "base/limits.h"
#include "shard/shade.h"

void sights_fini(struct sights *s)
{
    buf_fini(&s->gained);
    buf_fini(&s->asked);
    buf_fini(&s->lost);
}

static bool sees(const struct stance *watcher, const struct stance *user,
                 enum reciprocity reciprocal)
{
    return audience_judge(watcher, user, reciprocal) == AUDIENCE_SEES;
}

static bool failed(const struct sights *s)
{
    return s->gained.failed || s->asked.failed || s->lost.failed;
}

static void put_sight(struct buf *b, kith_slice watcher, kith_slice user)
{
    ids_put(b, watcher);
    ids_put(b, user);
}

/* Two users, before and after: a's stance, then b's. */
struct pair {
    kith_slice a, b;
    struct stance before[2], after[2];
};

static struct buf *list_of(struct sights *s, enum audience_sight sight)
{
    switch (sight) {
    case AUDIENCE_ALWAYS: return &s->gained;
    case AUDIENCE_IF_ASKED: return &s->asked;
    case AUDIENCE_NEVER: break;
    }
    return &s->lost;
}

static void compare_one_way(const struct pair *p, unsigned watcher, enum reciprocity reciprocal,
                            struct sights *out)
{
    unsigned user = 1 - watcher;
    enum audience_sight had = audience_sight(&p->before[watcher], &p->before[user], reciprocal);
    enum audience_sight has = audience_sight(&p->after[watcher], &p->after[user], reciprocal);
    if (had != has) put_sight(list_of(out, has), watcher ? p->b : p->a, watcher ? p->a : p->b);
}

static void compare(const struct pair *p, enum reciprocity reciprocal, struct sights *out)
{
    compare_one_way(p, 0, reciprocal, out);
    if (!slice_eq(p->a, p->b)) compare_one_way(p, 1, reciprocal, out);
}

static kith_err set_watch(struct store *s, kith_slice watcher, kith_slice watched, bool on,
                          bool *changed)
{
    return on ? store_add_watch(s, watcher, watched, changed)
              : store_drop_watch(s, watcher, watched, changed);
}

/* An edge or a block concerns its two. What they had said before is what they say now, but for what
 * has changed. */
static kith_err apply_to_pair(struct store *s, const struct rule *r, enum reciprocity reciprocal,
                              struct sights *out)
{
    struct pair p = {.a = r->user, .b = r->other};
    bool there = false, back = false, self = slice_eq(p.a, p.b);
    kith_err e = r->kind == RULE_BLOCK ? store_set_block(s, p.a, p.b, r->on, &there)
                                       : set_watch(s, p.a, p.b, r->on, &there);
    if (!e && r->kind == RULE_FRIENDS) e = set_watch(s, p.b, p.a, r->on, &back);
    if (e || (!there && !back)) return e;
    out->changes += (uint64_t)there + back;
    e = store_stances(s, p.a, p.b, &p.after[0], &p.after[1]);
    if (e) return e;
    p.before[0] = p.after[0];
    p.before[1] = p.after[1];
    if (there && r->kind == RULE_BLOCK) p.before[0].blocks = !r->on;
    if (there && r->kind != RULE_BLOCK) p.before[0].watches = !r->on;
    if (back) p.before[1].watches = !r->on;
    if (self) p.before[1] = p.before[0];
    compare(&p, reciprocal, out);
    return KITH_OK;
}

static kith_err apply_edges(struct store *s, const struct rule *r, enum reciprocity reciprocal,
                            struct sights *out)
{
    struct rule one = {.kind = r->on ? RULE_FRIENDS : RULE_WATCH, .on = true};
    kith_slice rest = r->ids;
    kith_err e = KITH_OK;
    while (!e && ids_next(&rest, &one.user) && ids_next(&rest, &one.other))
        e = apply_to_pair(s, &one, reciprocal, out);
    return e;
}

/* A user's visibility concerns whoever watches it; where sight is mutual, whom it watches, too. */

struct about {
    const struct rule *rule;
    enum reciprocity reciprocal;
    enum store_side side;
    kith_slice ids; /* of the list, from the first that is not before the latest other */
    struct sights *out;
};

/* Both come sorted, so one walk over the list serves all. */
static bool lists(struct about *c, kith_slice other)
{
    kith_slice rest = c->ids, id;
    while (ids_next(&rest, &id)) {
        int order = slice_cmp(id, other);
        if (order >= 0) return order == 0;
        c->ids = rest;
    }
    return false;
}

/* Only one's own stance changes, so that what it will be is known beforehand. */
static kith_err compare_about(void *ctx, kith_slice other, const struct stance *of_user,
                              const struct stance *of_other)
{
    struct about *c = ctx;
    struct pair p = {.a = c->rule->user,
                     .b = other,
                     .before = {*of_user, *of_other},
                     .after = {*of_user, *of_other}};
    p.after[0].visibility = c->rule->visibility;
    p.after[0].lists = lists(c, other);
    if (slice_eq(other, c->rule->user)) p.after[1] = p.after[0];
    bool both = of_user->watches && of_other->watches;
    /* One who watches and is watched is met on either side, and compared on the first. */
    if (c->side == ABOUT_WATCHED && both) return KITH_OK;
    compare(&p, c->reciprocal, c->out);
    return failed(c->out) ? KITH_NOMEM : KITH_OK;
}

static enum publicity publicity_of(enum visibility before, enum visibility now)
{
    bool was = before == VISIBILITY_PUBLIC, is = now == VISIBILITY_PUBLIC;
    return was == is ? PUBLICITY_AS_IT_WAS : is ? PUBLICITY_BEGINS : PUBLICITY_ENDS;
}

static enum invisibility invisibility_of(bool was, bool is)
{
    return was == is ? INVISIBILITY_AS_IT_WAS : is ? INVISIBILITY_BEGINS : INVISIBILITY_ENDS;
}

/* `hides`: it is visible to nobody, as it stands. */
static kith_err says_so_already(struct store *s, const struct rule *r, bool *out, bool *hides)
{
    struct buf ids = {0};
    enum visibility mode;
    kith_err e = store_visibility(s, r->user, &mode, &ids);
    *out = r->user.len && mode == r->visibility && slice_eq(buf_slice(&ids), r->ids);
    *hides = visibility_hides(mode, ids.len > 0);
    buf_fini(&ids);
    return e;
}

/* To say what is said already costs no walk over all watchers. */
static kith_err apply_visibility(struct store *s, const struct rule *r, enum reciprocity reciprocal,
                                 struct sights *out)
{
    bool changed = false, same_as_before, hidden;
    kith_err e = says_so_already(s, r, &same_as_before, &hidden);
    if (e || same_as_before) return e;
    struct stance mine, same;
    struct about c = {.rule = r, .reciprocal = reciprocal, .out = out, .ids = r->ids};
    struct inquiry q = {.user = r->user, .max = UINT32_MAX, .back = true};
    q.side = c.side = ABOUT_WATCHERS;
    e = store_each_about(s, &q, compare_about, &c);
    q.side = c.side = ABOUT_WATCHED;
    c.ids = r->ids;
    if (!e && reciprocal) e = store_each_about(s, &q, compare_about, &c);
    if (!e) e = store_stances(s, r->user, r->user, &mine, &same);
    if (!e) out->publicity = publicity_of(mine.visibility, r->visibility);
    out->invisibility = invisibility_of(hidden, visibility_hides(r->visibility, r->ids.len > 0));
    return e ? e : store_set_visibility(s, r->user, r->visibility, r->ids, &changed);
}

/* What it has said, and what has been said of it, is gone. */
static kith_err lose_about(void *ctx, kith_slice other, const struct stance *of_user,
                           const struct stance *of_other)
{
    struct about *c = ctx;
    struct pair p = {.a = c->rule->user, .b = other, .before = {*of_user, *of_other}};
    bool both = of_user->watches && of_other->watches;
    if (c->side == ABOUT_WATCHED && both) return KITH_OK;
    if (!slice_eq(p.a, p.b)) p.after[1].visibility = of_other->visibility;
    compare(&p, c->reciprocal, c->out);
    return failed(c->out) ? KITH_NOMEM : KITH_OK;
}

static kith_err apply_erase(struct store *s, const struct rule *r, enum reciprocity reciprocal,
                            struct sights *out)
{
    struct stance mine, same;
    struct about c = {.rule = r, .reciprocal = reciprocal, .out = out};
    struct inquiry q = {.user = r->user, .max = UINT32_MAX, .back = true};
    q.side = c.side = ABOUT_WATCHERS;
    kith_err e = store_each_about(s, &q, lose_about, &c);
    q.side = c.side = ABOUT_WATCHED;
    if (!e) e = store_each_about(s, &q, lose_about, &c);
    if (!e) e = store_stances(s, r->user, r->user, &mine, &same);
    if (!e) out->publicity = publicity_of(mine.visibility, VISIBILITY_FRIENDS);
    return e ? e : store_erase_user(s, r->user, r->on);
}

/* What a user watches, as it was read elsewhere, in the place of what it watched. */

struct came_and_went {
    const struct rule *rule;
    enum reciprocity reciprocal;
    struct buf came, went; /* ids, sorted */
    kith_slice rest;       /* of the one that is looked for, from the first not yet met */
    bool now;              /* `came` is, else `went` */
    bool first; /* it has never been read: no session of it has a list, and there is nobody to tell
                 */
    struct sights *out;
};

/* Both are sorted. */
static void part_lists(struct came_and_went *c, kith_slice had, kith_slice has)
{
    kith_slice old = {0}, new = {0};
    bool more_old = ids_next(&had, &old), more_new = ids_next(&has, &new);
    while (more_old || more_new) {
        int order = !more_new ? -1 : !more_old ? 1 : slice_cmp(old, new);
        if (order < 0) ids_put(&c->went, old);
        if (order > 0) ids_put(&c->came, new);
        if (order <= 0) more_old = ids_next(&had, &old);
        if (order >= 0) more_new = ids_next(&has, &new);
    }
}

static kith_err put_pairs(struct buf *pairs, kith_slice user, kith_slice others)
{
    for (kith_slice other; ids_next(&others, &other);)
        put_sight(pairs, user, other);
    return pairs->failed ? KITH_NOMEM : KITH_OK;
}

/* Of those who are looked for: without the edge before, and with it after; or the other way round.
 */
static kith_err compare_read(void *ctx, kith_slice other, const struct stance *of_user,
                             const struct stance *of_other)
{
    struct came_and_went *c = ctx;
    kith_slice rest = c->rest, id;
    struct pair p = {.a = c->rule->user,
                     .b = other,
                     .before = {*of_user, *of_other},
                     .after = {*of_user, *of_other}};
    if (!ids_next(&rest, &id) || !slice_eq(id, other)) return KITH_OK;
    c->rest = rest;
    p.before[0].watches = !c->now;
    p.after[0].watches = c->now;
    if (slice_eq(other, c->rule->user)) p.before[1] = p.before[0], p.after[1] = p.after[0];
    compare(&p, c->reciprocal, c->out);
    return failed(c->out) ? KITH_NOMEM : KITH_OK;
}

/* The edges are there while it is asked. */
static kith_err compare_all(struct store *s, struct came_and_went *c, kith_slice others)
{
    struct inquiry q = {
        .user = c->rule->user, .max = UINT32_MAX, .back = c->reciprocal == RECIPROCITY_ON};
    c->rest = others;
    return others.len ? store_each_about(s, &q, compare_read, c) : KITH_OK;
}

static kith_err change_edges(struct store *s, struct came_and_went *c)
{
    struct buf added = {0}, dropped = {0};
    uint64_t came = 0, went = 0;
    kith_err e = put_pairs(&added, c->rule->user, buf_slice(&c->came));
    if (!e) e = put_pairs(&dropped, c->rule->user, buf_slice(&c->went));
    if (!e && !c->first) e = compare_all(s, c, buf_slice(&c->went));
    if (!e) e = store_drop_watches(s, buf_slice(&dropped), &went);
    if (!e) e = store_add_watches(s, buf_slice(&added), &came);
    c->now = true;
    if (!e && !c->first) e = compare_all(s, c, buf_slice(&c->came));
    c->out->changes += came + went;
    buf_fini(&added);
    buf_fini(&dropped);
    return e;
}

/* Two nodes may read at once, and who has read first may come last: what is written goes by what
 * was there when reading began, or is read again. */
static kith_err apply_read(struct store *s, const struct rule *r, enum reciprocity reciprocal,
                           struct sights *out)
{
    struct came_and_went c = {.rule = r, .reciprocal = reciprocal, .out = out};
    struct buf had = {0};
    uint64_t version = 0;
    kith_err e = store_read_version(s, r->user, &version);
    if (!e && (uint32_t)version != r->read) e = KITH_LATER;
    c.first = version == 0 && reciprocal != RECIPROCITY_ON;
    if (!e) e = store_watched(s, r->user, &had);
    if (!e) part_lists(&c, buf_slice(&had), r->ids);
    if (!e && (c.came.failed || c.went.failed)) e = KITH_NOMEM;
    if (!e) e = change_edges(s, &c);
    if (!e) e = store_set_read(s, r->user, version + 1);
    buf_fini(&c.came);
    buf_fini(&c.went);
    buf_fini(&had);
    return e;
}

kith_err rules_apply(struct store *s, const struct rule *r, enum reciprocity reciprocal,
                     struct sights *out)
{
    kith_err e = KITH_OK;
    switch (r->kind) {
    case RULE_WATCH:
    case RULE_FRIENDS:
    case RULE_BLOCK: e = apply_to_pair(s, r, reciprocal, out); break;
    case RULE_EDGES: e = apply_edges(s, r, reciprocal, out); break;
    case RULE_VISIBILITY: e = apply_visibility(s, r, reciprocal, out); break;
    case RULE_LAST_SEEN: e = store_set_last_seen(s, r->user, r->last_seen); break;
    case RULE_ERASE: e = apply_erase(s, r, reciprocal, out); break;
    case RULE_READ: e = apply_read(s, r, reciprocal, out); break;
    }
    return !e && failed(out) ? KITH_NOMEM : e;
}

struct watched {
    enum reciprocity reciprocal;
    uint32_t count;
    struct buf *out;
};

static kith_err put_watched(void *ctx, kith_slice other, const struct stance *of_user,
                            const struct stance *of_other)
{
    struct watched *v = ctx;
    bool visible = sees(of_user, of_other, v->reciprocal);
    if (++v->count <= WATCHES_MAX) (visible ? ids_put : shade_put)(v->out, other);
    return KITH_OK;
}

kith_err rules_watched(struct store *s, kith_slice user, enum reciprocity reciprocal,
                       struct buf *out, uint32_t *count)
{
    struct watched v = {.reciprocal = reciprocal, .out = out};
    struct inquiry q = {.user = user, .max = WATCHES_MAX + 1, .back = reciprocal == RECIPROCITY_ON};
    size_t before = out->len;
    kith_err e = store_each_about(s, &q, put_watched, &v);
    if (!e && out->failed) e = KITH_NOMEM;
    if (e) out->len = before;
    *count = e ? 0 : v.count;
    return e;
}

kith_err rules_sight(struct store *s, kith_slice watcher, kith_slice user,
                     enum reciprocity reciprocal, enum audience_sight *out)
{
    struct stance of_watcher, of_user;
    kith_err e = store_stances(s, watcher, user, &of_watcher, &of_user);
    if (!e) *out = audience_sight(&of_watcher, &of_user, reciprocal);
    return e;
}
