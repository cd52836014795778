/* io/sqlite_open.c -- the store's file: opened, checked, brought to this schema, closed. */
#include "base/assert.h"
#include "io/sqlite.h"
#include "io/system.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 0x4b697468 /* "Kith", in the header of the file */

/* quick_check reads the whole file, about 8 ms a MiB. Above this the start would be felt, and what
 * is damaged shows itself when it is read. */
#define CHECK_BYTES_MAX (64 << 20)

/* A small cache, since the system has one of its own below. FULL: a commit is on the disk before it
 * is acknowledged, so it outlives power as well as the process. secure_delete: what is erased is
 * overwritten, not only let go. */
static const char pragmas[] = "PRAGMA journal_mode = WAL;"
                              "PRAGMA synchronous = FULL;"
                              "PRAGMA secure_delete = ON;"
                              "PRAGMA trusted_schema = OFF;"
                              "PRAGMA cell_size_check = ON;"
                              "PRAGMA temp_store = MEMORY;"
                              "PRAGMA cache_size = -2048;"
                              "PRAGMA journal_size_limit = 4194304;";

/* migrations[n] leads from schema n to n + 1. People are interned, so that an edge is two small
 * numbers. Names are BLOBs: ids are opaque bytes, compared as such. */
static const char *const migrations[] = {
    "PRAGMA application_id = 0x4b697468;"
    "CREATE TABLE people (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE watches (watcher INTEGER NOT NULL, watched INTEGER NOT NULL,"
    " PRIMARY KEY (watcher, watched)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX watches_watched ON watches (watched);"
    "CREATE TABLE sessions (id INTEGER PRIMARY KEY, user BLOB NOT NULL, device INTEGER NOT NULL,"
    " fields BLOB NOT NULL, online_at_s INTEGER NOT NULL, ref_inc INTEGER NOT NULL,"
    " ref_seq INTEGER NOT NULL, prev_inc INTEGER NOT NULL, prev_seq INTEGER NOT NULL,"
    " saved_at_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 1;",

    /* Rules. Most users have none: no row is VISIBILITY_FRIENDS. */
    "CREATE TABLE blocks (blocker INTEGER NOT NULL, blocked INTEGER NOT NULL,"
    " PRIMARY KEY (blocker, blocked)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE visibility (person INTEGER PRIMARY KEY, mode INTEGER NOT NULL) STRICT;"
    "CREATE TABLE chosen (person INTEGER NOT NULL, other INTEGER NOT NULL,"
    " PRIMARY KEY (person, other)) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 2;",

    /* Lists by name: a user may list whom it likes, and people stay for ever. */
    "CREATE TABLE listed (person INTEGER NOT NULL, name BLOB NOT NULL,"
    " PRIMARY KEY (person, name)) STRICT, WITHOUT ROWID;"
    "INSERT INTO listed SELECT c.person, p.name FROM chosen c JOIN people p ON p.id = c.other;"
    "DROP TABLE chosen;"
    "ALTER TABLE listed RENAME TO chosen;"
    "PRAGMA user_version = 3;",

    /* Users whom an operator has sent away. */
    "CREATE TABLE bars (name BLOB PRIMARY KEY, until_s INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 4;",

    /* Whoever is erased is looked for on both sides. */
    "CREATE INDEX blocks_blocked ON blocks (blocked);"
    "CREATE INDEX chosen_name ON chosen (name);"
    "PRAGMA user_version = 5;",

    /* Sessions may be hidden. */
    "ALTER TABLE sessions ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 6;",

    /* Of those who let it be told. */
    "CREATE TABLE last_seen (person INTEGER PRIMARY KEY, how INTEGER NOT NULL, at_s INTEGER) "
    "STRICT;"
    "CREATE INDEX last_seen_at ON last_seen (at_s) WHERE at_s IS NOT NULL;"
    "PRAGMA user_version = 7;",

    /* Of those whose edges are read from the application's own tables. */
    "CREATE TABLE reads (person INTEGER PRIMARY KEY, version INTEGER NOT NULL) STRICT;"
    "PRAGMA user_version = 8;",

    /* An edge holds the name that it leads to, and a watcher's lie together, sorted by it: a list
     * is one stretch of a page, and no name is looked up for it. Neither statement sorts: what is
     * read is in the order of the edges, or of the index. */
    "CREATE TABLE named (watcher INTEGER NOT NULL, name BLOB NOT NULL, watched INTEGER NOT NULL,"
    " PRIMARY KEY (watcher, name)) STRICT, WITHOUT ROWID;"
    "INSERT INTO named SELECT w.watcher, p.name, w.watched FROM watches w"
    " CROSS JOIN people p ON p.id = w.watched;"
    "CREATE TABLE watchers (watched INTEGER NOT NULL, watcher INTEGER NOT NULL,"
    " PRIMARY KEY (watched, watcher)) STRICT, WITHOUT ROWID;"
    "INSERT INTO watchers SELECT watched, watcher FROM watches INDEXED BY watches_watched"
    " ORDER BY watched, watcher;"
    "DROP TABLE watches;"
    "ALTER TABLE named RENAME TO watches;"
    "PRAGMA user_version = 9;",

    /* Events of users' presence, and the sessions that they have told of: what each was known by
     * last, and in which run it was. */
    "CREATE TABLE events (number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, user BLOB NOT NULL,"
    " kind INTEGER NOT NULL, hidden INTEGER NOT NULL, old BLOB NOT NULL, now BLOB NOT NULL)"
    " STRICT;"
    "CREATE INDEX events_user ON events (user);"
    "CREATE TABLE present (ref BLOB PRIMARY KEY, user BLOB NOT NULL, run INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX present_user ON present (user);"
    /* The log begins at the time in microseconds: whoever has read another one, of a folder that
     * was before, is behind none of it, and sees that something is missing. */
    "INSERT INTO numbers SELECT column1, CAST((julianday('now') - 2440587.5) * 86400000000 AS "
    "INTEGER)"
    " FROM (VALUES ('events'), ('forgotten'));"
    "INSERT INTO numbers VALUES ('delivered', 0);"
    "PRAGMA user_version = 10;",

    /* Ids of events that were never given (store_kind.h). */
    "CREATE TABLE jumps (number INTEGER PRIMARY KEY, behind INTEGER NOT NULL,"
    " passed INTEGER NOT NULL) STRICT;"
    "PRAGMA user_version = 11;",
};
#define SCHEMA ((int)(sizeof migrations / sizeof migrations[0]))

kith_err sqlite_err(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return KITH_OK;
    case SQLITE_NOMEM: return KITH_NOMEM;
    case SQLITE_FULL: return KITH_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return KITH_BAD;
    default: return KITH_IO;
    }
}

/* A full disk may say so only when what was written is to be on it, which SQLite takes for any
 * error. Its own sqlite3_system_errno knows of opening alone. */
static bool is_full(int rc, int cause)
{
    return (rc & 0xff) == SQLITE_IOERR && (cause == ENOSPC || cause == EDQUOT);
}

kith_err sqlite_run(sqlite3_stmt *st)
{
    errno = 0;
    int rc = sqlite3_step(st);
    kith_err e = rc == SQLITE_DONE ? KITH_OK : is_full(rc, errno) ? KITH_FULL : sqlite_err(rc);
    (void)sqlite3_reset(st); /* repeats what step said */
    return e;
}

const char *sqlite_error(const struct store *s)
{
    const char *of_commit = ((const struct sqlite *)s)->commit_error;
    bool rolled_back = *of_commit && sqlite3_errcode(sqlite_db(s)) == SQLITE_OK;
    return rolled_back ? of_commit : sqlite3_errmsg(sqlite_db(s));
}

/* The first column of the first row, or -1: the text said why. */
static int64_t ask(struct store *s, const char *sql)
{
    sqlite3_stmt *st = NULL;
    int64_t answer = -1;
    if (sqlite3_prepare_v2(sqlite_db(s), sql, -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW)
        answer = sqlite3_column_int64(st, 0);
    if (sqlite3_finalize(st) != SQLITE_OK) answer = -1;
    return answer;
}

static kith_err unusable(struct store *s, kith_problem *why)
{
    kith_err e = sqlite_err(sqlite3_extended_errcode(sqlite_db(s)));
    if (e == KITH_BAD || e == KITH_OK) /* what no kith has written is no error of SQLite's */
        return problem(KITH_BAD, why,
                       "%s/kith.db: %s; restore a backup, or move the file away to begin anew",
                       sqlite_of(s)->dir, e ? sqlite3_errmsg(sqlite_db(s)) : "damaged");
    return problem(e, why,
                   "%s/kith.db: %s; see that this user may write the folder and that the disk has "
                   "room",
                   sqlite_of(s)->dir, sqlite3_errmsg(sqlite_db(s)));
}

/* SQLite would create the file for everybody to read. Only a new one is opened here: closing a file
 * that this process has open elsewhere would drop SQLite's locks on it. */
static kith_err make_file(struct store *s, const char *path, kith_problem *why)
{
    if (mkdir(sqlite_of(s)->dir, 0700) != 0 && errno != EEXIST)
        return problem(KITH_IO, why,
                       "%s: cannot make the data folder: %s; name one that this user "
                       "may write",
                       sqlite_of(s)->dir, strerror(errno));
    struct stat there;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
        return problem(KITH_IO, why, "%s is no file; move it away to begin anew", path);
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) (void)close(fd);
    if (fd >= 0 || errno == EEXIST) return KITH_OK;
    return problem(KITH_IO, why, "%s: %s; name a data folder that this user may write", path,
                   strerror(errno));
}

static kith_err connect_file(struct store *s, const char *path, kith_problem *why)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int rc = sqlite3_open_v2(path, &sqlite_of(s)->db, flags, NULL);
    if (!sqlite_db(s)) return problem(KITH_NOMEM, why, "out of memory");
    if (rc != SQLITE_OK) return unusable(s, why);
    (void)sqlite3_busy_timeout(sqlite_db(s), STORE_BUSY_MS);
    (void)sqlite3_db_config(sqlite_db(s), SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (sqlite3_db_readonly(sqlite_db(s), "main") == 1)
        return problem(KITH_IO, why, "%s: this user may only read it; run as the user who owns it",
                       path);
    return KITH_OK;
}

/* Before anything is written: whose file is this, and of which age? */
static kith_err check_owner(struct store *s, int64_t *version, kith_problem *why)
{
    int64_t tables = ask(s, "SELECT count(*) FROM sqlite_schema");
    int64_t id = ask(s, "PRAGMA application_id");
    *version = ask(s, "PRAGMA user_version");
    if (tables < 0 || id < 0 || *version < 0) return unusable(s, why);
    if (id != APPLICATION_ID && (id != 0 || tables > 0))
        return problem(KITH_BAD, why,
                       "%s/kith.db is another program's database; name another data "
                       "folder",
                       sqlite_of(s)->dir);
    if (*version > SCHEMA)
        return problem(KITH_BAD, why,
                       "%s/kith.db was written by a newer kith (schema %lld, this one knows %d); "
                       "install that version, or name another data folder",
                       sqlite_of(s)->dir, (long long)*version, SCHEMA);
    return KITH_OK;
}

/* From `version` on, in the transaction that has begun. */
static kith_err migrate_from(struct store *s, int64_t version, kith_problem *why)
{
    bool is_kept = version > 0 && version < SCHEMA && !sqlite_in_memory(s);
    kith_err e = version < 0 ? unusable(s, why) : is_kept ? sqlite_copy(s, version, why) : KITH_OK;
    bool ok = true;
    if (e) return e;
    for (int64_t v = version; ok && v < SCHEMA; v++)
        ok = sqlite3_exec(sqlite_db(s), migrations[v], NULL, NULL, NULL) == SQLITE_OK;
    ok = ok && sqlite3_exec(sqlite_db(s), "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    return ok ? KITH_OK : unusable(s, why);
}

/* The version is asked again inside: another process may have been faster. */
static kith_err migrate(struct store *s, kith_problem *why)
{
    if (sqlite3_exec(sqlite_db(s), "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return unusable(s, why);
    kith_err e = migrate_from(s, ask(s, "PRAGMA user_version"), why);
    if (e) (void)sqlite3_exec(sqlite_db(s), "ROLLBACK", NULL, NULL, NULL);
    return e;
}

static kith_err check_pages(struct store *s, kith_problem *why)
{
    int64_t bytes =
        ask(s, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    if (bytes > CHECK_BYTES_MAX) return KITH_OK;
    if (bytes >= 0 && ask(s, "SELECT quick_check = 'ok' FROM pragma_quick_check(1)") == 1)
        return KITH_OK;
    return problem(KITH_BAD, why,
                   "%s/kith.db is damaged; restore a backup, or move the file away to begin anew",
                   sqlite_of(s)->dir);
}

static kith_err prepare(struct store *s, kith_problem *why)
{
    static const char *const sql[] = {
#define X(name, text) text,
        STORE_STATEMENTS(X)
#undef X
    };
    for (int i = 0; i < STORE_STATEMENT_COUNT; i++)
        if (sqlite3_prepare_v3(sqlite_db(s), sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &sqlite_of(s)->statements[i], NULL) != SQLITE_OK)
            return problem(KITH_BAD, why,
                           "%s/kith.db lacks what its schema promises (%s); restore a backup, or "
                           "move the file away to begin anew",
                           sqlite_of(s)->dir, sqlite3_errmsg(sqlite_db(s)));
    return KITH_OK;
}

static kith_err open_file(struct store *s, const char *path, kith_problem *why)
{
    int64_t version = 0;
    kith_err e = sqlite_in_memory(s) ? KITH_OK : make_file(s, path, why);
    if (!e) e = connect_file(s, path, why);
    if (!e) e = check_owner(s, &version, why);
    if (!e && sqlite3_exec(sqlite_db(s), pragmas, NULL, NULL, NULL) != SQLITE_OK)
        e = unusable(s, why);
    if (!e && version > 0) e = check_pages(s, why);
    if (!e && version < SCHEMA) e = migrate(s, why);
    if (!e) e = prepare(s, why);
    if (!e) sqlite_forget_copies(s, system_now().unix_ms / 1000);
    return e;
}

static kith_err open_dir(struct sqlite *s, const char *dir, kith_problem *why)
{
    char path[sizeof s->dir + 16];
    if ((size_t)snprintf(s->dir, sizeof s->dir, "%s", dir) >= sizeof s->dir || !*dir)
        return problem(KITH_IO, why, "the data folder's name must have 1 to %zu bytes",
                       sizeof s->dir - 1);
    (void)snprintf(path, sizeof path, sqlite_in_memory(&s->store) ? "%s" : "%s/kith.db", s->dir);
    return open_file(&s->store, path, why);
}

static const struct store_kind kind = {
#define X(name, parameters, arguments) .name = sqlite_##name,
    STORE_CALLS(X)
#undef X
        .close = sqlite_close,
    .error = sqlite_error,
    .is_held = sqlite_is_held,
    .tell_port = sqlite_tell_port,
    .rollback = sqlite_rollback,
    .begin_reading = sqlite_begin_reading,
    .end_reading = sqlite_end_reading,
    .bulk = sqlite_bulk,
    .scrub = sqlite_scrub,
    .forget_copies = sqlite_forget_copies,
    .changes_fd = sqlite_changes_fd,
    .changes_heard = sqlite_changes_heard,
    .reach = sqlite_reach,
};

kith_err sqlite_open(const struct store_options *o, struct store **out, kith_problem *why)
{
    *out = NULL;
    struct sqlite *s = calloc(1, sizeof *s);
    if (!s) return problem(KITH_NOMEM, why, "out of memory");
    s->store.kind = &kind;
    s->lock_fd = -1;
    kith_err e = open_dir(s, o->where, why);
    if (!e)
        *out = &s->store;
    else
        sqlite_close(&s->store);
    return e;
}

static kith_err cannot_be(const char *dir, kith_problem *why)
{
    return problem(KITH_IO, why, "%s: %s; name a folder that this user may write, or make in one",
                   dir, strerror(errno));
}

kith_err sqlite_possible(const char *dir, kith_problem *why)
{
    char parent[PATH_MAX];
    struct stat st;
    if (strcmp(dir, ":memory:") == 0) return KITH_OK;
    if (stat(dir, &st) == 0) {
        errno = ENOTDIR;
        return S_ISDIR(st.st_mode) && access(dir, W_OK | X_OK) == 0 ? KITH_OK : cannot_be(dir, why);
    }
    if (errno != ENOENT) return cannot_be(dir, why);
    (void)snprintf(parent, sizeof parent, "%s", dir);
    return access(dirname(parent), W_OK | X_OK) == 0 ? KITH_OK : cannot_be(dir, why);
}

bool sqlite_exists(const char *dir)
{
    char path[PATH_MAX];
    struct stat file;
    int n = snprintf(path, sizeof path, "%s/kith.db", dir);
    if (n <= 0 || (size_t)n >= sizeof path) return false;
    /* One that cannot be reached is there: opening it will say why it cannot. */
    return stat(path, &file) == 0 ? file.st_size > 0 : errno == EACCES;
}

void sqlite_close(struct store *s)
{
    for (int i = 0; i < STORE_STATEMENT_COUNT; i++)
        (void)sqlite3_finalize(sqlite_of(s)->statements[i]);
    int rc = sqlite3_close(sqlite_db(s)); /* an open transaction is rolled back */
    KITH_ASSERT(rc == SQLITE_OK);
    /* After the database: the folder is free now. */
    if (sqlite_of(s)->lock_fd >= 0) (void)close(sqlite_of(s)->lock_fd);
    free(s);
}

/* Random edges dirty most pages of an index. With room for all of them each is written once a
 * commit, else many times. */
void sqlite_bulk(struct store *s)
{
    (void)sqlite3_exec(sqlite_db(s),
                       "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16384", NULL, NULL,
                       NULL); /* where it fails it is only slower */
}
