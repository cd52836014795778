/* tests/fuzz/fuzz_etf.c -- the payload of a Phoenix.Token, looked into by several paths. */
#include "base/assert.h"
#include "wire/etf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool same(const struct etf_token *a, const struct etf_token *b)
{
    return slice_eq(a->user, b->user) && a->signed_at_ms == b->signed_at_ms &&
           a->max_age_s == b->max_age_s && !b->never_expires;
}

/* Whoever was found is found again in a token written for them. */
static void check_written(const struct etf_token *t, const char *path)
{
    struct buf written = {0}, text = {0};
    struct etf_token again, wanted = *t;
    wanted.signed_at_ms = t->signed_at_ms < 0 ? 0 : t->signed_at_ms;
    wanted.max_age_s = 3600;
    etf_put_token(&written, t->user, path, (uint64_t)wanted.signed_at_ms, 3600);
    KITH_ASSERT(etf_token(buf_slice(&written), path, &text, &again) == KITH_OK);
    KITH_ASSERT(same(&wanted, &again));
    buf_fini(&written);
    buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const paths[] = {NULL, "id", "1", "user.id", "a.b.c.d"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct buf scratch = {0};
        struct etf_token t;
        if (etf_token(slice_of(bytes, len), paths[i], &scratch, &t) == KITH_OK)
            check_written(&t, paths[i]);
        buf_fini(&scratch);
    }
    return 0;
}
