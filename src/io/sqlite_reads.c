/* io/sqlite_reads.c -- edges that are read from elsewhere, in the file. */
#include "base/ids.h"
#include "io/sqlite.h"

kith_err sqlite_read_version(struct store *s, kith_slice user, uint64_t *version)
{
    int64_t person = 0;
    *version = 0;
    kith_err e = sqlite_find_person(s, user, &person);
    if (e) return e == KITH_NONE ? KITH_OK : e;
    sqlite3_stmt *st = sqlite_statement(s, STORE_READ_VERSION);
    (void)sqlite3_bind_int64(st, 1, person);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) *version = (uint64_t)sqlite3_column_int64(st, 0);
    (void)sqlite3_reset(st);
    return sqlite_err(rc);
}

kith_err sqlite_set_read(struct store *s, kith_slice user, uint64_t version)
{
    int64_t person = 0;
    kith_err e = sqlite_intern_person(s, user, &person);
    if (e) return e;
    sqlite3_stmt *st = sqlite_statement(s, STORE_SET_READ);
    (void)sqlite3_bind_int64(st, 1, person);
    (void)sqlite3_bind_int64(st, 2, (int64_t)version);
    return sqlite_run(st);
}

kith_err sqlite_watched(struct store *s, kith_slice user, struct buf *ids)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_WATCHED);
    int rc;
    sqlite_bind(st, 1, user);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        if (is_id(sqlite_column(st, 0))) ids_put(ids, sqlite_column(st, 0));
    (void)sqlite3_reset(st);
    kith_err e = sqlite_err(rc);
    return !e && ids->failed ? KITH_NOMEM : e;
}

kith_err sqlite_drop_watches(struct store *s, kith_slice pairs, uint64_t *dropped)
{
    kith_slice watcher, watched;
    kith_err e = KITH_OK;
    *dropped = 0;
    while (!e && ids_next(&pairs, &watcher) && ids_next(&pairs, &watched)) {
        bool one = false;
        e = sqlite_drop_watch(s, watcher, watched, &one);
        *dropped += one;
    }
    return e;
}
