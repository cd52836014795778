/* io/postgres_rules.c -- what users have said about each other, on the server. */
#include "io/postgres.h"

#include "base/ids.h"

/* A row for each that is listed, or one with none. */
static kith_err put_chosen(const PGresult *r, enum visibility *out, struct buf *ids)
{
    *out = visibility_of(get_number(r, 0, 0)); /* NULL is 0: FRIENDS */
    for (int i = 0; i < PQntuples(r); i++)
        if (is_id(get_bytes(r, i, 1))) ids_put(ids, get_bytes(r, i, 1)); /* NULL is none */
    return ids->failed ? KITH_NOMEM : KITH_OK;
}

kith_err postgres_visibility(struct store *s, kith_slice user, enum visibility *out,
                             struct buf *ids)
{
    struct values v = {0};
    PGresult *r;
    size_t before = ids->len;
    *out = VISIBILITY_FRIENDS;
    put_bytes(&v, user);
    kith_err e = postgres_ask(s, POSTGRES_VISIBILITY, &v, &r);
    if (!e) e = put_chosen(r, out, ids);
    if (e) ids->len = before;
    PQclear(r);
    return e;
}

static kith_err set_mode(struct store *s, kith_slice user, enum visibility visibility)
{
    struct values v = {0};
    put_bytes(&v, user);
    put_number(&v, (int64_t)visibility);
    return postgres_do(s, POSTGRES_SET_MODE, &v, NULL);
}

static kith_err put_list(struct buf *list, kith_slice ids)
{
    uint32_t count = 0;
    postgres_array_begin(list);
    for (kith_slice id; ids_next(&ids, &id); count++) {
        if (!is_id(id)) return KITH_BAD;
        postgres_array_put(list, id);
    }
    postgres_array_end(list, count);
    return list->failed ? KITH_NOMEM : KITH_OK;
}

static kith_err choose(struct store *s, kith_slice user, kith_slice ids)
{
    struct values v = {0};
    struct buf list = {0};
    kith_err e = put_list(&list, ids);
    put_bytes(&v, user);
    if (!e) e = postgres_do(s, POSTGRES_CHOOSE_NOBODY, &v, NULL);
    put_bytes(&v, buf_slice(&list));
    if (!e && ids.len) e = postgres_do(s, POSTGRES_CHOOSE, &v, NULL);
    buf_fini(&list);
    return e;
}

kith_err postgres_set_visibility(struct store *s, kith_slice user, enum visibility visibility,
                                 kith_slice ids, bool *changed)
{
    enum visibility before, after;
    struct buf old = {0}, now = {0};
    if (!is_id(user) || ids_count(ids) > CHOSEN_MAX) return KITH_BAD;
    kith_err e = postgres_visibility(s, user, &before, &old);
    if (!e) e = choose(s, user, ids);
    if (!e) e = set_mode(s, user, visibility);
    if (!e) e = postgres_visibility(s, user, &after, &now);
    if (!e) *changed = before != visibility || !slice_eq(buf_slice(&old), buf_slice(&now));
    buf_fini(&old);
    buf_fini(&now);
    return e;
}

/* Both sides */

static struct stance stance_at(const PGresult *r, int row, int column)
{
    return (struct stance){.watches = get_number(r, row, column) != 0,
                           .blocks = get_number(r, row, column + 1) != 0,
                           .lists = get_number(r, row, column + 2) != 0,
                           .visibility = visibility_of(get_number(r, row, column + 3))};
}

kith_err postgres_stances(struct store *s, kith_slice user, kith_slice other,
                          struct stance *of_user, struct stance *of_other)
{
    struct values v = {0};
    PGresult *r;
    *of_user = *of_other = (struct stance){.visibility = VISIBILITY_FRIENDS};
    put_bytes(&v, user);
    put_bytes(&v, other);
    kith_err e = postgres_ask(s, POSTGRES_PAIR, &v, &r);
    if (!e) {
        *of_other = stance_at(r, 0, 1);
        *of_user = stance_at(r, 0, 5);
    }
    PQclear(r);
    return e;
}

struct about {
    const struct inquiry *q;
    struct buf after; /* the last that was told */
    store_about each;
    void *ctx;
};

static kith_err tell(const PGresult *r, int row, const struct about *a)
{
    struct stance of_other = stance_at(r, row, 1), of_user = stance_at(r, row, 5);
    if (!is_id(get_bytes(r, row, 0))) return KITH_OK;
    return a->each(a->ctx, get_bytes(r, row, 0), &of_user, &of_other);
}

/* At most `max` of them; *told is how many. */
static kith_err tell_page(struct store *s, struct about *a, uint32_t max, uint32_t *told)
{
    const struct inquiry *q = a->q;
    enum postgres_which which = q->side == ABOUT_WATCHED ? POSTGRES_WATCHED_ABOUT
                                                         : POSTGRES_WATCHERS_ABOUT;
    struct values v = {0};
    PGresult *r;
    put_bytes(&v, q->user);
    put_number(&v, max);
    put_number(&v, q->back);
    put_bytes(&v, buf_slice(&a->after));
    kith_err e = postgres_ask(s, which, &v, &r);
    if (e) return e;
    int rows = PQntuples(r);
    for (int i = 0; !e && i < rows; i++)
        e = tell(r, i, a);
    buf_clear(&a->after);
    if (rows) buf_put(&a->after, get_bytes(r, rows - 1, 0));
    *told = (uint32_t)rows;
    PQclear(r);
    return !e && a->after.failed ? KITH_NOMEM : e;
}

kith_err postgres_each_about(struct store *s, const struct inquiry *q, store_about each, void *ctx)
{
    struct about a = {.q = q, .each = each, .ctx = ctx};
    uint32_t left = q->max, told = POSTGRES_PAGE;
    buf_put(&a.after, q->after);
    kith_err e = a.after.failed ? KITH_NOMEM : KITH_OK;
    while (!e && left && told == POSTGRES_PAGE) {
        e = tell_page(s, &a, left < POSTGRES_PAGE ? left : POSTGRES_PAGE, &told);
        left -= told;
    }
    buf_fini(&a.after);
    return e;
}
