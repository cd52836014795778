/* io/postgres_lock.c -- who writes: each node under a name of its own, or one command alone. The
 * server drops the locks with the connection; over a lost one they are taken anew. */
#include "io/postgres.h"

static void put_node(struct values *v, const struct postgres *p)
{
    put_bytes(v, slice_str(p->node));
}

static kith_err unlock(struct store *s)
{
    return postgres_do(s, POSTGRES_UNLOCK, &(struct values){0}, NULL);
}

/* KITH_EXISTS: another has the name. KITH_REFUSED: a command has the whole. */
static kith_err lock_node(struct store *s)
{
    struct values v = {0};
    PGresult *r;
    put_node(&v, postgres_of(s));
    kith_err e = postgres_ask(s, POSTGRES_LOCK_NODE, &v, &r);
    bool beside = !e && get_number(r, 0, 0), name = !e && get_number(r, 0, 1);
    PQclear(r);
    if (e || (beside && name)) return e;
    e = unlock(s);
    return e ? e : beside ? KITH_EXISTS : KITH_REFUSED;
}

static kith_err lock_all(struct store *s)
{
    int64_t got = 0;
    kith_err e = postgres_number(s, POSTGRES_LOCK_ALL, &(struct values){0}, &got);
    return e ? e : got ? KITH_OK : KITH_REFUSED;
}

static kith_err lock(struct store *s) { return *postgres_of(s)->node ? lock_node(s) : lock_all(s); }

/* The server's process behind this connection, so that a later one can end it. */
static kith_err note_process(struct store *s)
{
    struct postgres *p = postgres_of(s);
    p->pid = PQbackendPID(p->conn);
    return postgres_number(s, POSTGRES_SINCE, &(struct values){0}, &p->since_us);
}

/* Of a holder its connection's name is known, which is "kith NODE". */
static kith_err held(struct store *s, kith_problem *why)
{
    PGresult *r;
    char holder[64] = "kith command";
    kith_err e = postgres_ask(s, POSTGRES_HOLDER, &(struct values){0}, &r);
    if (!e && PQntuples(r) == 1) {
        kith_slice name = get_bytes(r, 0, 0);
        memcpy(holder, name.ptr, name.len < sizeof holder ? name.len : sizeof holder - 1);
        holder[name.len < sizeof holder ? name.len : sizeof holder - 1] = '\0';
    }
    PQclear(r);
    if (strcmp(holder, "kith command") == 0)
        return problem(KITH_REFUSED, why,
                       "a command (kith graph, or another) writes to the database; start when it "
                       "has ended");
    return problem(KITH_REFUSED, why,
                   "the database is in use by the node %s, beside which no command may write to it",
                   strncmp(holder, "kith ", 5) == 0 ? holder + 5 : holder);
}

kith_err postgres_lock(struct store *s, kith_problem *why)
{
    struct postgres *p = postgres_of(s);
    kith_err e = lock(s);
    if (e == KITH_EXISTS)
        return problem(KITH_REFUSED, why,
                       "a node named %s holds the database; stop that first, or give this one "
                       "another name",
                       p->node);
    if (e == KITH_REFUSED) return held(s, why);
    if (!e) e = note_process(s);
    if (e) return problem(e, why, "the database cannot be locked: %s", p->words);
    p->locked = true;
    return KITH_OK;
}

void postgres_unlock(struct postgres *p)
{
    if (p->locked && !p->broken && p->conn && PQtransactionStatus(p->conn) == PQTRANS_IDLE)
        (void)unlock(&p->store);
}

/* The server may not have seen yet that the connection is lost, and hold its locks. */
kith_err postgres_lock_again(struct postgres *p)
{
    struct store *s = &p->store;
    struct values v = {0};
    put_number(&v, p->pid);
    put_number(&v, p->since_us);
    kith_err e = postgres_do(s, POSTGRES_END_OLD, &v, NULL);
    if (!e) e = lock(s);
    if (e == KITH_EXISTS) postgres_words(p, "another node of this name holds the database");
    if (e == KITH_REFUSED) postgres_words(p, "a command writes to the database");
    return e ? e : note_process(s);
}

/* Where others find a server's API is for its folder to tell. */
void postgres_tell_port(struct store *s, uint16_t api_port)
{
    (void)s;
    (void)api_port;
}
