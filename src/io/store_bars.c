/* io/store_bars.c -- users who may not connect until a time, in the store. */
#include "io/store_db.h"

kith_err store_set_bar(struct store *s, kith_slice user, uint64_t until_s)
{
    kith_err e = store_begin(s);
    if (e) return e;
    sqlite3_stmt *st = store_statement(s, STORE_SET_BAR);
    store_bind(st, 1, user);
    (void)sqlite3_bind_int64(st, 2, (sqlite3_int64)until_s);
    e = store_run(st);
    if (!e) return store_commit(s);
    store_rollback(s);
    return e;
}

kith_err store_each_bar(struct store *s, uint64_t now_s,
                        kith_err (*each)(void *ctx, kith_slice user, uint64_t until_s), void *ctx)
{
    sqlite3_stmt *st = store_statement(s, STORE_DROP_BARS);
    (void)sqlite3_bind_int64(st, 1, (sqlite3_int64)now_s);
    kith_err e = store_run(st);
    int rc = SQLITE_ROW;
    st = store_statement(s, STORE_BARS);
    while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW)
        e = each(ctx, store_column(st, 0), (uint64_t)sqlite3_column_int64(st, 1));
    (void)sqlite3_reset(st);
    return e ? e : store_err(rc);
}
