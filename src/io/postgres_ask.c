/* io/postgres_ask.c -- one question to the server and its answer, within a bound of time; and what
 * the server's errors mean. */
#include "io/postgres.h"

#include "io/system.h"

#include <stdio.h>
#include <stdlib.h>

/* The server ends a statement by itself at call_ms, which keeps the connection; so much later there
 * is no server any more. */
#define MARGIN_MS 500

#define BINARY 1

void postgres_words(struct postgres *p, const char *words)
{
    pq_words(p->words, sizeof p->words, words);
}

static kith_err err_of(const char *state)
{
    if (!state) return KITH_IO;
    if (strcmp(state, "53100") == 0) return KITH_FULL;                             /* disk_full */
    return strncmp(state, "XX00", 4) == 0 && state[4] != '0' ? KITH_BAD : KITH_IO; /* corrupted */
}

static void lose(struct postgres *p, uint64_t end_ms)
{
    if (system_now().mono_ms >= end_ms)
        postgres_lose(p, "the database does not answer");
    else
        postgres_lose(p, PQerrorMessage(p->conn));
}

static kith_err judge(struct postgres *p, PGresult *r)
{
    if (!r) return KITH_NOMEM;
    if (!pq_failed(r)) return KITH_OK;
    const char *words = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    kith_err e = err_of(state);
    if (!state || strcmp(state, "25P02") != 0) { /* behind one that failed: its words say more */
        postgres_words(p, words ? words : PQresultErrorMessage(r));
        p->held = state && strcmp(state, "57014") == 0; /* query_canceled: at statement_timeout */
    }
    if (PQstatus(p->conn) != CONNECTION_OK) postgres_lose(p, p->words);
    return e;
}

/* What was sent is answered. */
static kith_err answer(struct postgres *p, bool sent, uint32_t call_ms, PGresult **out)
{
    uint64_t end_ms = system_now().mono_ms + call_ms + MARGIN_MS;
    PGresult *r = NULL;
    *out = NULL;
    if (!sent || !pq_answered(p->conn, end_ms, &r)) {
        lose(p, end_ms);
        return KITH_IO;
    }
    kith_err e = judge(p, r);
    if (e)
        PQclear(r);
    else
        *out = r;
    return e;
}

static const char *const texts[] = {
#define X(name, sql) sql,
    POSTGRES_STATEMENTS(X)
#undef X
};

static kith_err prepare(struct postgres *p, enum postgres_which which, const char *name)
{
    PGresult *r;
    if (p->prepared[which]) return KITH_OK;
    kith_err e = answer(p, PQsendPrepare(p->conn, name, texts[which], 0, NULL), p->call_ms, &r);
    p->prepared[which] = !e;
    PQclear(r);
    return e;
}

static kith_err ready(struct postgres *p)
{
    if (!p->broken) return p->conn ? KITH_OK : postgres_connect(p);
    return KITH_IO; /* what it would say belongs to what is lost */
}

kith_err postgres_ask(struct store *s, enum postgres_which which, const struct values *v,
                      PGresult **out)
{
    static const int formats[sizeof v->at / sizeof v->at[0]] = {BINARY, BINARY, BINARY, BINARY,
                                                                BINARY, BINARY, BINARY, BINARY,
                                                                BINARY, BINARY, BINARY, BINARY};
    struct postgres *p = postgres_of(s);
    char name[8];
    *out = NULL;
    (void)snprintf(name, sizeof name, "k%d", (int)which);
    kith_err e = ready(p);
    if (!e) e = prepare(p, which, name);
    if (e) return e;
    int sent = PQsendQueryPrepared(p->conn, name, v->count, v->at, v->lengths, formats, BINARY);
    return answer(p, sent, p->call_ms, out);
}

kith_err postgres_do(struct store *s, enum postgres_which which, const struct values *v,
                     uint64_t *rows)
{
    PGresult *r;
    kith_err e = postgres_ask(s, which, v, &r);
    if (!e && rows) *rows = strtoull(PQcmdTuples(r), NULL, 10);
    PQclear(r);
    return e;
}

kith_err postgres_number(struct store *s, enum postgres_which which, const struct values *v,
                         int64_t *out)
{
    PGresult *r;
    kith_err e = postgres_ask(s, which, v, &r);
    if (!e && PQntuples(r) == 0) e = KITH_NONE;
    if (!e) *out = get_number(r, 0, 0);
    PQclear(r);
    return e;
}

kith_err postgres_say_here(struct postgres *p, const char *sql, uint32_t call_ms, PGresult **out)
{
    PGresult *r;
    kith_err e = answer(p, PQsendQuery(p->conn, sql), call_ms, &r);
    if (out)
        *out = r;
    else
        PQclear(r);
    return e;
}

kith_err postgres_say(struct store *s, const char *sql, PGresult **out)
{
    struct postgres *p = postgres_of(s);
    kith_err e = ready(p);
    if (out) *out = NULL;
    return e ? e : postgres_say_here(p, sql, p->call_ms, out);
}

/* One dimension, no NULL among them, bytea. */
void postgres_array_begin(struct buf *b)
{
    static const uint8_t head[20] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 1};
    buf_clear(b);
    buf_put(b, slice_of(head, sizeof head));
}

void postgres_array_put(struct buf *b, kith_slice bytes)
{
    uint32_t len = htobe32((uint32_t)bytes.len);
    buf_put(b, slice_of(&len, sizeof len));
    buf_put(b, bytes);
}

void postgres_array_end(struct buf *b, uint32_t count)
{
    uint32_t n = htobe32(count);
    if (!b->failed) memcpy(b->ptr + 12, &n, sizeof n);
}
