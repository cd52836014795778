/* io/postgres_sessions.c -- the live entries that a node's restart keeps, on the server. Unsigned
 * 64-bit numbers are kept as the signed ones of the same bits. */
#include "io/postgres.h"

#include "io/system.h"

static void put_node(struct values *v, struct store *s)
{
    put_bytes(v, slice_str(postgres_of(s)->node));
}

kith_err postgres_clear_sessions(struct store *s)
{
    struct values v = {0};
    put_node(&v, s);
    return postgres_do(s, POSTGRES_CLEAR_SESSIONS, &v, NULL);
}

kith_err postgres_save_session(struct store *s, const struct saved_session *e)
{
    struct values v = {0};
    put_node(&v, s);
    put_bytes(&v, e->user);
    put_number(&v, (int64_t)e->device);
    put_bytes(&v, e->fields);
    put_number(&v, e->online_at_s);
    put_number(&v, (int64_t)e->ref_inc);
    put_number(&v, (int64_t)e->ref_seq);
    put_number(&v, (int64_t)e->prev_inc);
    put_number(&v, (int64_t)e->prev_seq);
    put_number(&v, (int64_t)system_now().unix_ms);
    put_number(&v, e->hidden);
    return postgres_do(s, POSTGRES_SAVE_SESSION, &v, NULL);
}

static struct saved_session session_at(const PGresult *r, int row)
{
    return (struct saved_session){
        .user = get_bytes(r, row, 0),
        .device = (uint64_t)get_number(r, row, 1),
        .fields = get_bytes(r, row, 2),
        .online_at_s = (uint32_t)get_number(r, row, 3),
        .ref_inc = (uint64_t)get_number(r, row, 4),
        .ref_seq = (uint64_t)get_number(r, row, 5),
        .prev_inc = (uint64_t)get_number(r, row, 6),
        .prev_seq = (uint64_t)get_number(r, row, 7),
        .saved_at_ms = (uint64_t)get_number(r, row, 8),
        .hidden = get_number(r, row, 9) != 0,
    };
}

struct place {
    int64_t online_at_s, id;
};

/* A page behind *after, which moves to its last. *more: it was full. */
static kith_err tell_page(struct store *s, struct place *after, bool *more, store_session each,
                          void *ctx)
{
    struct values v = {0};
    PGresult *r;
    put_node(&v, s);
    put_number(&v, after->online_at_s);
    put_number(&v, after->id);
    put_number(&v, POSTGRES_PAGE);
    kith_err e = postgres_ask(s, POSTGRES_SESSIONS, &v, &r);
    int rows = e ? 0 : PQntuples(r);
    for (int i = 0; !e && i < rows; i++) {
        struct saved_session session = session_at(r, i);
        if (is_session(&session)) e = each(ctx, &session);
    }
    if (rows) *after = (struct place){get_number(r, rows - 1, 3), get_number(r, rows - 1, 10)};
    *more = rows == POSTGRES_PAGE;
    PQclear(r);
    return e;
}

kith_err postgres_each_session(struct store *s, store_session each, void *ctx)
{
    struct place after = {-1, 0};
    bool more = true;
    kith_err e = KITH_OK;
    while (!e && more)
        e = tell_page(s, &after, &more, each, ctx);
    return e;
}
