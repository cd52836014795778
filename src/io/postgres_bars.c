/* io/postgres_bars.c -- users who may not connect until a time, on the server. */
#include "io/postgres.h"

static kith_err drop_those_that_are_over(struct store *s, uint64_t now_s)
{
    struct values v = {0};
    put_number(&v, (int64_t)now_s);
    return postgres_do(s, POSTGRES_DROP_BARS, &v, NULL);
}

/* Where there are too many others, no row is written. */
kith_err postgres_set_bar(struct store *s, kith_slice user, uint64_t until_s, uint64_t now_s)
{
    struct values v = {0};
    uint64_t rows;
    put_bytes(&v, user);
    put_number(&v, (int64_t)until_s);
    put_number(&v, BARS_MAX);
    kith_err e = postgres_do(s, POSTGRES_SET_BAR, &v, &rows);
    if (!e && rows == 0) e = KITH_EXISTS;
    return e ? e : drop_those_that_are_over(s, now_s);
}

kith_err postgres_each_bar(struct store *s, uint64_t now_s, store_bar each, void *ctx)
{
    PGresult *r = NULL;
    kith_err e = drop_those_that_are_over(s, now_s);
    if (!e) e = postgres_ask(s, POSTGRES_BARS, &(struct values){0}, &r);
    for (int i = 0; !e && i < PQntuples(r); i++)
        if (is_id(get_bytes(r, i, 0)))
            e = each(ctx, get_bytes(r, i, 0), (uint64_t)get_number(r, i, 1));
    PQclear(r);
    return e;
}
