/* io/postgres.h -- inside the store that is a server: its connection, its statements, and what its
 * errors mean. Only the files postgres_*.c include it. */
#pragma once

#include "io/pq.h"
#include "io/store_kind.h"

#include <endian.h>

#define POSTGRES_VERSION_MIN 130000

/* Rows that are read at once: what is larger is read in pages, so that each call keeps its bound.
 */
#define POSTGRES_PAGE 8192

/* What a user has said about another, as stance_at() reads it: the same is looked up whoever they
 * are, known or not, so that the time it takes tells nothing. Of EXISTS the server would, where it
 * seems cheaper, read all who have blocked somebody; of a value it looks up just that one. NULL is
 * no. */
#define SQL_SAID(user, other)                                                                      \
    " (SELECT true FROM blocks WHERE blocker = " user " AND blocked = " other "),"                 \
    " (SELECT true FROM chosen WHERE name = " user " AND chosen.other = " other "),"               \
    " (SELECT mode FROM visibility WHERE name = " user ")"
#define SQL_WATCHES(user, other)                                                                   \
    " (SELECT true FROM watches e WHERE e.watcher = " user " AND e.watched = " other ")"

/* Whom $1 watches, or who watches it. The edge itself is there, and its way back is looked for only
 * if $3 is 1. */
#define SQL_BACK(user, other) " $3::bigint = 1 AND" SQL_WATCHES(user, other) ","
#define SQL_WATCHED_ABOUT                                                                          \
    "SELECT w.watched," SQL_BACK("w.watched", "$1")                                                \
        SQL_SAID("w.watched", "$1") ", true," SQL_SAID(                                            \
            "$1", "w.watched") " FROM watches w WHERE w.watcher = $1 AND w.watched > $4 ORDER BY " \
                               "w.watched LIMIT $2"
#define SQL_WATCHERS_ABOUT                                                                         \
    "SELECT w.watcher, true," SQL_SAID("w.watcher", "$1") "," SQL_BACK("$1", "w.watcher")          \
        SQL_SAID("$1", "w.watcher") " FROM watches w WHERE w.watched = $1 AND w.watcher > $4 "     \
                                    "ORDER BY w.watcher LIMIT $2"

/* One number for all nodes, and one for each name. */
#define SQL_ALL_NODES "X'4b6974686e6f6465'::bigint"
#define SQL_THIS_NODE "hashtextextended(encode($1, 'hex'), 0)"

/* Of FORGET_EVENTS: up to where the log is too long, and what is known of jumps behind that. */
#define SQL_KEPT           SQL_BEHIND_LATEST("$2::bigint")
#define SQL_DROP_OLD_JUMPS SQL_DROP_JUMPS("(SELECT last FROM old)")

/* Prepared when they are first used. Names are bytea: opaque bytes, compared as such. */
#define POSTGRES_STATEMENTS(X)                                                                     \
    X(ADD_WATCH, "INSERT INTO watches VALUES ($1, $2) ON CONFLICT DO NOTHING")                     \
    X(ADD_WATCHES, "INSERT INTO watches SELECT * FROM unnest($1::bytea[], $2::bytea[])"            \
                   " ON CONFLICT DO NOTHING")                                                      \
    X(DROP_WATCH, "DELETE FROM watches WHERE watcher = $1 AND watched = $2")                       \
    X(DROP_WATCHES, "DELETE FROM watches w USING unnest($1::bytea[], $2::bytea[]) AS p (a, b)"     \
                    " WHERE w.watcher = p.a AND w.watched = p.b")                                  \
    X(READ_VERSION, "SELECT version FROM reads WHERE name = $1")                                   \
    X(SET_READ, "INSERT INTO reads VALUES ($1, $2)"                                                \
                " ON CONFLICT (name) DO UPDATE SET version = excluded.version")                    \
    X(WATCHED, "SELECT watched FROM watches WHERE watcher = $1 AND watched > $2"                   \
               " ORDER BY watched LIMIT $3")                                                       \
    X(ADD_BLOCK, "INSERT INTO blocks VALUES ($1, $2) ON CONFLICT DO NOTHING")                      \
    X(DROP_BLOCK, "DELETE FROM blocks WHERE blocker = $1 AND blocked = $2")                        \
    X(VISIBILITY, "SELECT (SELECT mode FROM visibility WHERE name = $1), c.other"                  \
                  " FROM (VALUES (1)) one LEFT JOIN chosen c ON c.name = $1 ORDER BY c.other")     \
    X(SET_MODE, "INSERT INTO visibility VALUES ($1, $2)"                                           \
                " ON CONFLICT (name) DO UPDATE SET mode = excluded.mode")                          \
    X(CHOOSE_NOBODY, "DELETE FROM chosen WHERE name = $1")                                         \
    X(CHOOSE, "INSERT INTO chosen SELECT $1::bytea, unnest($2::bytea[]) ON CONFLICT DO NOTHING")   \
    X(PAIR, "SELECT NULL," SQL_WATCHES("$2", "$1") "," SQL_SAID("$2", "$1") "," SQL_WATCHES(       \
                "$1", "$2") "," SQL_SAID("$1", "$2"))                                              \
    X(WATCHED_ABOUT, SQL_WATCHED_ABOUT)                                                            \
    X(WATCHERS_ABOUT, SQL_WATCHERS_ABOUT)                                                          \
    X(EVERY_WATCH, "SELECT watcher, watched FROM watches WHERE (watcher, watched) > ($1, $2)"      \
                   " ORDER BY watcher, watched LIMIT $3")                                          \
    X(COUNT_CUT, "SELECT count(*) FROM (SELECT FROM watches GROUP BY watcher"                      \
                 " HAVING count(*) > $1) cut")                                                     \
    X(WATCHED_BEFORE, "SELECT count(*) FROM (SELECT FROM watches"                                  \
                      " WHERE watcher = $1 AND watched < $2 LIMIT $3) before")                     \
    X(ERASE, "WITH w AS (DELETE FROM watches WHERE watcher = $1 OR watched = $1),"                 \
             " b AS (DELETE FROM blocks WHERE blocker = $1 OR blocked = $1),"                      \
             " c AS (DELETE FROM chosen WHERE name = $1 OR other = $1),"                           \
             " v AS (DELETE FROM visibility WHERE name = $1),"                                     \
             " l AS (DELETE FROM last_seen WHERE name = $1),"                                      \
             " s AS (DELETE FROM sessions WHERE name = $1),"                                       \
             " r AS (DELETE FROM reads WHERE name = $1),"                                          \
             " e AS (DELETE FROM events WHERE name = $1),"                                         \
             " p AS (DELETE FROM present WHERE name = $1)"                                         \
             " DELETE FROM bars WHERE name = $1 AND $2::bigint = 0")                               \
    X(SET_BAR, "INSERT INTO bars SELECT $1::bytea, $2::bigint"                                     \
               " WHERE (SELECT count(*) FROM bars WHERE name <> $1) < $3"                          \
               " ON CONFLICT (name) DO UPDATE SET until_s = excluded.until_s")                     \
    X(DROP_BARS, "DELETE FROM bars WHERE until_s <= $1")                                           \
    X(BARS, "SELECT name, until_s FROM bars ORDER BY name")                                        \
    X(SEEN, "SELECT how, at_s FROM last_seen WHERE name = $1")                                     \
    X(PUT_SEEN, "INSERT INTO last_seen VALUES ($1, $2, nullif($3::bigint, 0)) ON CONFLICT (name)"  \
                " DO UPDATE SET how = excluded.how, at_s = excluded.at_s")                         \
    X(MARK_SEEN, "UPDATE last_seen SET at_s = $3"                                                  \
                 " WHERE name = $1 AND how = $2 AND coalesce(at_s, 0) < $3")                       \
    X(DROP_SEEN, "DELETE FROM last_seen WHERE name = $1")                                          \
    X(FORGET_SEEN, "UPDATE last_seen SET at_s = NULL WHERE name IN (SELECT name FROM last_seen"    \
                   " WHERE at_s < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)")                            \
    X(CLEAR_SESSIONS, "DELETE FROM sessions WHERE node = $1")                                      \
    X(SAVE_SESSION, "INSERT INTO sessions (node, name, device, fields, online_at_s, ref_inc,"      \
                    " ref_seq, prev_inc, prev_seq, saved_at_ms, hidden)"                           \
                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::bigint = 1)")          \
    X(SESSIONS, "SELECT name, device, fields, online_at_s, ref_inc, ref_seq, prev_inc, prev_seq,"  \
                " saved_at_ms, hidden, id FROM sessions"                                           \
                " WHERE node = $1 AND (online_at_s, id) > ($2, $3)"                                \
                " ORDER BY online_at_s, id LIMIT $4")                                              \
    X(SECRET, "SELECT value FROM secrets WHERE name = $1")                                         \
    X(MAKE_SECRET, "INSERT INTO secrets VALUES ($1, $2) ON CONFLICT DO NOTHING")                   \
    X(EPOCH, "INSERT INTO numbers VALUES ('epoch', greatest(1::bigint, $1)) ON CONFLICT (name)"    \
             " DO UPDATE SET value = greatest(numbers.value + 1, $1) RETURNING value")             \
    X(NOTE_CHANGE, "WITH n AS (UPDATE numbers SET value = value + 1 WHERE name = 'changes'"        \
                   " RETURNING value), c AS (INSERT INTO changes (number, body)"                   \
                   " SELECT value, $1::bytea FROM n RETURNING number)"                             \
                   " SELECT number, pg_notify('kith_changes', '') FROM c")                         \
    X(LATEST_CHANGE, "SELECT value FROM numbers WHERE name = 'changes'")                           \
    X(CHANGES_AFTER, "SELECT c.number, c.body, n.value FROM numbers n LEFT JOIN (SELECT * FROM"    \
                     " changes WHERE number > $1 ORDER BY number LIMIT $2) c ON true"              \
                     " WHERE n.name = 'changes' ORDER BY c.number")                                \
    X(FORGET_CHANGES, "DELETE FROM changes WHERE number IN (SELECT number FROM"                    \
                      " (SELECT * FROM changes ORDER BY number LIMIT $3) oldest"                   \
                      " WHERE at < now() - $1::bigint * interval '1 second' OR number <="          \
                      " (SELECT value FROM numbers n WHERE n.name = 'changes') - $2)")             \
    X(LOG_SESSIONS, "SELECT log_sessions($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")                \
    X(END_RUNS, "SELECT o_last, o_logged FROM end_runs($1, $2, $3, $4, $5)")                       \
    X(END_NODE, "SELECT o_last, o_logged FROM end_node($1, $2, $3, $4)")                           \
    X(KEEP_RUN, "SELECT o_ended, o_stale FROM keep_run($1, $2, $3)")                               \
    X(EVENTS_AFTER, "SELECT number, at_ms, name, kind, hidden::int::bigint, old, now FROM events"  \
                    " WHERE number > $1 ORDER BY number LIMIT $2")                                 \
    X(EVENTS_RANGE, "SELECT f.value, l.value FROM numbers f, numbers l"                            \
                    " WHERE f.name = 'forgotten' AND l.name = 'events'")                           \
    X(COUNT_EVENTS, "SELECT $2::bigint - $1::bigint - " SQL_PASSED("$2") " + " SQL_PASSED("$1"))   \
    X(WAS_GIVEN, "SELECT 1 - " SQL_IS_PASSED("$1"))                                                \
    X(FORGET_EVENTS, "WITH old AS (SELECT max(number) AS last FROM"                                \
                     " (SELECT number, at_ms FROM events ORDER BY number LIMIT $3) oldest"         \
                     " WHERE at_ms < $1 OR number <= " SQL_KEPT "),"                               \
                     " n AS (UPDATE numbers SET value = old.last FROM old"                         \
                     "  WHERE name = 'forgotten' AND value < old.last),"                           \
                     " j AS (" SQL_DROP_OLD_JUMPS "),"                                             \
                     " d AS (DELETE FROM events USING old WHERE number <= old.last"                \
                     "  RETURNING number)"                                                         \
                     " SELECT count(*), coalesce(max(number), 0) FROM d")                          \
    X(LEAD_DELIVERY, "WITH mine AS (UPDATE leads SET node = $1, until = now()"                     \
                     "  + $2::bigint * interval '1 millisecond'"                                   \
                     "  WHERE name = 'delivery' AND (node = $1 OR until <= now()) RETURNING node)" \
                     " SELECT (SELECT count(*) FROM mine WHERE $2::bigint > 0), value"             \
                     " FROM numbers WHERE name = 'delivered'")                                     \
    X(SET_DELIVERED, "UPDATE numbers SET value = $1 WHERE name = 'delivered' AND value < $1")      \
    X(LOCK_NODE, "SELECT pg_try_advisory_lock_shared(" SQL_ALL_NODES "),"                          \
                 " pg_try_advisory_lock(" SQL_THIS_NODE ")")                                       \
    X(UNLOCK, "SELECT pg_advisory_unlock_all()")                                                   \
    X(LOCK_ALL, "SELECT pg_try_advisory_lock(" SQL_ALL_NODES ")")                                  \
    X(HOLDER, "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"            \
              " WHERE locktype = 'advisory' AND objsubid = 1 AND pid <> pg_backend_pid()"          \
              " AND (classid::bigint << 32 | objid::bigint) = " SQL_ALL_NODES " LIMIT 1")          \
    X(SINCE, "SELECT (extract(epoch FROM backend_start) * 1000000)::bigint FROM pg_stat_activity"  \
             " WHERE pid = pg_backend_pid()")                                                      \
    X(END_OLD, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1::bigint"     \
               " AND (extract(epoch FROM backend_start) * 1000000)::bigint = $2"                   \
               " AND pid <> pg_backend_pid()")

enum postgres_which {
#define X(name, sql) POSTGRES_##name,
    POSTGRES_STATEMENTS(X)
#undef X
        POSTGRES_STATEMENT_COUNT
};

struct postgres {
    struct store store; /* the first, so that one is the other */
    PGconn *conn;       /* NULL: lost */
    bool prepared[POSTGRES_STATEMENT_COUNT];
    bool open;             /* a transaction is, as far as the caller knows */
    bool broken;           /* which has failed as a whole: its connection is lost */
    bool locked;           /* by store_lock; and again wherever it connects anew */
    bool watching;         /* likewise */
    bool heard;            /* of changes, and not yet told */
    bool held;             /* the latest failure was a statement that took too long */
    int64_t pid, since_us; /* of the server's process that holds the lock */
    uint64_t retry_at_ms;  /* mono; before it a lost server is not tried again */
    uint32_t retry_ms;
    uint32_t call_ms;
    char *url;
    char node[128];  /* empty: a command */
    char words[240]; /* the latest failure's, in one line */
};

static inline struct postgres *postgres_of(struct store *s) { return (struct postgres *)s; }

/* What a statement is asked with, in binary. Not to be copied: it points into itself. */
struct values {
    int count;
    const char *at[12];
    int lengths[12];
    uint64_t numbers[12];
};

static inline void put_bytes(struct values *v, kith_slice bytes)
{
    v->at[v->count] = bytes.len ? (const char *)bytes.ptr : ""; /* NULL would be NULL */
    v->lengths[v->count++] = (int)bytes.len;
}

static inline void put_number(struct values *v, int64_t n)
{
    v->numbers[v->count] = htobe64((uint64_t)n);
    v->at[v->count] = (const char *)&v->numbers[v->count];
    v->lengths[v->count++] = sizeof n;
}

/* A row's. NULL is no bytes, and 0. */
static inline kith_slice get_bytes(const PGresult *r, int row, int column)
{
    return (kith_slice){(const uint8_t *)PQgetvalue(r, row, column),
                        (size_t)PQgetlength(r, row, column)};
}

static inline int64_t get_number(const PGresult *r, int row, int column)
{
    kith_slice b = get_bytes(r, row, column);
    uint64_t n = 0;
    for (size_t i = 0; i < b.len; i++)
        n = n << 8 | b.ptr[i];
    return (int64_t)n;
}

/* postgres_ask.c: every question to the server goes through these. */

/* The rows, the caller's to clear. On error *out is NULL. */
KITH_MUST_USE kith_err postgres_ask(struct store *s, enum postgres_which which,
                                    const struct values *v, PGresult **out);
/* Without rows; *rows (may be NULL) is how many it concerned. */
KITH_MUST_USE kith_err postgres_do(struct store *s, enum postgres_which which,
                                   const struct values *v, uint64_t *rows);
/* The number in the first column of the one row; KITH_NONE: there is no row. */
KITH_MUST_USE kith_err postgres_number(struct store *s, enum postgres_which which,
                                       const struct values *v, int64_t *out);
/* Constant text, of which the last statement's rows are *out (may be NULL). */
KITH_MUST_USE kith_err postgres_say(struct store *s, const char *sql, PGresult **out);
/* Those rows of the connection as it is, which is not made anew. */
KITH_MUST_USE kith_err postgres_say_here(struct postgres *p, const char *sql, uint32_t call_ms,
                                         PGresult **out);
/* Keeps the words, in one line. */
void postgres_words(struct postgres *p, const char *words);

/* postgres_connect.c */

/* KITH_OK: it is connected, with all that it had before. KITH_IO: it is not, or not yet. */
KITH_MUST_USE kith_err postgres_connect(struct postgres *p);
/* It is there no more. What was open is over. */
void postgres_lose(struct postgres *p, const char *words);

/* postgres_lock.c: what it held before it was lost. */
KITH_MUST_USE kith_err postgres_lock_again(struct postgres *p);
/* The server's process lives on for a moment behind a connection that is closed, in which who
 * starts next would find what it held. Says nothing where the connection is none any more. */
void postgres_unlock(struct postgres *p);

/* postgres_schema.c */
KITH_MUST_USE kith_err postgres_migrate(struct postgres *p, kith_problem *why);

/* Arrays of bytes, as a value: begun, filled, ended. */
void postgres_array_begin(struct buf *b);
void postgres_array_put(struct buf *b, kith_slice bytes);
void postgres_array_end(struct buf *b, uint32_t count);

/* Those of struct store_kind that cannot fail. */
void postgres_close(struct store *s);
const char *postgres_error(const struct store *s);
bool postgres_is_held(const struct store *s);
void postgres_tell_port(struct store *s, uint16_t api_port);
void postgres_rollback(struct store *s);
void postgres_bulk(struct store *s);
void postgres_scrub(struct store *s);
void postgres_forget_copies(struct store *s, uint64_t now_s);
int postgres_changes_fd(const struct store *s);
bool postgres_changes_heard(struct store *s);
enum store_reach postgres_reach(const struct store *s);
