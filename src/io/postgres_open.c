/* io/postgres_open.c -- the store on a server: opened, closed; transactions. */
#include "io/postgres.h"

#include "io/system.h"

#include <stdio.h>
#include <stdlib.h>

static const struct store_kind kind = {
#define X(name, parameters, arguments) .name = postgres_##name,
    STORE_CALLS(X)
#undef X
        .close = postgres_close,
    .error = postgres_error,
    .is_held = postgres_is_held,
    .tell_port = postgres_tell_port,
    .rollback = postgres_rollback,
    .bulk = postgres_bulk,
    .scrub = postgres_scrub,
    .forget_copies = postgres_forget_copies,
    .changes_fd = postgres_changes_fd,
    .changes_heard = postgres_changes_heard,
    .reach = postgres_reach,
};

static kith_err not_connected(const struct postgres *p, kith_problem *why)
{
    if (pq_is_refusal(p->words)) /* in another language the advice is the wider one */
        return problem(KITH_BAD, why,
                       "the database lets nobody in: %s; see that the user, the database and the "
                       "password (in the URL, or ~/.pgpass) are right",
                       p->words);
    return problem(KITH_IO, why,
                   "the database cannot be reached: %s; see that it runs, and that the URL's host "
                   "and port are right",
                   p->words);
}

static kith_err open_url(struct postgres *p, const struct store_options *o, kith_problem *why)
{
    kith_err e = postgres_possible(o->where, why);
    if (e) return e;
    p->url = strdup(o->where);
    if (!p->url) return problem(KITH_NOMEM, why, "out of memory");
    size_t len = (size_t)snprintf(p->node, sizeof p->node, "%s", o->node ? o->node : "");
    if (len >= sizeof p->node) return problem(KITH_BAD, why, "a node's name is too long");
    if (postgres_connect(p) != KITH_OK) return not_connected(p, why);
    if (PQserverVersion(p->conn) < POSTGRES_VERSION_MIN)
        return problem(KITH_BAD, why, "the database is PostgreSQL %d; kith needs %d or newer",
                       PQserverVersion(p->conn) / 10000, POSTGRES_VERSION_MIN / 10000);
    return KITH_OK;
}

static struct postgres *make(const struct store_options *o)
{
    struct postgres *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->store.kind = &kind;
    p->call_ms = o->call_ms ? o->call_ms : STORE_CALL_MS;
    p->retry_ms = STORE_RETRY_MS;
    return p;
}

kith_err postgres_open(const struct store_options *o, struct store **out, kith_problem *why)
{
    *out = NULL;
    struct postgres *p = make(o);
    if (!p) return problem(KITH_NOMEM, why, "out of memory");
    kith_err e = open_url(p, o, why);
    if (!e) e = postgres_migrate(p, why);
    if (!e)
        *out = &p->store;
    else
        postgres_close(&p->store);
    return e;
}

kith_err postgres_try(const struct store_options *o, kith_problem *why)
{
    struct postgres *p = make(o);
    if (!p) return problem(KITH_NOMEM, why, "out of memory");
    kith_err e = open_url(p, o, why);
    postgres_close(&p->store);
    return e;
}

void postgres_close(struct store *s)
{
    struct postgres *p = postgres_of(s);
    postgres_unlock(p);
    PQfinish(p->conn); /* the server rolls back what is open */
    free(p->url);
    free(p);
}

bool postgres_is_held(const struct store *s) { return ((const struct postgres *)s)->held; }

const char *postgres_error(const struct store *s) { return ((const struct postgres *)s)->words; }

/* Each row of changes is written where it stands already; the server has its own ways. */
void postgres_bulk(struct store *s) { (void)s; }

/* What the server's files still hold of it is for its vacuum, and for who keeps its backups. */
void postgres_scrub(struct store *s) { (void)s; }

/* There a copy is its operators' to make. */
void postgres_forget_copies(struct store *s, uint64_t now_s)
{
    (void)s;
    (void)now_s;
}

/* Transactions */

static kith_err begin(struct store *s, const char *sql)
{
    struct postgres *p = postgres_of(s);
    p->open = p->broken = false;
    kith_err e = postgres_say(s, sql, NULL);
    p->open = !e;
    if (e && p->conn && postgres_say_here(p, "ROLLBACK", p->call_ms, NULL) != KITH_OK)
        e = KITH_IO; /* it began, and somebody else has the turn; the first words stay */
    return e;
}

/* Whoever has the counter of the changes has the turn. */
kith_err postgres_begin(struct store *s)
{
    return begin(s, "BEGIN; SELECT FROM numbers WHERE name = 'changes' FOR UPDATE");
}

kith_err postgres_begin_aside(struct store *s) { return begin(s, "BEGIN"); }

/* A transaction in which something failed is rolled back by its commit, and no error said. */
static kith_err committed(struct postgres *p, const PGresult *r)
{
    if (strcmp(PQcmdStatus((PGresult *)r), "COMMIT") == 0) return KITH_OK;
    postgres_words(p, "the transaction had failed before");
    return KITH_IO;
}

kith_err postgres_commit(struct store *s)
{
    struct postgres *p = postgres_of(s);
    PGresult *r;
    kith_err e = postgres_say(s, "COMMIT", &r);
    if (!e) e = committed(p, r);
    PQclear(r);
    p->open = p->broken = false;
    return e;
}

void postgres_rollback(struct store *s)
{
    struct postgres *p = postgres_of(s);
    bool there = p->open && p->conn;
    p->open = p->broken = false;
    if (there && postgres_say_here(p, "ROLLBACK", p->call_ms, NULL) != KITH_OK && p->conn)
        postgres_lose(p, p->words); /* the server will */
}

kith_err postgres_mark(struct store *s) { return postgres_say(s, "SAVEPOINT mark", NULL); }

kith_err postgres_keep(struct store *s) { return postgres_say(s, "RELEASE mark", NULL); }

kith_err postgres_undo(struct store *s)
{
    return postgres_say(s, "ROLLBACK TO mark; RELEASE mark", NULL);
}
