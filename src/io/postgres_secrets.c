/* io/postgres_secrets.c -- what is made once for all nodes: random secrets, and the epoch. */
#include "io/postgres.h"

#include "base/assert.h"
#include "io/system.h"

/* KITH_NONE: not made yet. KITH_BAD: it has another length. */
static kith_err find_secret(struct store *s, const char *name, uint8_t *out, size_t len)
{
    struct values v = {0};
    PGresult *r;
    put_bytes(&v, slice_str(name));
    kith_err e = postgres_ask(s, POSTGRES_SECRET, &v, &r);
    if (!e && PQntuples(r) == 0) e = KITH_NONE;
    if (!e && get_bytes(r, 0, 0).len != len) e = KITH_BAD;
    if (!e) memcpy(out, get_bytes(r, 0, 0).ptr, len);
    PQclear(r);
    return e;
}

/* Keeps the older one where another node was faster. */
static kith_err make_secret(struct store *s, const char *name, size_t len)
{
    struct values v = {0};
    uint8_t fresh[256];
    system_random(fresh, len);
    put_bytes(&v, slice_str(name));
    put_bytes(&v, slice_of(fresh, len));
    return postgres_do(s, POSTGRES_MAKE_SECRET, &v, NULL);
}

kith_err postgres_secret(struct store *s, const char *name, uint8_t *out, size_t len)
{
    KITH_ASSERT(len > 0 && len <= 256);
    kith_err e = find_secret(s, name, out, len);
    if (e != KITH_NONE) return e;
    e = make_secret(s, name, len);
    return e ? e : find_secret(s, name, out, len);
}

kith_err postgres_epoch(struct store *s, uint64_t at_least, uint64_t *out)
{
    struct values v = {0};
    int64_t epoch;
    KITH_ASSERT(at_least <= INT64_MAX);
    put_number(&v, (int64_t)at_least);
    kith_err e = postgres_number(s, POSTGRES_EPOCH, &v, &epoch);
    if (!e) *out = (uint64_t)epoch;
    return e;
}
