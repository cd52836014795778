/* io/sqlite_turns.c -- transactions of the store's file. */
#include "io/sqlite.h"

#include <stdio.h>

/* One process has the file, and one connection of it writes. */
kith_err sqlite_begin_aside(struct store *s) { return sqlite_begin(s); }

kith_err sqlite_begin(struct store *s)
{
    sqlite_of(s)->commit_error[0] = '\0';
    return sqlite_run(sqlite_statement(s, STORE_BEGIN));
}

kith_err sqlite_commit(struct store *s)
{
    kith_err e = sqlite_run(sqlite_statement(s, STORE_COMMIT));
    if (!e) return KITH_OK;
    (void)snprintf(sqlite_of(s)->commit_error, sizeof sqlite_of(s)->commit_error, "%s",
                   sqlite3_errmsg(sqlite_db(s)));
    sqlite_rollback(s);
    return e;
}

/* Which is so until something else is asked. */
bool sqlite_is_held(const struct store *s)
{
    return (sqlite3_errcode(((const struct sqlite *)s)->db) & 0xff) == SQLITE_BUSY;
}

void sqlite_rollback(struct store *s)
{
    sqlite_of(s)->watcher_id = 0; /* may have been added in here */
    /* Some failures (a full disk) have rolled back already. */
    if (sqlite3_get_autocommit(sqlite_db(s))) return;
    (void)sqlite3_step(sqlite_statement(s, STORE_ROLLBACK));
    (void)sqlite3_reset(sqlite_statement(s, STORE_ROLLBACK));
}

/* What is read by itself locks the file, and lets go of it: some ten system calls for each list.
 * Within a transaction that writes nothing is to be begun. */
void sqlite_begin_reading(struct store *s)
{
    if (!sqlite3_get_autocommit(sqlite_db(s))) return;
    sqlite_of(s)->reading = sqlite_run(sqlite_statement(s, STORE_BEGIN_READING)) == KITH_OK;
}

void sqlite_end_reading(struct store *s)
{
    if (sqlite_of(s)->reading && sqlite_run(sqlite_statement(s, STORE_COMMIT)) != KITH_OK)
        sqlite_rollback(s);
    sqlite_of(s)->reading = false;
}

kith_err sqlite_mark(struct store *s) { return sqlite_run(sqlite_statement(s, STORE_MARK)); }

kith_err sqlite_keep(struct store *s) { return sqlite_run(sqlite_statement(s, STORE_UNMARK)); }

kith_err sqlite_undo(struct store *s)
{
    sqlite_of(s)->watcher_id = 0; /* may have been added in here */
    kith_err e = sqlite_run(sqlite_statement(s, STORE_BACK));
    return e ? e : sqlite_keep(s);
}
