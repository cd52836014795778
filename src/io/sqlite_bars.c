/* io/sqlite_bars.c -- users who may not connect until a time, in the store. */
#include "io/sqlite.h"

static kith_err drop_those_that_are_over(struct store *s, uint64_t now_s)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_DROP_BARS);
    (void)sqlite3_bind_int64(st, 1, (sqlite3_int64)now_s);
    return sqlite_run(st);
}

/* Where there are too many others, no row is written. */
kith_err sqlite_set_bar(struct store *s, kith_slice user, uint64_t until_s, uint64_t now_s)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_SET_BAR);
    sqlite_bind(st, 1, user);
    (void)sqlite3_bind_int64(st, 2, (sqlite3_int64)until_s);
    (void)sqlite3_bind_int64(st, 3, BARS_MAX);
    kith_err e = sqlite_run(st);
    if (!e && sqlite3_changes(sqlite_db(s)) == 0) e = KITH_EXISTS;
    return e ? e : drop_those_that_are_over(s, now_s);
}

kith_err sqlite_each_bar(struct store *s, uint64_t now_s, store_bar each, void *ctx)
{
    kith_err e = drop_those_that_are_over(s, now_s);
    int rc = SQLITE_ROW;
    sqlite3_stmt *st = sqlite_statement(s, STORE_BARS);
    while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW)
        if (is_id(sqlite_column(st, 0)))
            e = each(ctx, sqlite_column(st, 0), (uint64_t)sqlite3_column_int64(st, 1));
    (void)sqlite3_reset(st);
    return e ? e : sqlite_err(rc);
}
