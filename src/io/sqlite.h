/* io/sqlite.h -- inside the store that is a file: its connection, its statements, and what its
 * errors mean. Only the files sqlite_*.c include it. */
#pragma once

#include "base/limits.h"
#include "io/store_kind.h"

#include <sqlite3.h>

#define STORE_BUSY_MS 500 /* another process holds the file: a checkpoint is over by then */

/* Lists name users, not people: whoever lists somebody makes nobody known. */
#define SQL_OWN_NAME "(SELECT name FROM people WHERE id = ?1)"

/* What person ?1, called ?3, and ?2, called ?4, have said about each other; as read_facts() in
 * sqlite_rules.c reads it. The same is looked up whoever they are, known or not: the time it takes
 * tells nothing. */
#define SQL_PAIR                                                                                   \
    "SELECT ?4,"                                                                                   \
    " EXISTS (SELECT 1 FROM watches WHERE watcher = ?2 AND watched = ?1),"                         \
    " EXISTS (SELECT 1 FROM blocks WHERE blocker = ?2 AND blocked = ?1),"                          \
    " EXISTS (SELECT 1 FROM chosen WHERE person = ?2 AND name = ?3),"                              \
    " (SELECT mode FROM visibility WHERE person = ?2),"                                            \
    " EXISTS (SELECT 1 FROM watches WHERE watcher = ?1 AND watched = ?2),"                         \
    " EXISTS (SELECT 1 FROM blocks WHERE blocker = ?1 AND blocked = ?2),"                          \
    " EXISTS (SELECT 1 FROM chosen WHERE person = ?1 AND name = ?4)"

/* The same of all on one side, as a join asks it: most users have no rule, and are asked for none.
 * What a CASE asks of ?1 alone, or of a whole table, SQLite asks once a statement and not once an
 * edge. The edge itself is there, and its way back is looked for only if ?3 is 1: in the index
 * where those of ?1 lie side by side. Where anybody has a list it is looked for with each, whatever
 * its mode: whose list it is does not tell by the time that it takes. The plus keeps SQLite from
 * going by the names, of which there are more. */
#define SQL_ABOUT(edge_of_other, edge_of_user, other)                                              \
    "SELECT o.name, " edge_of_other ","                                                            \
    " CASE WHEN EXISTS (SELECT 1 FROM blocks)"                                                     \
    "  THEN EXISTS (SELECT 1 FROM blocks WHERE blocker = o.id AND blocked = ?1) END,"              \
    " CASE WHEN EXISTS (SELECT 1 FROM chosen)"                                                     \
    "  THEN EXISTS (SELECT 1 FROM chosen c WHERE c.person = o.id AND c.name = " SQL_OWN_NAME       \
    ") END,"                                                                                       \
    " v.mode, " edge_of_user ","                                                                   \
    " CASE WHEN EXISTS (SELECT 1 FROM blocks WHERE blocker = ?1)"                                  \
    "  THEN EXISTS (SELECT 1 FROM blocks WHERE blocker = ?1 AND blocked = o.id) END,"              \
    " CASE WHEN EXISTS (SELECT 1 FROM chosen WHERE person = ?1)"                                   \
    "  THEN EXISTS (SELECT 1 FROM chosen c WHERE c.person = ?1 AND c.name = o.name) END"           \
    " FROM watches w JOIN people o ON o.id = w." other                                             \
    " LEFT JOIN visibility v ON v.person = o.id"
#define SQL_BACK(index, watcher, watched)                                                          \
    "CASE WHEN ?3 THEN EXISTS (SELECT 1 FROM watches" index " WHERE watcher = " watcher            \
    " AND watched = " watched ") END"
#define SQL_WATCHED_ABOUT                                                                          \
    SQL_ABOUT(SQL_BACK(" INDEXED BY watches_watched", "o.id", "?1"), "1", "watched")               \
    " WHERE w.watcher = ?1 AND +o.name > ?4 ORDER BY o.name LIMIT ?2"
#define SQL_WATCHERS_ABOUT                                                                         \
    SQL_ABOUT("1", SQL_BACK("", "?1", "o.id"), "watcher")                                          \
    " WHERE w.watched = ?1 AND +o.name > ?4 ORDER BY o.name LIMIT ?2"

/* Every statement that a transaction or a join runs, prepared once at open. */
#define STORE_STATEMENTS(X)                                                                        \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    X(MARK, "SAVEPOINT mark")                                                                      \
    X(BACK, "ROLLBACK TO mark")                                                                    \
    X(UNMARK, "RELEASE mark")                                                                      \
    X(FIND_PERSON, "SELECT id FROM people WHERE name = ?1")                                        \
    X(FIND_PAIR,                                                                                   \
      "SELECT (SELECT id FROM people WHERE name = ?1),"                                            \
      " (SELECT id FROM people WHERE name = ?2), "                                                 \
      "(SELECT mode FROM visibility WHERE person = (SELECT id FROM people WHERE name = ?1))")      \
    X(ADD_PERSON, "INSERT INTO people (name) VALUES (?1)")                                         \
    X(ADD_WATCH, "INSERT OR IGNORE INTO watches (watcher, watched) VALUES (?1, ?2)")               \
    X(DROP_WATCH, "DELETE FROM watches WHERE watcher = ?1 AND watched = ?2")                       \
    X(ADD_BLOCK, "INSERT OR IGNORE INTO blocks (blocker, blocked) VALUES (?1, ?2)")                \
    X(DROP_BLOCK, "DELETE FROM blocks WHERE blocker = ?1 AND blocked = ?2")                        \
    X(MODE, "SELECT mode FROM visibility WHERE person = ?1")                                       \
    X(SET_MODE, "INSERT OR REPLACE INTO visibility (person, mode) VALUES (?1, ?2)")                \
    X(CHOSEN, "SELECT name FROM chosen WHERE person = ?1 ORDER BY name")                           \
    X(CHOOSE, "INSERT OR IGNORE INTO chosen (person, name) VALUES (?1, ?2)")                       \
    X(CHOOSE_NOBODY, "DELETE FROM chosen WHERE person = ?1")                                       \
    X(PAIR, SQL_PAIR)                                                                              \
    X(WATCHED_ABOUT, SQL_WATCHED_ABOUT)                                                            \
    X(WATCHERS_ABOUT, SQL_WATCHERS_ABOUT)                                                          \
    X(SET_BAR, "INSERT OR REPLACE INTO bars (name, until_s) SELECT ?1, ?2"                         \
               " WHERE (SELECT count(*) FROM bars WHERE name != ?1) < ?3")                         \
    X(DROP_BARS, "DELETE FROM bars WHERE until_s <= ?1")                                           \
    X(BARS, "SELECT name, until_s FROM bars")                                                      \
    X(SEEN, "SELECT how, at_s FROM last_seen WHERE person = ?1")                                   \
    X(PUT_SEEN, "INSERT OR REPLACE INTO last_seen (person, how, at_s) VALUES (?1, ?2, ?3)")        \
    X(DROP_SEEN, "DELETE FROM last_seen WHERE person = ?1")                                        \
    X(FORGET_SEEN, "UPDATE last_seen SET at_s = NULL WHERE person IN"                              \
                   " (SELECT person FROM last_seen WHERE at_s < ?1 LIMIT ?2)")                     \
    X(WATCHED, "SELECT o.name FROM watches w JOIN people o ON o.id = w.watched WHERE w.watcher = " \
               "(SELECT id FROM people WHERE name = ?1) ORDER BY +o.name")                         \
    X(READ_VERSION, "SELECT version FROM reads WHERE person = ?1")                                 \
    X(SET_READ, "INSERT OR REPLACE INTO reads (person, version) VALUES (?1, ?2)")                  \
    X(CLEAR_SESSIONS, "DELETE FROM sessions")                                                      \
    X(SAVE_SESSION, "INSERT INTO sessions (user, device, fields, online_at_s, ref_inc, ref_seq,"   \
                    " prev_inc, prev_seq, saved_at_ms, hidden)"                                    \
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")

enum sqlite_which {
#define X(name, sql) STORE_##name,
    STORE_STATEMENTS(X)
#undef X
        STORE_STATEMENT_COUNT
};

struct sqlite {
    struct store store; /* the first, so that one is the other */
    sqlite3 *db;
    sqlite3_stmt *statements[STORE_STATEMENT_COUNT];
    bool erased; /* and the log still holds it */
    int lock_fd; /* of kith.lock; -1: not taken */
    char dir[256];
    char commit_error[128]; /* the words of a commit that failed: its rollback says others */

    /* The watcher of the latest edge added, 0: none. A graph text names one many times in a row, so
     * this saves half the lookups. */
    int64_t watcher_id;
    uint8_t watcher_len, watcher[USER_ID_BYTES_MAX];
};

static inline struct sqlite *sqlite_of(struct store *s) { return (struct sqlite *)s; }

static inline sqlite3 *sqlite_db(const struct store *s) { return ((const struct sqlite *)s)->db; }

/* Nobody else has it, and it ends with the process. */
static inline bool sqlite_in_memory(const struct store *s)
{
    return strcmp(((const struct sqlite *)s)->dir, ":memory:") == 0;
}

/* The statement, ready to be bound and stepped. */
static inline sqlite3_stmt *sqlite_statement(struct store *s, enum sqlite_which which)
{
    return sqlite_of(s)->statements[which];
}

/* Those of struct store_kind that cannot fail. */
void sqlite_close(struct store *s);
const char *sqlite_error(const struct store *s);
void sqlite_tell_port(struct store *s, uint16_t api_port);
void sqlite_rollback(struct store *s);
void sqlite_bulk(struct store *s);
void sqlite_scrub(struct store *s);
int sqlite_changes_fd(const struct store *s);
bool sqlite_changes_heard(struct store *s);
enum store_reach sqlite_reach(const struct store *s);

/* What a result code means to a caller. */
kith_err sqlite_err(int rc);

/* A person's number. KITH_NONE: nobody of that name. */
KITH_MUST_USE kith_err sqlite_find_person(struct store *s, kith_slice name, int64_t *id);
/* The same, and made if there is none. KITH_BAD: no id. */
KITH_MUST_USE kith_err sqlite_intern_person(struct store *s, kith_slice name, int64_t *id);

/* Steps a statement that returns no row, and makes it ready for the next use. */
KITH_MUST_USE kith_err sqlite_run(sqlite3_stmt *st);

static inline void sqlite_bind(sqlite3_stmt *st, int at, kith_slice bytes)
{
    /* An empty BLOB, where a NULL pointer would bind NULL. Static: the caller steps before the
     * bytes go. Binding fails only on an index out of range. */
    sqlite3_bind_blob(st, at, bytes.len ? (const void *)bytes.ptr : "", (int)bytes.len,
                      SQLITE_STATIC);
}

static inline kith_slice sqlite_column(sqlite3_stmt *st, int at)
{
    const void *bytes = sqlite3_column_blob(st, at); /* before its length, as SQLite wants it */
    return slice_of(bytes, (size_t)sqlite3_column_bytes(st, at));
}
