/* io/sqlite.h -- inside the store that is a file: its connection, its statements, and what its
 * errors mean. Only the files sqlite_*.c include it. */
#pragma once

#include "io/store_kind.h"

#include <sqlite3.h>

#define STORE_BUSY_MS 500 /* another process holds the file: a checkpoint is over by then */

/* Lists name users, not people: whoever lists somebody makes nobody known. */
#define SQL_OWN_NAME "(SELECT name FROM people WHERE id = ?1)"

/* The number of who is called so; 0, which nobody has: there is none. Of both a row is read, the
 * one that would be next to it, so that the time it takes does not tell who is known. */
#define SQL_PERSON(name)                                                                           \
    "ifnull((SELECT CASE o.name WHEN " name " THEN o.id ELSE 0 END FROM people o"                  \
    " WHERE o.name <= " name " ORDER BY o.name DESC LIMIT 1), 0)"

/* What person ?1, called ?3, and ?2, called ?4, have said about each other; as read_facts() in
 * sqlite_rules.c reads it. The same is looked up whoever they are, known or not: the time it takes
 * tells nothing. */
#define SQL_PAIR                                                                                   \
    "SELECT ?4,"                                                                                   \
    " EXISTS (SELECT 1 FROM watchers WHERE watched = ?1 AND watcher = ?2),"                        \
    " EXISTS (SELECT 1 FROM blocks WHERE blocker = ?2 AND blocked = ?1),"                          \
    " EXISTS (SELECT 1 FROM chosen WHERE person = ?2 AND name = ?3),"                              \
    " (SELECT mode FROM visibility WHERE person = ?2),"                                            \
    " EXISTS (SELECT 1 FROM watchers WHERE watched = ?2 AND watcher = ?1),"                        \
    " EXISTS (SELECT 1 FROM blocks WHERE blocker = ?1 AND blocked = ?2),"                          \
    " EXISTS (SELECT 1 FROM chosen WHERE person = ?1 AND name = ?4)"

/* The same of all on one side, as a join asks it: most users have no rule, and are asked for none.
 * What a CASE asks of ?1 alone, or of a whole table, SQLite asks once a statement and not once an
 * edge. The edge itself is there, and its way back is looked for only if ?3 is 1. Where anybody has
 * a mode or a list it is looked for with each: whose it is does not tell by the time that it takes.
 */
#define SQL_ABOUT(id, name, edge_of_other, edge_of_user)                                           \
    "SELECT " name ", " edge_of_other ","                                                          \
    " CASE WHEN EXISTS (SELECT 1 FROM blocks)"                                                     \
    "  THEN EXISTS (SELECT 1 FROM blocks WHERE blocker = " id " AND blocked = ?1) END,"            \
    " CASE WHEN EXISTS (SELECT 1 FROM chosen)"                                                     \
    "  THEN EXISTS (SELECT 1 FROM chosen c WHERE c.person = " id " AND c.name = " SQL_OWN_NAME     \
    ") END,"                                                                                       \
    " CASE WHEN EXISTS (SELECT 1 FROM visibility)"                                                 \
    "  THEN (SELECT mode FROM visibility WHERE person = " id ") END, " edge_of_user ","            \
    " CASE WHEN EXISTS (SELECT 1 FROM blocks WHERE blocker = ?1)"                                  \
    "  THEN EXISTS (SELECT 1 FROM blocks WHERE blocker = ?1 AND blocked = " id ") END,"            \
    " CASE WHEN EXISTS (SELECT 1 FROM chosen WHERE person = ?1)"                                   \
    "  THEN EXISTS (SELECT 1 FROM chosen c WHERE c.person = ?1 AND c.name = " name ") END"
#define SQL_BACK(watched, watcher)                                                                 \
    "CASE WHEN ?3 THEN EXISTS (SELECT 1 FROM watchers WHERE watched = " watched                    \
    " AND watcher = " watcher ") END"
/* In the order of the edges, so that nothing is sorted. */
#define SQL_WATCHED_ABOUT                                                                          \
    SQL_ABOUT("w.watched", "w.name", SQL_BACK("?1", "w.watched"), "1")                             \
    " FROM watches w WHERE w.watcher = ?1 AND w.name > ?4 ORDER BY w.name LIMIT ?2"
/* The plus keeps SQLite from going by the names, of which there are more. */
#define SQL_WATCHERS_ABOUT                                                                         \
    SQL_ABOUT("o.id", "o.name", "1", SQL_BACK("o.id", "?1"))                                       \
    " FROM watchers w JOIN people o ON o.id = w.watcher"                                           \
    " WHERE w.watched = ?1 AND +o.name > ?4 ORDER BY o.name LIMIT ?2"

/* Every statement that a transaction or a join runs, prepared once at open. */
#define STORE_STATEMENTS(X)                                                                        \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(BEGIN_READING, "BEGIN")                                                                      \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    X(MARK, "SAVEPOINT mark")                                                                      \
    X(BACK, "ROLLBACK TO mark")                                                                    \
    X(UNMARK, "RELEASE mark")                                                                      \
    X(FIND_PERSON, "SELECT id FROM people WHERE name = ?1")                                        \
    X(FIND_PAIR,                                                                                   \
      "SELECT a.id, " SQL_PERSON("?2") ", (SELECT mode FROM visibility WHERE person = a.id)"       \
                                       " FROM (SELECT " SQL_PERSON("?1") " AS id) a")              \
    X(ADD_PERSON, "INSERT INTO people (name) VALUES (?1)")                                         \
    X(ADD_WATCH, "INSERT OR IGNORE INTO watches (watcher, name, watched) VALUES (?1, ?3, ?2)")     \
    X(ADD_WATCHER, "INSERT OR IGNORE INTO watchers (watched, watcher) VALUES (?2, ?1)")            \
    X(DROP_WATCH, "DELETE FROM watches WHERE watcher = ?1 AND name = ?3")                          \
    X(DROP_WATCHER, "DELETE FROM watchers WHERE watched = ?2 AND watcher = ?1")                    \
    X(ADD_BLOCK, "INSERT OR IGNORE INTO blocks (blocker, blocked) VALUES (?1, ?2)")                \
    X(DROP_BLOCK, "DELETE FROM blocks WHERE blocker = ?1 AND blocked = ?2")                        \
    X(WHO, "SELECT p.id, v.mode, EXISTS (SELECT 1 FROM blocks) OR EXISTS (SELECT 1 FROM chosen)"   \
           " OR EXISTS (SELECT 1 FROM visibility)"                                                 \
           " FROM (SELECT " SQL_PERSON("?1") " AS id) p"                                           \
                                             " LEFT JOIN visibility v ON v.person = p.id")         \
    X(MODE, "SELECT mode FROM visibility WHERE person = ?1")                                       \
    X(SET_MODE, "INSERT OR REPLACE INTO visibility (person, mode) VALUES (?1, ?2)")                \
    X(CHOSEN, "SELECT name FROM chosen WHERE person = ?1 ORDER BY name")                           \
    X(CHOOSE, "INSERT OR IGNORE INTO chosen (person, name) VALUES (?1, ?2)")                       \
    X(CHOOSE_NOBODY, "DELETE FROM chosen WHERE person = ?1")                                       \
    X(PAIR, SQL_PAIR)                                                                              \
    X(WATCHED_ABOUT, SQL_WATCHED_ABOUT)                                                            \
    X(WATCHED_PLAIN, "SELECT name FROM watches WHERE watcher = ?1 AND name > ?4 ORDER BY name"     \
                     " LIMIT ?2")                                                                  \
    X(WATCHERS_ABOUT, SQL_WATCHERS_ABOUT)                                                          \
    X(SET_BAR, "INSERT OR REPLACE INTO bars (name, until_s) SELECT ?1, ?2"                         \
               " WHERE (SELECT count(*) FROM bars WHERE name != ?1) < ?3")                         \
    X(DROP_BARS, "DELETE FROM bars WHERE until_s <= ?1")                                           \
    X(BARS, "SELECT name, until_s FROM bars")                                                      \
    X(SEEN_OF, "SELECT how, at_s FROM last_seen WHERE person = " SQL_PERSON("?1"))                 \
    X(SEEN, "SELECT how, at_s FROM last_seen WHERE person = ?1")                                   \
    X(PUT_SEEN, "INSERT OR REPLACE INTO last_seen (person, how, at_s) VALUES (?1, ?2, ?3)")        \
    X(DROP_SEEN, "DELETE FROM last_seen WHERE person = ?1")                                        \
    X(FORGET_SEEN, "UPDATE last_seen SET at_s = NULL WHERE person IN"                              \
                   " (SELECT person FROM last_seen WHERE at_s < ?1 LIMIT ?2)")                     \
    X(WATCHED, "SELECT name FROM watches WHERE watcher = (SELECT id FROM people WHERE name = ?1)"  \
               " ORDER BY name")                                                                   \
    X(READ_VERSION, "SELECT version FROM reads WHERE person = ?1")                                 \
    X(SET_READ, "INSERT OR REPLACE INTO reads (person, version) VALUES (?1, ?2)")                  \
    X(CLEAR_SESSIONS, "DELETE FROM sessions")                                                      \
    X(SAVE_SESSION, "INSERT INTO sessions (user, device, fields, online_at_s, ref_inc, ref_seq,"   \
                    " prev_inc, prev_seq, saved_at_ms, hidden)"                                    \
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")                           \
    X(LATEST_EVENT, "SELECT value FROM numbers WHERE name = 'events'")                             \
    X(BEGAN_AT, "SELECT value * 1000000 FROM numbers WHERE name = 'epoch'")                        \
    X(JUMP, "INSERT INTO jumps (number, behind, passed)"                                           \
            " SELECT ?1, ?2, ?1 - ?2 + coalesce(max(passed), 0) FROM jumps")                       \
    X(COUNT_EVENTS, "SELECT ?2 - ?1 - " SQL_PASSED("?2") " + " SQL_PASSED("?1"))                   \
    X(WAS_GIVEN, "SELECT NOT " SQL_IS_PASSED("?1"))                                                \
    X(SET_LATEST_EVENT, "INSERT OR REPLACE INTO numbers (name, value) VALUES ('events', ?1)")      \
    X(DELIVERED, "SELECT value FROM numbers WHERE name = 'delivered'")                             \
    X(SET_DELIVERED, "UPDATE numbers SET value = max(value, ?1) WHERE name = 'delivered'")         \
    X(ADD_EVENT, "INSERT INTO events (number, at_ms, user, kind, hidden, old, now)"                \
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                           \
    X(FORGOTTEN_EVENT, "SELECT value FROM numbers WHERE name = 'forgotten'")                       \
    X(SET_FORGOTTEN_EVENT,                                                                         \
      "INSERT OR REPLACE INTO numbers (name, value) VALUES ('forgotten', ?1)")                     \
    X(EVENTS_AFTER, "SELECT number, at_ms, user, kind, hidden, old, now FROM events"               \
                    " WHERE number > ?1 ORDER BY number LIMIT ?2")                                 \
    X(LAST_OLD_EVENT, "SELECT max(number) FROM"                                                    \
                      " (SELECT number, at_ms FROM events ORDER BY number LIMIT ?3)"               \
                      " WHERE at_ms < ?1 OR number <= " SQL_BEHIND_LATEST("?2"))                   \
    X(DROP_EVENTS, "DELETE FROM events WHERE number <= ?1")                                        \
    X(DROP_JUMPS, SQL_DROP_JUMPS("?1"))                                                            \
    X(FIND_PRESENT, "SELECT user FROM present WHERE ref = ?1")                                     \
    X(COUNT_PRESENT, "SELECT count(*) FROM present WHERE user = ?1")                               \
    X(PUT_PRESENT, "INSERT OR REPLACE INTO present (ref, user, run) VALUES (?1, ?2, ?3)")          \
    X(DROP_PRESENT, "DELETE FROM present WHERE ref = ?1")                                          \
    X(NEXT_PRESENT, "SELECT ref, user, run FROM present WHERE ref > ?1 ORDER BY ref LIMIT ?2")

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
    bool erased;  /* and the log still holds it */
    bool reading; /* between begin_reading and end_reading */
    int lock_fd;  /* of kith.lock; -1: not taken */
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
bool sqlite_is_held(const struct store *s);
void sqlite_tell_port(struct store *s, uint16_t api_port);
void sqlite_rollback(struct store *s);
void sqlite_begin_reading(struct store *s);
void sqlite_end_reading(struct store *s);
void sqlite_bulk(struct store *s);
void sqlite_scrub(struct store *s);
int sqlite_changes_fd(const struct store *s);
bool sqlite_changes_heard(struct store *s);
enum store_reach sqlite_reach(const struct store *s);

/* Copies the file to DIR/kith.db.schema-N (0600, on the disk), in place of one of that name. The
 * caller has begun to write and has written nothing. On an error nothing of a copy is left; `why`
 * says what to do. */
KITH_MUST_USE kith_err sqlite_copy(struct store *s, int64_t schema, kith_problem *why);
void sqlite_forget_copies(struct store *s, uint64_t now_s); /* as store_forget_copies */

/* What a result code means to a caller. */
kith_err sqlite_err(int rc);

/* A person's number. KITH_NONE: nobody of that name. */
KITH_MUST_USE kith_err sqlite_find_person(struct store *s, kith_slice name, int64_t *id);
/* The same; of one who is not known 0, which nobody has, so that nothing is found about it. */
KITH_MUST_USE kith_err sqlite_find_or_nobody(struct store *s, kith_slice name, int64_t *id);
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
