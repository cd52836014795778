/* io/postgres_changes.c -- the numbered changes that all nodes hear of.
 *
 * One row counts them. Whoever has raised it keeps it until the end of its transaction, so that
 * numbers are in the order of commits and none is left out. That there is a new one is told by
 * NOTIFY; what it is, is read from the table, so that no notice has to arrive. */
#include "io/postgres.h"

kith_err postgres_note_change(struct store *s, kith_slice body, uint64_t *number)
{
    struct values v = {0};
    int64_t n = 0;
    put_bytes(&v, body);
    kith_err e = postgres_number(s, POSTGRES_NOTE_CHANGE, &v, &n);
    *number = (uint64_t)n;
    return e == KITH_NONE ? KITH_BAD : e; /* the counter is not there */
}

kith_err postgres_latest_change(struct store *s, uint64_t *number)
{
    int64_t n = 0;
    kith_err e = postgres_number(s, POSTGRES_LATEST_CHANGE, &(struct values){0}, &n);
    *number = (uint64_t)n;
    return e == KITH_NONE ? KITH_BAD : e;
}

/* A row for each, or one that says only what the latest is. */
static kith_err check_whole(const PGresult *r, uint64_t after)
{
    if (PQntuples(r) == 0) return KITH_BAD;
    if (!PQgetisnull(r, 0, 0))
        return (uint64_t)get_number(r, 0, 0) == after + 1 ? KITH_OK : KITH_NONE;
    return (uint64_t)get_number(r, 0, 2) == after ? KITH_OK : KITH_NONE;
}

kith_err postgres_changes_after(struct store *s, uint64_t after, uint32_t max, store_change each,
                                void *ctx)
{
    struct values v = {0};
    PGresult *r;
    put_number(&v, (int64_t)after);
    put_number(&v, max);
    kith_err e = postgres_ask(s, POSTGRES_CHANGES_AFTER, &v, &r);
    if (!e) e = check_whole(r, after);
    for (int i = 0; !e && i < PQntuples(r) && !PQgetisnull(r, i, 0); i++)
        e = each(ctx, (uint64_t)get_number(r, i, 0), get_bytes(r, i, 1));
    PQclear(r);
    return e;
}

kith_err postgres_forget_changes(struct store *s, uint32_t max, uint32_t *forgotten)
{
    struct values v = {0};
    uint64_t rows = 0;
    put_number(&v, CHANGES_KEPT_S);
    put_number(&v, CHANGES_KEPT);
    put_number(&v, max);
    kith_err e = postgres_do(s, POSTGRES_FORGET_CHANGES, &v, &rows);
    *forgotten = (uint32_t)rows;
    return e;
}

kith_err postgres_watch_changes(struct store *s)
{
    struct postgres *p = postgres_of(s);
    kith_err e = postgres_say(s, "LISTEN kith_changes", NULL);
    p->watching |= !e;
    p->heard |= !e; /* of what came before nobody would tell */
    return e;
}

int postgres_changes_fd(const struct store *s)
{
    const struct postgres *p = (const struct postgres *)s;
    return p->watching && p->conn ? PQsocket(p->conn) : -1;
}

/* A notice may have come beside the answer to a question, and be read already. */
static void hear(struct postgres *p)
{
    if (!PQconsumeInput(p->conn)) {
        postgres_lose(p, PQerrorMessage(p->conn));
        return;
    }
    for (PGnotify *n; (n = PQnotifies(p->conn)); PQfreemem(n))
        p->heard = true;
}

bool postgres_changes_heard(struct store *s)
{
    struct postgres *p = postgres_of(s);
    if (p->watching && p->conn) hear(p);
    bool heard = p->heard && p->watching;
    p->heard = false;
    return heard;
}
