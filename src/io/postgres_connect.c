/* io/postgres_connect.c -- the connection to the server: made, lost, and made anew, later each
 * time.
 *
 * All here but the resolver's part of it (io/pq.c) ends within call_ms. */
#include "io/postgres.h"

#include "io/system.h"

#include <stdio.h>

/* The session's ways: its statements end in time, and so does a transaction in which nothing
 * happens, since others wait for it; plans are made once, and none is compiled, which would take
 * longer than the few rows of a join. What is acknowledged is on a disk, whatever the database's
 * default. */
static const char session[] =
    "SET search_path = kith; SET client_min_messages = warning; SET client_encoding = 'UTF8';"
    "SET jit = off; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;"
    "SET default_transaction_isolation = 'read committed';"
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off';"
    "SET statement_timeout = %u; SET idle_in_transaction_session_timeout = %u;";

/* Clients that come back at the same moment are not to stay together. */
static void put_off(struct postgres *p)
{
    uint8_t chance;
    system_random(&chance, sizeof chance);
    p->retry_at_ms = system_now().mono_ms + p->retry_ms + p->retry_ms * chance / 512;
    p->retry_ms = p->retry_ms * 2 < STORE_RETRY_MS_MAX ? p->retry_ms * 2 : STORE_RETRY_MS_MAX;
}

void postgres_lose(struct postgres *p, const char *words)
{
    if (words != p->words) postgres_words(p, words);
    PQfinish(p->conn);
    p->conn = NULL;
    p->broken |= p->open;
    p->heard = true; /* whatever came meanwhile */
    memset(p->prepared, 0, sizeof p->prepared);
    put_off(p);
}

static kith_err begin_session(struct postgres *p)
{
    char sql[sizeof session + 32];
    (void)snprintf(sql, sizeof sql, session, p->call_ms, *p->node ? STORE_IDLE_MS : 0);
    kith_err e = postgres_say_here(p, sql, p->call_ms, NULL);
    if (!e && p->locked) e = postgres_lock_again(p);
    if (!e && p->watching) e = postgres_say_here(p, "LISTEN kith_changes", p->call_ms, NULL);
    return e;
}

kith_err postgres_connect(struct postgres *p)
{
    uint64_t now_ms = system_now().mono_ms;
    if (now_ms < p->retry_at_ms) return KITH_IO;
    char program[64];
    (void)snprintf(program, sizeof program, "kith %.58s", *p->node ? p->node : "command");
    p->conn = pq_begin(p->url, program);
    if (!p->conn) return KITH_NOMEM;
    if (!pq_connected(p->conn, now_ms + p->call_ms)) {
        bool late = system_now().mono_ms >= now_ms + p->call_ms;
        postgres_lose(p, late ? "the database does not answer" : PQerrorMessage(p->conn));
        return KITH_IO;
    }
    kith_err e = begin_session(p);
    if (e && p->conn) postgres_lose(p, p->words);
    if (!e) p->retry_ms = STORE_RETRY_MS;
    return e ? KITH_IO : KITH_OK;
}

enum store_reach postgres_reach(const struct store *s)
{
    return ((const struct postgres *)s)->conn ? STORE_REACHED : STORE_LOST;
}
