/* io/sqlite_secrets.c -- what the store makes once and keeps: random secrets, and the epoch. */
#include "base/assert.h"
#include "io/sqlite.h"
#include "io/system.h"

/* KITH_NONE: not made yet. KITH_BAD: it has another length. */
static kith_err find_secret(struct store *s, const char *name, uint8_t *out, size_t len)
{
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(sqlite_db(s), "SELECT value FROM secrets WHERE name = ?1", -1, &st,
                                NULL);
    if (rc != SQLITE_OK) return sqlite_err(rc);
    (void)sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
    rc = sqlite3_step(st);
    kith_err e = rc == SQLITE_DONE ? KITH_NONE : sqlite_err(rc);
    if (rc == SQLITE_ROW) {
        kith_slice value = sqlite_column(st, 0);
        if (value.len == len)
            memcpy(out, value.ptr, len);
        else
            e = KITH_BAD;
    }
    (void)sqlite3_finalize(st);
    return e;
}

/* Keeps the older one where another process was faster. */
static kith_err make_secret(struct store *s, const char *name, size_t len)
{
    uint8_t fresh[256];
    system_random(fresh, len);
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(
        sqlite_db(s), "INSERT OR IGNORE INTO secrets (name, value) VALUES (?1, ?2)", -1, &st, NULL);
    if (rc != SQLITE_OK) return sqlite_err(rc);
    (void)sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
    sqlite_bind(st, 2, slice_of(fresh, len));
    rc = sqlite3_step(st);
    (void)sqlite3_finalize(st);
    return sqlite_err(rc);
}

kith_err sqlite_secret(struct store *s, const char *name, uint8_t *out, size_t len)
{
    KITH_ASSERT(len > 0 && len <= 256);
    kith_err e = find_secret(s, name, out, len);
    if (e != KITH_NONE) return e;
    e = make_secret(s, name, len);
    return e ? e : find_secret(s, name, out, len);
}

kith_err sqlite_epoch(struct store *s, uint64_t at_least, uint64_t *out)
{
    KITH_ASSERT(at_least <= INT64_MAX);
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(sqlite_db(s),
                                "INSERT INTO numbers (name, value) VALUES ('epoch', max(1, ?1))"
                                " ON CONFLICT DO UPDATE SET value = max(value + 1, ?1)"
                                " RETURNING value",
                                -1, &st, NULL);
    if (rc != SQLITE_OK) return sqlite_err(rc);
    (void)sqlite3_bind_int64(st, 1, (int64_t)at_least);
    rc = sqlite3_step(st);
    uint64_t epoch = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
    if (rc == SQLITE_ROW) rc = sqlite3_step(st); /* the row comes before it is committed */
    (void)sqlite3_finalize(st);
    if (rc == SQLITE_DONE) *out = epoch;
    return sqlite_err(rc);
}
