/* io/sqlite_rules.c -- what users have said about each other, in the store. */
#include "base/ids.h"
#include "io/sqlite.h"

/* Runs a statement about two people. */
static kith_err run_pair(struct store *s, enum sqlite_which which, int64_t a, int64_t b,
                         bool *changed)
{
    sqlite3_stmt *st = sqlite_statement(s, which);
    (void)sqlite3_bind_int64(st, 1, a);
    (void)sqlite3_bind_int64(st, 2, b);
    kith_err e = sqlite_run(st);
    if (!e && changed) *changed = sqlite3_changes(sqlite_db(s)) > 0;
    return e;
}

/* Who is not known has blocked nobody. */
static kith_err drop_block(struct store *s, kith_slice a, kith_slice b, bool *dropped)
{
    int64_t from = 0, to = 0;
    kith_err e = sqlite_find_or_nobody(s, a, &from);
    if (!e) e = sqlite_find_or_nobody(s, b, &to);
    return e ? e : run_pair(s, STORE_DROP_BLOCK, from, to, dropped);
}

kith_err sqlite_set_block(struct store *s, kith_slice blocker, kith_slice blocked, bool on,
                          bool *changed)
{
    int64_t from = 0, to = 0;
    if (!on) return drop_block(s, blocker, blocked, changed);
    kith_err e = sqlite_intern_person(s, blocker, &from);
    if (!e) e = sqlite_intern_person(s, blocked, &to);
    return e ? e : run_pair(s, STORE_ADD_BLOCK, from, to, changed);
}

static enum visibility mode_of(sqlite3_stmt *st, int column)
{
    return visibility_of(sqlite3_column_int64(st, column)); /* NULL is 0: FRIENDS */
}

static kith_err find_mode(struct store *s, int64_t person, enum visibility *out)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_MODE);
    *out = VISIBILITY_FRIENDS;
    (void)sqlite3_bind_int64(st, 1, person);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) *out = mode_of(st, 0);
    (void)sqlite3_reset(st);
    return sqlite_err(rc);
}

static kith_err put_chosen(struct store *s, int64_t person, struct buf *ids)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_CHOSEN);
    int rc;
    (void)sqlite3_bind_int64(st, 1, person);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        if (is_id(sqlite_column(st, 0))) ids_put(ids, sqlite_column(st, 0));
    (void)sqlite3_reset(st);
    return ids->failed ? KITH_NOMEM : sqlite_err(rc);
}

kith_err sqlite_visibility(struct store *s, kith_slice user, enum visibility *out, struct buf *ids)
{
    int64_t person = 0;
    size_t before = ids->len;
    *out = VISIBILITY_FRIENDS;
    kith_err e = sqlite_find_person(s, user, &person);
    if (e) return e == KITH_NONE ? KITH_OK : e;
    e = find_mode(s, person, out);
    if (!e) e = put_chosen(s, person, ids);
    if (e) ids->len = before;
    return e;
}

static kith_err choose(struct store *s, int64_t person, kith_slice ids)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_CHOOSE_NOBODY);
    (void)sqlite3_bind_int64(st, 1, person);
    kith_err e = sqlite_run(st);
    st = sqlite_statement(s, STORE_CHOOSE);
    for (kith_slice id; !e && ids_next(&ids, &id);) {
        if (id.len == 0 || id.len > USER_ID_BYTES_MAX) return KITH_BAD;
        (void)sqlite3_bind_int64(st, 1, person);
        sqlite_bind(st, 2, id);
        e = sqlite_run(st);
    }
    return e;
}

kith_err sqlite_set_visibility(struct store *s, kith_slice user, enum visibility visibility,
                               kith_slice ids, bool *changed)
{
    int64_t person = 0;
    enum visibility before = VISIBILITY_FRIENDS;
    struct buf old = {0}, now = {0};
    if (ids_count(ids) > CHOSEN_MAX) return KITH_BAD;
    kith_err e = sqlite_intern_person(s, user, &person);
    if (!e) e = find_mode(s, person, &before);
    if (!e) e = put_chosen(s, person, &old);
    if (!e) e = run_pair(s, STORE_SET_MODE, person, (int64_t)visibility, NULL);
    if (!e) e = choose(s, person, ids);
    if (!e) e = put_chosen(s, person, &now);
    if (!e) *changed = before != visibility || !slice_eq(buf_slice(&old), buf_slice(&now));
    buf_fini(&old);
    buf_fini(&now);
    return e;
}

/* Both sides */

/* A row of SQL_PAIR or SQL_ABOUT; NULL is no. */
static void read_facts(sqlite3_stmt *st, struct stance *of_user, struct stance *of_other)
{
    *of_other = (struct stance){.watches = sqlite3_column_int(st, 1),
                                .blocks = sqlite3_column_int(st, 2),
                                .lists = sqlite3_column_int(st, 3),
                                .visibility = mode_of(st, 4)};
    of_user->watches = sqlite3_column_int(st, 5);
    of_user->blocks = sqlite3_column_int(st, 6);
    of_user->lists = sqlite3_column_int(st, 7);
}

/* A row whoever they are: of who is not known 0, which nobody has. */
static kith_err find_pair(struct store *s, kith_slice user, kith_slice other, int64_t *a,
                          int64_t *b, enum visibility *of_user)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_FIND_PAIR);
    sqlite_bind(st, 1, user);
    sqlite_bind(st, 2, other);
    int rc = sqlite3_step(st);
    *a = sqlite3_column_int64(st, 0); /* NULL is 0 */
    *b = sqlite3_column_int64(st, 1);
    *of_user = mode_of(st, 2);
    (void)sqlite3_reset(st);
    return sqlite_err(rc);
}

kith_err sqlite_stances(struct store *s, kith_slice user, kith_slice other, struct stance *of_user,
                        struct stance *of_other)
{
    int64_t a = 0, b = 0;
    *of_user = *of_other = (struct stance){.visibility = VISIBILITY_FRIENDS};
    kith_err e = find_pair(s, user, other, &a, &b, &of_user->visibility);
    if (e) return e;
    sqlite3_stmt *st = sqlite_statement(s, STORE_PAIR);
    (void)sqlite3_bind_int64(st, 1, a);
    (void)sqlite3_bind_int64(st, 2, b);
    sqlite_bind(st, 3, user);
    sqlite_bind(st, 4, other);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) read_facts(st, of_user, of_other);
    (void)sqlite3_reset(st);
    return sqlite_err(rc);
}

/* Who is asked about, and whether anybody at all has a rule. The same is looked up whoever that is:
 * of who is not known the number 0, which nobody has. */
struct who {
    int64_t person;
    enum visibility mode;
    bool any_rule;
};

static kith_err find_who(struct store *s, kith_slice user, struct who *out)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_WHO);
    sqlite_bind(st, 1, user);
    int rc = sqlite3_step(st);
    *out = (struct who){sqlite3_column_int64(st, 0), mode_of(st, 1), sqlite3_column_int(st, 2)};
    (void)sqlite3_reset(st);
    return sqlite_err(rc);
}

/* Where nobody has a rule, nothing is looked up with each edge. */
static sqlite3_stmt *statement_about(struct store *s, const struct inquiry *q, bool any_rule)
{
    if (q->side == ABOUT_WATCHERS) return sqlite_statement(s, STORE_WATCHERS_ABOUT);
    bool plain = !any_rule && !q->back;
    return sqlite_statement(s, plain ? STORE_WATCHED_PLAIN : STORE_WATCHED_ABOUT);
}

kith_err sqlite_each_about(struct store *s, const struct inquiry *q, store_about each, void *ctx)
{
    struct who who;
    kith_err e = find_who(s, q->user, &who);
    if (e) return e;
    struct stance of_user = {.visibility = who.mode, .watches = true};
    struct stance of_other = {.visibility = VISIBILITY_FRIENDS};
    sqlite3_stmt *st = statement_about(s, q, who.any_rule);
    bool plain = st == sqlite_statement(s, STORE_WATCHED_PLAIN);
    (void)sqlite3_bind_int64(st, 1, who.person);
    (void)sqlite3_bind_int64(st, 2, q->max);
    if (!plain) (void)sqlite3_bind_int64(st, 3, q->back);
    sqlite_bind(st, 4, q->after);
    int rc = SQLITE_ROW;
    while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        if (!plain) read_facts(st, &of_user, &of_other);
        if (is_id(sqlite_column(st, 0))) e = each(ctx, sqlite_column(st, 0), &of_user, &of_other);
    }
    (void)sqlite3_reset(st);
    return e ? e : sqlite_err(rc);
}
