/* io/postgres_reads.c -- edges that are read from elsewhere, on the server. */
#include "io/postgres.h"

#include "base/ids.h"

kith_err postgres_read_version(struct store *s, kith_slice user, uint64_t *version)
{
    struct values v = {0};
    int64_t n = 0;
    put_bytes(&v, user);
    kith_err e = postgres_number(s, POSTGRES_READ_VERSION, &v, &n);
    *version = (uint64_t)n;
    return e == KITH_NONE ? KITH_OK : e;
}

kith_err postgres_set_read(struct store *s, kith_slice user, uint64_t version)
{
    struct values v = {0};
    if (!is_id(user)) return KITH_BAD;
    put_bytes(&v, user);
    put_number(&v, (int64_t)version);
    return postgres_do(s, POSTGRES_SET_READ, &v, NULL);
}

/* A page behind *after, which moves to its last. *rows is how many it has. */
static kith_err put_page(struct store *s, kith_slice user, struct buf *after, struct buf *ids,
                         int *rows)
{
    struct values v = {0};
    PGresult *r;
    put_bytes(&v, user);
    put_bytes(&v, buf_slice(after));
    put_number(&v, POSTGRES_PAGE);
    kith_err e = postgres_ask(s, POSTGRES_WATCHED, &v, &r);
    *rows = e ? 0 : PQntuples(r);
    for (int i = 0; i < *rows; i++)
        if (is_id(get_bytes(r, i, 0))) ids_put(ids, get_bytes(r, i, 0));
    buf_clear(after);
    if (*rows) buf_put(after, get_bytes(r, *rows - 1, 0));
    PQclear(r);
    return !e && (ids->failed || after->failed) ? KITH_NOMEM : e;
}

kith_err postgres_watched(struct store *s, kith_slice user, struct buf *ids)
{
    struct buf after = {0};
    int rows = POSTGRES_PAGE;
    kith_err e = KITH_OK;
    while (!e && rows == POSTGRES_PAGE)
        e = put_page(s, user, &after, ids, &rows);
    buf_fini(&after);
    return e;
}
