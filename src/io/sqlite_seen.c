/* io/sqlite_seen.c -- when users were last seen, of those who have said that it may be told. */
#include "io/sqlite.h"

static kith_err find_person(struct store *s, kith_slice user, int64_t *person)
{
    kith_err e = sqlite_find_person(s, user, person);
    if (e == KITH_NONE) *person = 0; /* whom nobody is */
    return e == KITH_NONE ? KITH_OK : e;
}

static kith_err read_kept(sqlite3_stmt *st, enum last_seen *how, uint64_t *at_s)
{
    *how = LAST_SEEN_OFF;
    *at_s = 0;
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        *how = last_seen_of(sqlite3_column_int64(st, 0));
        *at_s = (uint64_t)sqlite3_column_int64(st, 1); /* NULL is 0 */
    }
    (void)sqlite3_reset(st);
    return sqlite_err(rc);
}

static kith_err find_kept(struct store *s, int64_t person, enum last_seen *how, uint64_t *at_s)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_SEEN);
    (void)sqlite3_bind_int64(st, 1, person);
    return read_kept(st, how, at_s);
}

kith_err sqlite_last_seen(struct store *s, kith_slice user, enum last_seen *how, uint64_t *at_s)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_SEEN_OF);
    sqlite_bind(st, 1, user);
    return read_kept(st, how, at_s);
}

static kith_err put(struct store *s, int64_t person, enum last_seen how, uint64_t at_s)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_PUT_SEEN);
    (void)sqlite3_bind_int64(st, 1, person);
    (void)sqlite3_bind_int64(st, 2, (int64_t)how);
    if (at_s)
        (void)sqlite3_bind_int64(st, 3, (int64_t)last_seen_kept(how, at_s));
    else
        (void)sqlite3_bind_null(st, 3);
    return sqlite_run(st);
}

kith_err sqlite_set_last_seen(struct store *s, kith_slice user, enum last_seen how)
{
    int64_t person;
    enum last_seen before;
    uint64_t at_s;
    kith_err e = how == LAST_SEEN_OFF ? find_person(s, user, &person)
                                      : sqlite_intern_person(s, user, &person);
    if (!e) e = find_kept(s, person, &before, &at_s);
    if (e || how == before) return e;
    if (how != LAST_SEEN_OFF) return put(s, person, how, at_s);
    sqlite3_stmt *st = sqlite_statement(s, STORE_DROP_SEEN);
    (void)sqlite3_bind_int64(st, 1, person);
    return sqlite_run(st);
}

kith_err sqlite_mark_seen(struct store *s, kith_slice user, uint64_t at_s, bool anyhow)
{
    int64_t person;
    enum last_seen how;
    bool hides = false;
    uint64_t before_s;
    kith_err e = find_person(s, user, &person);
    if (!e) e = find_kept(s, person, &how, &before_s);
    if (!e && how != LAST_SEEN_OFF && !anyhow) e = store_hides(s, user, &hides);
    if (e || how == LAST_SEEN_OFF || hides) return e;
    return at_s > before_s ? put(s, person, how, at_s) : KITH_OK;
}

kith_err sqlite_forget_seen(struct store *s, uint64_t before_s, uint32_t max, uint32_t *forgotten)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_FORGET_SEEN);
    (void)sqlite3_bind_int64(st, 1, (int64_t)before_s);
    (void)sqlite3_bind_int64(st, 2, max);
    kith_err e = sqlite_run(st);
    *forgotten = e ? 0 : (uint32_t)sqlite3_changes(sqlite_db(s));
    return e;
}
