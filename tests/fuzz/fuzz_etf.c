/* tests/fuzz/fuzz_etf.c -- the payload of a Phoenix.Token, looked into by several paths. */
#include "base/assert.h"
#include "mutate.h"
#include "wire/etf.h"
#include "wire/etf_term.h"

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

/* The mutator: one term becomes another, so that what contains it stays whole. */

/* The terms of a token in the order in which they begin, children behind their containers. How many
 * there are; *out is the one of number `want`, all of it. */
static size_t nth_term(kith_slice in, size_t want, kith_slice *out)
{
    struct etf_term head;
    size_t n = 0;
    if (!in.len || in.ptr[0] != ETF_VERSION) return 0;
    for (in = slice_from(in, 1); in.len; n++) {
        kith_slice here = in;
        if (n == want && !etf_whole(&here, ETF_DEPTH_MAX, out)) return n;
        if (!etf_head(&in, &head)) break;
    }
    return n;
}

static void put_term(struct buf *out, kith_slice whole, size_t count, kith_slice term,
                     uint64_t *seed)
{
    static const kith_slice others[] = {
        KITH_LIT("\x6a"),
        KITH_LIT("\x61\x01"),
        KITH_LIT("\x62\xff\xff\xff\xff"),
        KITH_LIT("\x6d\0\0\0\x01\x31"),
        KITH_LIT("\x77\x02id"),
        KITH_LIT("\x6b\0\x02\xc3\xa4"),
        KITH_LIT("\x6c\0\0\0\x01\x61\x31\x6a"),
        KITH_LIT("\x74\0\0\0\x01\x77\x02id\x61\x07"),
        KITH_LIT("\x68\x02\x77\x02id\x61\x07"),
        KITH_LIT("\x6e\x08\0\xff\xff\xff\xff\xff\xff\xff\xff"),
        KITH_LIT("\x6e\x08\x01\0\0\0\0\0\0\0\x80"),
        KITH_LIT("\x46\x7f\xf0\0\0\0\0\0\0"),
    };
    switch (chance_below(seed, 3)) {
    case 0: term = others[chance_below(seed, sizeof others / sizeof others[0])]; break;
    case 1: (void)nth_term(whole, chance_below(seed, (uint32_t)count), &term); break;
    default: mutate_bytes(out, term); return;
    }
    buf_put(out, term);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    uint64_t chance = seed;
    struct buf made = {0};
    kith_slice whole = slice_of(data, size), term = {0};
    size_t count = nth_term(whole, SIZE_MAX, &term);
    if (count) (void)nth_term(whole, chance_below(&chance, (uint32_t)count), &term);
    if (!term.ptr || chance_below(&chance, 8) == 0) {
        mutate_bytes(&made, whole);
        return mutate_end(&made, data, size_max);
    }
    size_t at = (size_t)(term.ptr - data);
    buf_put(&made, slice_head(whole, at));
    put_term(&made, whole, count, term, &chance);
    buf_put(&made, slice_from(whole, at + term.len));
    return mutate_end(&made, data, size_max);
}
