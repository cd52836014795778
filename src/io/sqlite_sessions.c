/* io/sqlite_sessions.c -- the live entries that a restart keeps. Unsigned 64-bit numbers are kept
 * as the signed ones of the same bits. */
#include "io/sqlite.h"
#include "io/system.h"

kith_err sqlite_clear_sessions(struct store *s)
{
    return sqlite_run(sqlite_statement(s, STORE_CLEAR_SESSIONS));
}

kith_err sqlite_save_session(struct store *s, const struct saved_session *e)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_SAVE_SESSION);
    sqlite_bind(st, 1, e->user);
    sqlite_bind(st, 3, e->fields);
    const int64_t numbers[] = {(int64_t)e->device,
                               e->online_at_s,
                               (int64_t)e->ref_inc,
                               (int64_t)e->ref_seq,
                               (int64_t)e->prev_inc,
                               (int64_t)e->prev_seq,
                               (int64_t)system_now().unix_ms,
                               e->hidden};
    static const int at[] = {2, 4, 5, 6, 7, 8, 9, 10};
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
        (void)sqlite3_bind_int64(st, at[i], numbers[i]);
    return sqlite_run(st);
}

static struct saved_session read_session(sqlite3_stmt *st)
{
    return (struct saved_session){
        .user = sqlite_column(st, 0),
        .device = (uint64_t)sqlite3_column_int64(st, 1),
        .fields = sqlite_column(st, 2),
        .online_at_s = (uint32_t)sqlite3_column_int64(st, 3),
        .ref_inc = (uint64_t)sqlite3_column_int64(st, 4),
        .ref_seq = (uint64_t)sqlite3_column_int64(st, 5),
        .prev_inc = (uint64_t)sqlite3_column_int64(st, 6),
        .prev_seq = (uint64_t)sqlite3_column_int64(st, 7),
        .saved_at_ms = (uint64_t)sqlite3_column_int64(st, 8),
        .hidden = sqlite3_column_int(st, 9),
    };
}

static const char every_session[] = "SELECT user, device, fields, online_at_s, ref_inc, ref_seq,"
                                    " prev_inc, prev_seq, saved_at_ms, hidden FROM sessions"
                                    " ORDER BY online_at_s, id";

kith_err sqlite_each_session(struct store *s, store_session each, void *ctx)
{
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(sqlite_db(s), every_session, -1, &st, NULL);
    if (rc != SQLITE_OK) return sqlite_err(rc);
    kith_err e = KITH_OK;
    while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct saved_session session = read_session(st);
        if (is_session(&session)) e = each(ctx, &session);
    }
    (void)sqlite3_finalize(st);
    return e ? e : sqlite_err(rc);
}
