/* io/tables_query.c -- the operator's queries: looked at, made one that Kith asks, and asked.
 *
 * Each stands as a part of a larger SELECT, which bounds what comes and makes text of it. Ids are
 * parameters, never part of the text. */
#include "io/http_source.h"
#include "io/tables.h"
#include "io/tables_conn.h"

#include "base/ids.h"
#include "base/limits.h"
#include "edge/token.h"

#define TEXT_OID 25

/* One of the operator's. */
struct query {
    const char *name, *text;
    Oid id_type;
};

static bool state_is(const PGresult *r, const char *const states[], size_t count)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    for (size_t i = 0; state && i < count; i++)
        if (strcmp(state, states[i]) == 0) return true;
    return false;
}

/* As it is told: what the server says, and where, if that is in what the operator has written. */
static kith_err cannot_at(const struct query *q, const PGresult *r, const char *at,
                          kith_problem *why)
{
    const char *words = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    return problem(KITH_BAD, why,
                   "source.%s: %s%s%s; write one SELECT that takes a user's id as $1 and gives ids",
                   q->name, words ? words : "the database would not", at ? ", at character " : "",
                   at ? at : "");
}

static kith_err cannot(const struct query *q, const PGresult *r, kith_problem *why)
{
    return cannot_at(q, r, PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION), why);
}

static kith_err answer_or_why(struct tables_conn *c, int sent, PGresult **out, kith_problem *why)
{
    kith_err e = tables_answer(c, sent, out);
    return e ? problem(e, why, "the application's database: %s",
                       e == KITH_IO ? c->words : kith_err_text(e))
             : KITH_OK;
}

/* Whether values of a type can be ids: text of any kind, whole numbers, uuid. */
static const char find_type[] =
    "SELECT typcategory = 'S' OR typname IN ('int2', 'int4', 'int8', 'numeric', 'uuid', 'oid'),"
    " format_type(oid, NULL) FROM pg_type WHERE oid = $1::oid";

static kith_err check_type(struct tables_conn *c, const struct query *q, Oid type,
                           kith_problem *why)
{
    char oid[16];
    const char *const values[] = {oid};
    PGresult *r;
    (void)snprintf(oid, sizeof oid, "%u", type);
    kith_err e = answer_or_why(
        c, PQsendQueryParams(c->conn, find_type, 1, NULL, values, NULL, NULL, 0), &r, why);
    if (!e && (pq_failed(r) || PQntuples(r) != 1 || PQnfields(r) != 2))
        e = cannot(q, r, why);
    else if (!e && *PQgetvalue(r, 0, 0) != 't')
        e = problem(KITH_BAD, why,
                    "source.%s gives %.60s, which is no id; let it give text, whole numbers or "
                    "uuid (anything becomes text by ::text)",
                    q->name, PQgetvalue(r, 0, 1));
    PQclear(r);
    return e;
}

static kith_err check_shape(struct query *q, const PGresult *r, kith_problem *why)
{
    if (PQnparams(r) != 1)
        return problem(KITH_BAD, why,
                       "source.%s takes %d parameters; write $1 where the user's id goes, and no "
                       "other",
                       q->name, PQnparams(r));
    if (PQnfields(r) != 1)
        return problem(KITH_BAD, why, "source.%s gives %d columns; let it give one, of ids",
                       q->name, PQnfields(r));
    q->id_type = PQparamtype(r, 0);
    return KITH_OK;
}

/* By itself, so that the server's words are about what the operator has written. */
static kith_err look_at(struct tables_conn *c, struct query *q, kith_problem *why)
{
    PGresult *r;
    kith_err e = answer_or_why(c, PQsendPrepare(c->conn, "", q->text, 0, NULL), &r, why);
    if (!e && pq_failed(r)) e = cannot(q, r, why);
    PQclear(r);
    if (e) return e;
    e = answer_or_why(c, PQsendDescribePrepared(c->conn, ""), &r, why);
    if (!e && pq_failed(r)) e = cannot(q, r, why);
    if (!e) e = check_shape(q, r, why);
    Oid gives = e ? 0 : PQftype(r, 0);
    PQclear(r);
    return e ? e : check_type(c, q, gives, why);
}

/* A semicolon at its end would be in the middle. */
static kith_slice bare(const char *text)
{
    kith_slice s = slice_str(text);
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == ';'))
        s.len--;
    return s;
}

static void put_part(struct buf *sql, const char *text)
{
    buf_puts(sql, "(");
    buf_put(sql, bare(text));
    buf_puts(sql, "\n) AS q (id)");
}

/* An id that the database writes otherwise is another user's: 007 is not 7. The first in the order
 * of their bytes, which is how a session has them. */
static void put_whole(struct buf *sql, const struct tables_options *o)
{
    buf_puts(sql, "SELECT q.id::text COLLATE \"C\" FROM ");
    put_part(sql, o->friends ? o->friends : o->watches);
    buf_puts(sql, " WHERE q.id IS NOT NULL AND $1::text = $2");
    if (!o->friends && o->mutual) {
        buf_puts(sql, " AND q.id::text IN (SELECT q.id::text FROM ");
        put_part(sql, o->watchers);
        buf_puts(sql, ")");
    }
    buf_printf(sql, " ORDER BY 1 LIMIT %d", SOURCE_EDGES_MAX + 1);
    buf_putc(sql, 0);
}

static kith_err prepare_whole(struct tables_conn *c, const struct query *first, kith_problem *why)
{
    const Oid types[] = {first->id_type, TEXT_OID};
    struct buf sql = {0};
    PGresult *r = NULL;
    put_whole(&sql, c->o);
    kith_err e =
        sql.failed
            ? problem(KITH_NOMEM, why, "out of memory")
            : answer_or_why(c, PQsendPrepare(c->conn, "read", (const char *)sql.ptr, 2, types), &r,
                            why);
    if (!e && pq_failed(r)) e = cannot_at(first, r, NULL, why);
    PQclear(r);
    buf_fini(&sql);
    c->id_type = first->id_type;
    c->ready = !e;
    return e;
}

kith_err tables_prepare(struct tables_conn *c, kith_problem *why)
{
    struct query first = {.name = "friends", .text = c->o->friends}, other = {0};
    if (c->ready) return KITH_OK;
    if (!c->o->friends) {
        first = (struct query){.name = "watches", .text = c->o->watches};
        other = (struct query){.name = "watchers", .text = c->o->watchers};
    }
    kith_err e = look_at(c, &first, why);
    if (!e && other.text) e = look_at(c, &other, why);
    if (!e && other.text && first.id_type != other.id_type)
        e = problem(KITH_BAD, why,
                    "source.watches and source.watchers take $1 as different types; write the "
                    "type in both, as $1::bigint");
    return e ? e : prepare_whole(c, &first, why);
}

/* Who prepares a query need not be let read its tables. It is asked about nobody: $1 is not $2, and
 * no row is read. What else fails then may be of NULL alone. */
static kith_err check_rights(struct tables_conn *c, kith_problem *why)
{
    static const char *const nobody[] = {NULL, NULL}, *const denied[] = {"42501"};
    PGresult *r;
    kith_err e =
        answer_or_why(c, PQsendQueryPrepared(c->conn, "read", 2, nobody, NULL, NULL, 0), &r, why);
    if (!e && pq_failed(r) && state_is(r, denied, 1))
        e = problem(KITH_BAD, why, "source.url: %s; GRANT SELECT on it to the role of the URL",
                    PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY));
    PQclear(r);
    return e;
}

kith_err tables_check(const struct tables_options *o, kith_problem *why)
{
    struct tables_conn c;
    if (http_source_is_url(o->url)) return http_source_check(o, why);
    tables_conn_init(&c, o);
    kith_err e = tables_connect(&c);
    if (e && pq_is_refusal(c.words))
        e = problem(KITH_BAD, why,
                    "source.url: the database lets nobody in: %s; see that the user, the database "
                    "and the password (in the URL, or ~/.pgpass) are right",
                    c.words);
    else if (e)
        e = problem(e, why, "source.url: the database cannot be reached: %s",
                    e == KITH_NOMEM ? kith_err_text(e) : c.words);
    else
        e = tables_prepare(&c, why);
    if (!e) e = check_rights(&c, why);
    tables_conn_fini(&c);
    return e;
}

/* Asking */

/* No such text, number, or character is of that type. */
static bool is_no_value(const PGresult *r)
{
    static const char *const states[] = {"22P02", "22003", "22021", "22P05", "22007", "22008"};
    return state_is(r, states, sizeof states / sizeof states[0]);
}

static kith_err would_not(struct tables_conn *c, const PGresult *r)
{
    const char *words = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    pq_words(c->words, sizeof c->words, words ? words : PQresultErrorMessage(r));
    return KITH_BAD;
}

/* Where an answer says that something is no value, whether that is the user's id: such a user
 * cannot be in the tables. */
static kith_err check_id(struct tables_conn *c, const char *user, const PGresult *failed)
{
    const char *const values[] = {user};
    const Oid types[] = {c->id_type};
    PGresult *r;
    if (!is_no_value(failed)) return would_not(c, failed);
    kith_err e = tables_answer(
        c, PQsendQueryParams(c->conn, "SELECT $1", 1, types, values, NULL, NULL, 0), &r);
    if (!e && !(pq_failed(r) && is_no_value(r))) e = would_not(c, failed);
    PQclear(r);
    return e;
}

/* What is no id (NULL, empty, too long) is nobody. */
static kith_err put_rows(const PGresult *r, struct buf *out, bool *cut)
{
    struct buf ids = {0};
    int rows = PQntuples(r);
    *cut = rows > SOURCE_EDGES_MAX;
    for (int i = 0; i < rows && i < SOURCE_EDGES_MAX; i++) {
        kith_slice id = slice_of(PQgetvalue(r, i, 0), (size_t)PQgetlength(r, i, 0));
        if (token_user_valid(id)) ids_put(&ids, id);
    }
    kith_err e = ids.failed ? KITH_NOMEM : ids_put_sorted(out, buf_slice(&ids));
    buf_fini(&ids);
    return e;
}

/* Whether it is still there. */
static kith_err ask_nothing(struct tables_conn *c)
{
    PGresult *r;
    kith_err e = tables_answer(c, PQsendQuery(c->conn, "SELECT"), &r);
    PQclear(r);
    return e;
}

kith_err tables_ask(struct tables_conn *c, kith_slice user, struct buf *out, bool *cut)
{
    char text[USER_ID_BYTES_MAX + 1];
    const char *const values[] = {text, text};
    PGresult *r;
    *cut = false;
    if (user.len == 0) return ask_nothing(c);
    if (!token_user_valid(user)) return KITH_OK;
    memcpy(text, user.ptr, user.len);
    text[user.len] = 0;
    kith_err e =
        tables_answer(c, PQsendQueryPrepared(c->conn, "read", 2, values, NULL, NULL, 0), &r);
    if (!e && pq_failed(r))
        e = check_id(c, text, r);
    else if (!e)
        e = put_rows(r, out, cut);
    PQclear(r);
    return e;
}
