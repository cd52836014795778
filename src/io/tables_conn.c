/* io/tables_conn.c -- a connection to the application's own tables: made, lost, and made anew,
 * later each time. */
#include "io/tables_conn.h"

#include "base/limits.h"
#include "io/system.h"

#include <stdio.h>

#define MARGIN_MS 500 /* the server ends a statement by itself; so much later it is gone */

/* It only reads; what it asks ends in time, and small plans are not compiled. */
static const char session[] = "SET client_min_messages = warning; SET client_encoding = 'UTF8';"
                              "SET default_transaction_read_only = on; SET jit = off;"
                              "SET statement_timeout = %u; SET lock_timeout = %u;";

void tables_conn_init(struct tables_conn *c, const struct tables_options *o)
{
    *c = (struct tables_conn){.o = o, .retry_ms = STORE_RETRY_MS};
}

void tables_conn_fini(struct tables_conn *c)
{
    PQfinish(c->conn);
    c->conn = NULL;
}

/* Clients that come back at the same moment are not to stay together. */
static void put_off(struct tables_conn *c)
{
    uint8_t chance;
    system_random(&chance, sizeof chance);
    c->retry_at_ms = system_now().mono_ms + c->retry_ms + c->retry_ms * chance / 512;
    c->retry_ms = c->retry_ms * 2 < STORE_RETRY_MS_MAX ? c->retry_ms * 2 : STORE_RETRY_MS_MAX;
}

void tables_lose(struct tables_conn *c, const char *words)
{
    if (words != c->words) pq_words(c->words, sizeof c->words, words);
    PQfinish(c->conn);
    c->conn = NULL;
    c->ready = false;
    put_off(c);
}

kith_err tables_answer(struct tables_conn *c, int sent, PGresult **out)
{
    uint64_t end_ms = system_now().mono_ms + c->o->call_ms + MARGIN_MS;
    *out = NULL;
    if (sent && pq_answered(c->conn, end_ms, out)) {
        if (!*out) return KITH_NOMEM;
        if (PQstatus(c->conn) == CONNECTION_OK) return KITH_OK;
        tables_lose(c, PQresultErrorMessage(*out)); /* its last words */
    } else {
        bool late = system_now().mono_ms >= end_ms;
        tables_lose(c, late ? "the database does not answer" : PQerrorMessage(c->conn));
    }
    PQclear(*out);
    *out = NULL;
    return KITH_IO;
}

static kith_err begin_session(struct tables_conn *c)
{
    char sql[sizeof session + 32];
    PGresult *r;
    (void)snprintf(sql, sizeof sql, session, c->o->call_ms, c->o->call_ms);
    kith_err e = tables_answer(c, PQsendQuery(c->conn, sql), &r);
    if (!e && pq_failed(r)) {
        tables_lose(c, PQresultErrorMessage(r));
        e = KITH_IO;
    }
    PQclear(r);
    if (!e) c->retry_ms = STORE_RETRY_MS;
    return e;
}

kith_err tables_connect(struct tables_conn *c)
{
    uint64_t now_ms = system_now().mono_ms, end_ms = now_ms + c->o->call_ms;
    char program[64];
    if (c->conn) return KITH_OK;
    if (now_ms < c->retry_at_ms) return KITH_IO;
    (void)snprintf(program, sizeof program, "kith source %.50s", c->o->node ? c->o->node : "");
    c->conn = pq_begin(c->o->url, program);
    if (!c->conn) return KITH_NOMEM;
    if (pq_connected(c->conn, end_ms)) return begin_session(c);
    bool late = system_now().mono_ms >= end_ms;
    tables_lose(c, late ? "the database does not answer" : PQerrorMessage(c->conn));
    return KITH_IO;
}
