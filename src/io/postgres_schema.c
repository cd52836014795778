/* io/postgres_schema.c -- the tables, in the schema `kith`: made, or brought to this version. */
#include "io/postgres.h"

#include <stdlib.h>

/* migrations[n] leads from version n to n + 1. Edges hold names, where the file has numbers: many
 * nodes write at once, and a list comes in order from one index. */
static const char *const migrations[] = {
    "CREATE TABLE numbers (name text PRIMARY KEY, value bigint NOT NULL);"
    "INSERT INTO numbers VALUES ('changes', 0);"
    "CREATE TABLE watches (watcher bytea, watched bytea, PRIMARY KEY (watcher, watched));"
    "CREATE INDEX watches_watched ON watches (watched, watcher);"
    "CREATE TABLE blocks (blocker bytea, blocked bytea, PRIMARY KEY (blocker, blocked));"
    "CREATE INDEX blocks_blocked ON blocks (blocked);"
    "CREATE TABLE visibility (name bytea PRIMARY KEY, mode bigint NOT NULL);"
    "CREATE TABLE chosen (name bytea, other bytea, PRIMARY KEY (name, other));"
    "CREATE INDEX chosen_other ON chosen (other);"
    "CREATE TABLE last_seen (name bytea PRIMARY KEY, how bigint NOT NULL, at_s bigint);"
    "CREATE INDEX last_seen_at ON last_seen (at_s) WHERE at_s IS NOT NULL;"
    "CREATE TABLE bars (name bytea PRIMARY KEY, until_s bigint NOT NULL);"
    "CREATE TABLE sessions (node bytea, id bigint GENERATED ALWAYS AS IDENTITY,"
    " name bytea NOT NULL, device bigint NOT NULL, fields bytea NOT NULL,"
    " online_at_s bigint NOT NULL, ref_inc bigint NOT NULL, ref_seq bigint NOT NULL,"
    " prev_inc bigint NOT NULL, prev_seq bigint NOT NULL, saved_at_ms bigint NOT NULL,"
    " hidden boolean NOT NULL, PRIMARY KEY (node, online_at_s, id));"
    "CREATE INDEX sessions_name ON sessions (name);"
    "CREATE TABLE secrets (name bytea PRIMARY KEY, value bytea NOT NULL);"
    "CREATE TABLE changes (number bigint PRIMARY KEY,"
    " at timestamptz NOT NULL DEFAULT clock_timestamp(), body bytea NOT NULL);",

    /* Of users whose edges are read from the application's own tables. */
    "CREATE TABLE reads (name bytea PRIMARY KEY, version bigint NOT NULL);",

    /* Events of users' presence, and the sessions that they have told of. The functions are what
     * sqlite_events.c does, for a whole batch in one question: whoever has locked the row of the
     * latest event has the log to itself, so that numbers are in the order of commits. The log
     * begins at the time in microseconds, likewise. */
    "CREATE TABLE events (number bigint PRIMARY KEY, at_ms bigint NOT NULL, name bytea NOT NULL,"
    " kind bigint NOT NULL, hidden boolean NOT NULL, old bytea NOT NULL, now bytea NOT NULL);"
    "CREATE INDEX events_name ON events (name);"
    "CREATE TABLE present (ref bytea PRIMARY KEY, name bytea NOT NULL, node bytea NOT NULL,"
    " run bigint NOT NULL);"
    "CREATE INDEX present_name ON present (name);"
    "CREATE INDEX present_node ON present (node, ref);"
    "CREATE TABLE batches (node bytea PRIMARY KEY, run bigint NOT NULL, number bigint NOT NULL);"
    "INSERT INTO numbers SELECT name, (extract(epoch FROM now()) * 1000000)::bigint"
    " FROM unnest(ARRAY['events', 'forgotten']) AS name;"
    "INSERT INTO numbers VALUES ('delivered', 0);"

    "CREATE FUNCTION log_session(p_latest bigint, p_name bytea, p_was bytea, p_is bytea,"
    " p_old bytea, p_now bytea, p_at_ms bigint, p_hidden boolean, p_node bytea, p_run bigint)"
    " RETURNS bigint LANGUAGE plpgsql AS $$"
    " DECLARE v_told boolean; v_moved boolean := false; v_others bigint; v_kind bigint;"
    " BEGIN"
    " IF length(p_is) = 0 THEN"
    "  DELETE FROM present WHERE ref = p_was;"
    "  IF NOT FOUND THEN RETURN p_latest; END IF;"
    "  SELECT count(*) INTO v_others FROM present WHERE name = p_name;"
    "  v_kind := CASE WHEN v_others > 0 THEN 2 ELSE 1 END;"
    " ELSE"
    "  v_told := EXISTS (SELECT FROM present WHERE ref = p_is);"
    "  DELETE FROM present WHERE ref = p_was;"
    "  v_moved := FOUND;"
    "  SELECT count(*) INTO v_others FROM present WHERE name = p_name;"
    "  INSERT INTO present VALUES (p_is, p_name, p_node, p_run)"
    "   ON CONFLICT (ref) DO UPDATE SET node = excluded.node, run = excluded.run;"
    "  IF v_told THEN RETURN p_latest; END IF;"
    "  v_kind := CASE WHEN v_moved OR v_others > 0 THEN 2 ELSE 0 END;"
    " END IF;"
    " INSERT INTO events VALUES (p_latest + 1, p_at_ms, p_name, v_kind, p_hidden OR EXISTS"
    "  (SELECT FROM visibility v WHERE v.name = p_name AND (v.mode = 2 OR (v.mode = 3"
    "   AND NOT EXISTS (SELECT FROM chosen c WHERE c.name = p_name)))), p_old, p_now);"
    " RETURN p_latest + 1;"
    " END $$;"

    "CREATE FUNCTION log_sessions(p_node bytea, p_run bigint, p_number bigint, p_names bytea[],"
    " p_was bytea[], p_is bytea[], p_old bytea[], p_now bytea[], p_at_ms bytea[],"
    " p_hidden bytea[]) RETURNS bigint LANGUAGE plpgsql AS $$"
    " DECLARE v_latest bigint; v_began bigint;"
    " BEGIN"
    " SELECT value INTO v_latest FROM numbers WHERE name = 'events' FOR UPDATE;"
    " IF EXISTS (SELECT FROM batches WHERE node = p_node AND (run, number) >= (p_run, p_number))"
    "  THEN RETURN 0; END IF;"
    " INSERT INTO batches VALUES (p_node, p_run, p_number)"
    "  ON CONFLICT (node) DO UPDATE SET run = excluded.run, number = excluded.number;"
    " v_began := v_latest;"
    " FOR i IN 1 .. cardinality(p_names) LOOP"
    "  v_latest := log_session(v_latest, p_names[i], p_was[i], p_is[i], p_old[i], p_now[i],"
    "   convert_from(p_at_ms[i], 'UTF8')::bigint, length(p_hidden[i]) > 0, p_node, p_run);"
    " END LOOP;"
    " UPDATE numbers SET value = v_latest WHERE name = 'events';"
    " RETURN v_latest - v_began;"
    " END $$;"

    "CREATE FUNCTION end_runs(p_node bytea, p_before bigint, p_at_ms bigint, p_after bytea,"
    " p_max bigint, OUT o_last bytea, OUT o_logged bigint) LANGUAGE plpgsql AS $$"
    " DECLARE v_latest bigint; v_began bigint; v_rows bigint := 0; v_one record;"
    " BEGIN"
    " SELECT value INTO v_latest FROM numbers WHERE name = 'events' FOR UPDATE;"
    " v_began := v_latest;"
    " o_last := '';"
    " FOR v_one IN SELECT ref, name, run FROM present WHERE node = p_node AND ref > p_after"
    "  ORDER BY ref LIMIT p_max LOOP"
    "  v_rows := v_rows + 1;"
    "  o_last := v_one.ref;"
    "  IF v_one.run < p_before THEN"
    "   v_latest := log_session(v_latest, v_one.name, v_one.ref, '', convert_to("
    "    '{\"phx_ref\":\"' || convert_from(v_one.ref, 'UTF8') || '\"}', 'UTF8'), '', p_at_ms,"
    "    false, p_node, p_before);"
    "  END IF;"
    " END LOOP;"
    " IF v_rows < p_max THEN o_last := ''; END IF;"
    " o_logged := v_latest - v_began;"
    " IF o_logged > 0 THEN UPDATE numbers SET value = v_latest WHERE name = 'events'; END IF;"
    " END $$;",

    /* Who does what one node does for all, and until when it has said that it does. */
    "CREATE TABLE leads (name text PRIMARY KEY, node bytea NOT NULL, until timestamptz NOT NULL);"
    "INSERT INTO leads VALUES ('delivery', '', now());",

    /* When each node was there last, and up to which of its runs others have taken it for dead. */
    "ALTER TABLE batches ADD COLUMN seen timestamptz NOT NULL DEFAULT now(),"
    " ADD COLUMN ended bigint NOT NULL DEFAULT 0;"
    "CREATE FUNCTION keep_run(p_node bytea, p_run bigint, p_stale_s bigint,"
    " OUT o_ended bigint, OUT o_stale bigint) LANGUAGE plpgsql AS $$"
    " BEGIN"
    " INSERT INTO batches AS b VALUES (p_node, p_run, 0) ON CONFLICT (node) DO UPDATE"
    "  SET seen = now(), run = greatest(b.run, p_run),"
    "  number = CASE WHEN b.run < p_run THEN 0 ELSE b.number END"
    "  RETURNING (ended >= p_run)::int INTO o_ended;"
    " SELECT coalesce(max(run), 0) INTO o_stale FROM batches b"
    "  WHERE seen < now() - p_stale_s * interval '1 second'"
    "  AND EXISTS (SELECT FROM present p WHERE p.node = b.node);"
    " END $$;"
    "CREATE FUNCTION end_node(p_of bigint, p_at_ms bigint, p_after bytea, p_max bigint,"
    " OUT o_last bytea, OUT o_logged bigint) LANGUAGE plpgsql AS $$"
    " DECLARE v_node bytea;"
    " BEGIN"
    " o_last := '';"
    " o_logged := 0;"
    " UPDATE batches SET ended = run WHERE run >> 24 = p_of >> 24 RETURNING node INTO v_node;"
    " IF NOT FOUND THEN RETURN; END IF;"
    " SELECT e.o_last, e.o_logged INTO o_last, o_logged"
    "  FROM end_runs(v_node, ((p_of >> 24) + 1) << 24, p_at_ms, p_after, p_max) e;"
    " END $$;",

    /* Ids of events that were never given (store_kind.h). */
    "CREATE TABLE jumps (number bigint PRIMARY KEY, behind bigint NOT NULL, passed bigint NOT "
    "NULL);"
    "CREATE FUNCTION log_begins(p_before bigint) RETURNS bigint LANGUAGE sql AS $$"
    " SELECT greatest(p_before, max(value) * 1000000) FROM numbers WHERE name = 'epoch' $$;"
    "CREATE FUNCTION log_ends(p_before bigint, p_began bigint, p_latest bigint) RETURNS bigint"
    " LANGUAGE plpgsql AS $$"
    " BEGIN"
    " IF p_latest > p_began THEN"
    "  UPDATE numbers SET value = p_latest WHERE name = 'events';"
    "  IF p_began > p_before THEN"
    "   INSERT INTO jumps SELECT p_began, p_before, p_began - p_before + coalesce(max(passed), 0)"
    "    FROM jumps;"
    "  END IF;"
    " END IF;"
    " RETURN p_latest - p_began;"
    " END $$;"
    "CREATE OR REPLACE FUNCTION log_sessions(p_node bytea, p_run bigint, p_number bigint, p_names "
    "bytea[],"
    " p_was bytea[], p_is bytea[], p_old bytea[], p_now bytea[], p_at_ms bytea[],"
    " p_hidden bytea[]) RETURNS bigint LANGUAGE plpgsql AS $$"
    " DECLARE v_latest bigint; v_before bigint; v_began bigint;"
    " BEGIN"
    " SELECT value INTO v_before FROM numbers WHERE name = 'events' FOR UPDATE;"
    " IF EXISTS (SELECT FROM batches WHERE node = p_node AND (run, number) >= (p_run, p_number))"
    "  THEN RETURN 0; END IF;"
    " INSERT INTO batches VALUES (p_node, p_run, p_number)"
    "  ON CONFLICT (node) DO UPDATE SET run = excluded.run, number = excluded.number;"
    " v_began := log_begins(v_before);"
    " v_latest := v_began;"
    " FOR i IN 1 .. cardinality(p_names) LOOP"
    "  v_latest := log_session(v_latest, p_names[i], p_was[i], p_is[i], p_old[i], p_now[i],"
    "   convert_from(p_at_ms[i], 'UTF8')::bigint, length(p_hidden[i]) > 0, p_node, p_run);"
    " END LOOP;"
    " RETURN log_ends(v_before, v_began, v_latest);"
    " END $$;"
    "CREATE OR REPLACE FUNCTION end_runs(p_node bytea, p_before bigint, p_at_ms bigint, p_after "
    "bytea,"
    " p_max bigint, OUT o_last bytea, OUT o_logged bigint) LANGUAGE plpgsql AS $$"
    " DECLARE v_latest bigint; v_before bigint; v_began bigint; v_rows bigint := 0; v_one record;"
    " BEGIN"
    " SELECT value INTO v_before FROM numbers WHERE name = 'events' FOR UPDATE;"
    " v_began := log_begins(v_before);"
    " v_latest := v_began;"
    " o_last := '';"
    " FOR v_one IN SELECT ref, name, run FROM present WHERE node = p_node AND ref > p_after"
    "  ORDER BY ref LIMIT p_max LOOP"
    "  v_rows := v_rows + 1;"
    "  o_last := v_one.ref;"
    "  IF v_one.run < p_before THEN"
    "   v_latest := log_session(v_latest, v_one.name, v_one.ref, '', convert_to("
    "    '{\"phx_ref\":\"' || convert_from(v_one.ref, 'UTF8') || '\"}', 'UTF8'), '', p_at_ms,"
    "    false, p_node, p_before);"
    "  END IF;"
    " END LOOP;"
    " IF v_rows < p_max THEN o_last := ''; END IF;"
    " o_logged := log_ends(v_before, v_began, v_latest);"
    " END $$;",
};
#define SCHEMA ((long long)(sizeof migrations / sizeof migrations[0]))

/* Making an index takes as long as it takes, while other nodes that start wait here. */
#define MIGRATE_MS (10 * STORE_COMMAND_MS)

static kith_err failed(struct postgres *p, kith_problem *why)
{
    return problem(strstr(p->words, "permission denied") ? KITH_BAD : KITH_IO, why,
                   "the schema kith cannot be made or read: %s; as the database's owner: CREATE "
                   "SCHEMA kith AUTHORIZATION %s",
                   p->words, p->conn ? PQuser(p->conn) : "USER");
}

static const char find_version[] =
    "SELECT to_regclass('kith.numbers') IS NOT NULL AS there, count(*) AS tables"
    " FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'kith')";

static long long number_at(const PGresult *r, int column)
{
    return strtoll(PQgetvalue(r, 0, column), NULL, 10);
}

static kith_err no_answer(kith_problem *why)
{
    return problem(KITH_BAD, why,
                   "what answers at the URL of the database does not answer as PostgreSQL does; "
                   "name a PostgreSQL server");
}

/* The version, 0 for none. KITH_BAD: what is there is not Kith's. */
static kith_err ask_version(struct postgres *p, long long *out, kith_problem *why)
{
    PGresult *r;
    *out = 0;
    kith_err e = postgres_say_here(p, find_version, p->call_ms, &r);
    bool says = !e && PQntuples(r) == 1 && PQnfields(r) == 2;
    bool there = says && *PQgetvalue(r, 0, 0) == 't', any = says && number_at(r, 1) > 0;
    PQclear(r);
    if (e) return failed(p, why);
    if (!says) return no_answer(why);
    if (!there && any)
        return problem(KITH_BAD, why,
                       "the schema kith holds another program's tables; name another database");
    if (!there) return KITH_OK;
    e = postgres_say_here(p, "SELECT value FROM numbers WHERE name = 'schema'", p->call_ms, &r);
    if (!e && PQntuples(r) == 1 && PQnfields(r) == 1) *out = number_at(r, 0);
    PQclear(r);
    if (e) return failed(p, why);
    return *out < 0 ? no_answer(why) : KITH_OK;
}

static kith_err check_newer(long long version, kith_problem *why)
{
    if (version <= SCHEMA) return KITH_OK;
    return problem(KITH_BAD, why,
                   "the schema kith was made by a newer kith (version %lld, this one knows %lld); "
                   "install that version, or name another database",
                   version, SCHEMA);
}

/* Where an owner has made the schema the role needs no right to make one. */
static const char make_schema[] =
    "DO $$ BEGIN IF to_regnamespace('kith') IS NULL THEN CREATE SCHEMA kith; END IF; END $$";
static const char keep_version[] = "INSERT INTO numbers VALUES ('schema', 1) ON CONFLICT (name)"
                                   " DO UPDATE SET value = numbers.value + 1";

static kith_err migrate_from(struct postgres *p, long long version, kith_problem *why)
{
    kith_err e = version ? KITH_OK : postgres_say_here(p, make_schema, MIGRATE_MS, NULL);
    for (; !e && version < SCHEMA; version++) {
        e = postgres_say_here(p, migrations[version], MIGRATE_MS, NULL);
        if (!e) e = postgres_say_here(p, keep_version, MIGRATE_MS, NULL);
    }
    if (!e) e = postgres_say_here(p, "COMMIT", MIGRATE_MS, NULL);
    return e ? failed(p, why) : KITH_OK;
}

/* One at a time; who waited finds it done. */
kith_err postgres_migrate(struct postgres *p, kith_problem *why)
{
    long long version;
    kith_err e = ask_version(p, &version, why);
    if (!e) e = check_newer(version, why);
    if (e || version == SCHEMA) return e;
    e = postgres_say_here(p,
                          "BEGIN; SET LOCAL statement_timeout = 0;"
                          "SELECT pg_advisory_xact_lock(" SQL_ALL_NODES " + 1)",
                          MIGRATE_MS, NULL);
    if (e) return failed(p, why);
    e = ask_version(p, &version, why);
    if (!e) e = check_newer(version, why);
    if (!e) e = migrate_from(p, version, why);
    if (e && p->conn && postgres_say_here(p, "ROLLBACK", p->call_ms, NULL) != KITH_OK) return e;
    return e;
}
