/* io/sqlite_graph.c -- who watches whom, in the store. */
#include "base/ids.h"
#include "io/sqlite.h"

kith_err sqlite_find_person(struct store *s, kith_slice name, int64_t *id)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_FIND_PERSON);
    sqlite_bind(st, 1, name);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) *id = sqlite3_column_int64(st, 0);
    (void)sqlite3_reset(st);
    return rc == SQLITE_DONE ? KITH_NONE : sqlite_err(rc);
}

kith_err sqlite_find_or_nobody(struct store *s, kith_slice name, int64_t *id)
{
    kith_err e = sqlite_find_person(s, name, id);
    if (e == KITH_NONE) *id = 0;
    return e == KITH_NONE ? KITH_OK : e;
}

kith_err sqlite_intern_person(struct store *s, kith_slice name, int64_t *id)
{
    if (name.len == 0 || name.len > USER_ID_BYTES_MAX) return KITH_BAD;
    kith_err e = sqlite_find_person(s, name, id);
    if (e != KITH_NONE) return e;
    sqlite3_stmt *st = sqlite_statement(s, STORE_ADD_PERSON);
    sqlite_bind(st, 1, name);
    e = sqlite_run(st);
    if (!e) *id = sqlite3_last_insert_rowid(sqlite_db(s));
    return e;
}

static kith_err intern_watcher(struct store *s, kith_slice name, int64_t *id)
{
    if (sqlite_of(s)->watcher_id &&
        slice_eq(name, slice_of(sqlite_of(s)->watcher, sqlite_of(s)->watcher_len))) {
        *id = sqlite_of(s)->watcher_id;
        return KITH_OK;
    }
    kith_err e = sqlite_intern_person(s, name, id);
    if (e) return e;
    sqlite_of(s)->watcher_id = *id;
    sqlite_of(s)->watcher_len = (uint8_t)name.len;
    memcpy(sqlite_of(s)->watcher, name.ptr, name.len);
    return KITH_OK;
}

static kith_err run_edge(sqlite3_stmt *st, int64_t watcher, int64_t watched, kith_slice name)
{
    (void)sqlite3_bind_int64(st, 1, watcher); /* what a statement does not name is not bound */
    (void)sqlite3_bind_int64(st, 2, watched);
    if (sqlite3_bind_parameter_count(st) > 2) sqlite_bind(st, 3, name);
    return sqlite_run(st);
}

/* Both sides of an edge, the other one where the first has changed. */
static kith_err change_edge(struct store *s, const enum sqlite_which sides[2], int64_t watcher,
                            int64_t watched, kith_slice name, bool *changed)
{
    kith_err e = run_edge(sqlite_statement(s, sides[0]), watcher, watched, name);
    if (e) return e;
    *changed = sqlite3_changes(sqlite_db(s)) > 0;
    return *changed ? run_edge(sqlite_statement(s, sides[1]), watcher, watched, name) : KITH_OK;
}

kith_err sqlite_add_watch(struct store *s, kith_slice watcher, kith_slice watched, bool *added)
{
    static const enum sqlite_which sides[] = {STORE_ADD_WATCH, STORE_ADD_WATCHER};
    int64_t from = 0, to = 0;
    kith_err e = intern_watcher(s, watcher, &from);
    if (!e) e = sqlite_intern_person(s, watched, &to);
    return e ? e : change_edge(s, sides, from, to, watched, added);
}

kith_err sqlite_drop_watch(struct store *s, kith_slice watcher, kith_slice watched, bool *dropped)
{
    static const enum sqlite_which sides[] = {STORE_DROP_WATCH, STORE_DROP_WATCHER};
    int64_t from = 0, to = 0;
    kith_err e = sqlite_find_or_nobody(s, watcher, &from);
    if (!e) e = sqlite_find_or_nobody(s, watched, &to);
    return e ? e : change_edge(s, sides, from, to, watched, dropped);
}

kith_err sqlite_add_watches(struct store *s, kith_slice pairs, uint64_t *added)
{
    kith_slice watcher, watched;
    kith_err e = KITH_OK;
    *added = 0;
    while (!e && ids_next(&pairs, &watcher) && ids_next(&pairs, &watched)) {
        bool one = false;
        e = sqlite_add_watch(s, watcher, watched, &one);
        *added += one;
    }
    return e;
}

/* The order of the join is written down (CROSS JOIN): people come from their index already sorted,
 * and so do the edges of each: constant memory for any graph. */
static const char every_watch[] = "SELECT a.name, w.name FROM people a"
                                  " CROSS JOIN watches w ON w.watcher = a.id"
                                  " WHERE a.name >= ?1 AND (a.name > ?1 OR w.name > ?2)"
                                  " ORDER BY a.name, w.name";

kith_err sqlite_each_watch(struct store *s, const struct watch *after, store_edge each, void *ctx)
{
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(sqlite_db(s), every_watch, -1, &st, NULL);
    if (rc != SQLITE_OK) return sqlite_err(rc);
    kith_err e = KITH_OK;
    sqlite_bind(st, 1, after ? after->watcher : (kith_slice){0});
    sqlite_bind(st, 2, after ? after->watched : (kith_slice){0});
    while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW)
        if (is_id(sqlite_column(st, 0)) && is_id(sqlite_column(st, 1)))
            e = each(ctx, sqlite_column(st, 0), sqlite_column(st, 1));
    (void)sqlite3_finalize(st);
    return e ? e : sqlite_err(rc);
}

static const char cut[] =
    "SELECT count(*) FROM (SELECT 1 FROM watches GROUP BY watcher HAVING count(*) > ?1)";

kith_err sqlite_count_cut(struct store *s, uint64_t *out)
{
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(sqlite_db(s), cut, -1, &st, NULL);
    if (rc != SQLITE_OK) return sqlite_err(rc);
    (void)sqlite3_bind_int64(st, 1, WATCHES_MAX);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) *out = (uint64_t)sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    return sqlite_err(rc);
}

static const char watched_before[] =
    "SELECT count(*) FROM (SELECT 1 FROM watches"
    " WHERE watcher = (SELECT id FROM people WHERE name = ?1) AND name < ?2 LIMIT ?3)";

kith_err sqlite_watch_is_beyond(struct store *s, kith_slice watcher, kith_slice watched, bool *out)
{
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(sqlite_db(s), watched_before, -1, &st, NULL);
    *out = false;
    if (rc != SQLITE_OK) return sqlite_err(rc);
    sqlite_bind(st, 1, watcher);
    sqlite_bind(st, 2, watched);
    (void)sqlite3_bind_int64(st, 3, WATCHES_MAX);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) *out = sqlite3_column_int64(st, 0) == WATCHES_MAX;
    (void)sqlite3_finalize(st);
    return sqlite_err(rc);
}
