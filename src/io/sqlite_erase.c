/* io/sqlite_erase.c -- a user is forgotten: all that the store holds about it, and its name
 * wherever it stands. */
#include "io/sqlite.h"

/* ?1 is its number, ?2 its name. An edge's other side is found by the side that goes last. */
static const char *const everything[] = {
    "DELETE FROM watchers WHERE watcher = ?1 AND watched IN"
    " (SELECT watched FROM watches WHERE watcher = ?1)",
    "DELETE FROM watches WHERE watcher = ?1",
    "DELETE FROM watches WHERE name = ?2 AND watcher IN"
    " (SELECT watcher FROM watchers WHERE watched = ?1)",
    "DELETE FROM watchers WHERE watched = ?1",
    "DELETE FROM blocks WHERE blocker = ?1",
    "DELETE FROM blocks WHERE blocked = ?1",
    "DELETE FROM visibility WHERE person = ?1",
    "DELETE FROM chosen WHERE person = ?1",
    "DELETE FROM chosen WHERE name = ?2",
    "DELETE FROM sessions WHERE user = ?2",
    "DELETE FROM last_seen WHERE person = ?1",
    "DELETE FROM reads WHERE person = ?1",
    "DELETE FROM events WHERE user = ?2",
    "DELETE FROM present WHERE user = ?2",
    "DELETE FROM people WHERE id = ?1",
};
static const char bar[] = "DELETE FROM bars WHERE name = ?2";

static kith_err run(struct store *s, const char *sql, int64_t person, kith_slice name)
{
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(sqlite_db(s), sql, -1, &st, NULL);
    if (rc != SQLITE_OK) return sqlite_err(rc);
    (void)sqlite3_bind_int64(st, 1, person); /* what a statement does not name is not bound */
    if (sqlite3_bind_parameter_count(st) > 1) sqlite_bind(st, 2, name);
    kith_err e = sqlite_run(st);
    (void)sqlite3_finalize(st);
    return e;
}

kith_err sqlite_erase_user(struct store *s, kith_slice user, bool bar_stays)
{
    int64_t person = 0;
    kith_err e = sqlite_find_person(s, user, &person);
    if (e == KITH_NONE) e = KITH_OK; /* it may still stand in lists */
    for (size_t i = 0; !e && i < sizeof everything / sizeof everything[0]; i++)
        e = run(s, everything[i], person, user);
    if (!e && !bar_stays) e = run(s, bar, person, user);
    sqlite_of(s)->watcher_id = 0;
    sqlite_of(s)->erased |= !e;
    return e;
}

/* The log holds pages as they were before. A reader may keep it from being emptied: then it is
 * tried again, and not waited for, since whoever joins waits behind this. */
void sqlite_scrub(struct store *s)
{
    if (!sqlite_of(s)->erased || sqlite_in_memory(s) || !sqlite3_get_autocommit(sqlite_db(s)))
        return;
    (void)sqlite3_busy_timeout(sqlite_db(s), 0);
    sqlite_of(s)->erased = sqlite3_wal_checkpoint_v2(sqlite_db(s), NULL, SQLITE_CHECKPOINT_TRUNCATE,
                                                     NULL, NULL) != SQLITE_OK;
    (void)sqlite3_busy_timeout(sqlite_db(s), STORE_BUSY_MS);
}
