/* io/postgres_seen.c -- when users were last seen, on the server, of those who have said that it
 * may be told. */
#include "io/postgres.h"

kith_err postgres_last_seen(struct store *s, kith_slice user, enum last_seen *how, uint64_t *at_s)
{
    struct values v = {0};
    PGresult *r;
    *how = LAST_SEEN_OFF;
    *at_s = 0;
    put_bytes(&v, user);
    kith_err e = postgres_ask(s, POSTGRES_SEEN, &v, &r);
    if (!e && PQntuples(r)) {
        *how = last_seen_of(get_number(r, 0, 0));
        *at_s = (uint64_t)get_number(r, 0, 1); /* NULL is 0 */
    }
    PQclear(r);
    return e;
}

static kith_err put(struct store *s, enum postgres_which which, kith_slice user, enum last_seen how,
                    uint64_t at_s)
{
    struct values v = {0};
    put_bytes(&v, user);
    put_number(&v, (int64_t)how);
    put_number(&v, at_s ? (int64_t)last_seen_kept(how, at_s) : 0);
    return postgres_do(s, which, &v, NULL);
}

kith_err postgres_set_last_seen(struct store *s, kith_slice user, enum last_seen how)
{
    struct values v = {0};
    enum last_seen before;
    uint64_t at_s;
    if (how != LAST_SEEN_OFF && !is_id(user)) return KITH_BAD;
    kith_err e = postgres_last_seen(s, user, &before, &at_s);
    if (e || how == before) return e;
    if (how != LAST_SEEN_OFF) return put(s, POSTGRES_PUT_SEEN, user, how, at_s);
    put_bytes(&v, user);
    return postgres_do(s, POSTGRES_DROP_SEEN, &v, NULL);
}

kith_err postgres_mark_seen(struct store *s, kith_slice user, uint64_t at_s, bool anyhow)
{
    enum last_seen how;
    bool hides = false;
    uint64_t before_s;
    kith_err e = postgres_last_seen(s, user, &how, &before_s);
    if (!e && how != LAST_SEEN_OFF && !anyhow) e = store_hides(s, user, &hides);
    if (e || how == LAST_SEEN_OFF || hides || at_s <= before_s) return e;
    return put(s, POSTGRES_MARK_SEEN, user, how, at_s); /* unless another node has a later one */
}

kith_err postgres_forget_seen(struct store *s, uint64_t before_s, uint32_t max, uint32_t *forgotten)
{
    struct values v = {0};
    uint64_t rows = 0;
    put_number(&v, (int64_t)before_s);
    put_number(&v, max);
    kith_err e = postgres_do(s, POSTGRES_FORGET_SEEN, &v, &rows);
    *forgotten = (uint32_t)rows;
    return e;
}
