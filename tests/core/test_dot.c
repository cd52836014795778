/* tests/core/test_dot.c -- the text of a dot, and the dots that are not their slot's own. */
#include "base/limits.h"
#include "core/dot.h"
#include "core/dots.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 00 01 .. 0f, as in SipHash's paper */
static const struct siphash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

static void assert_text(struct dot d, uint16_t partition, const char *expected)
{
    char text[REF_BYTES];
    dot_ref(&key, partition, d, text);
    assert_memory_equal(text, expected, REF_BYTES);
}

/* Reckoned by another implementation, which gives the test vectors of SipHash's authors. */
static void a_ref_is_the_head_of_the_prf_in_base64url(void **state)
{
    (void)state;
    assert_text((struct dot){0x0102030405060708, 10}, 9, "37Xt20WXb7aHZYAD");
    assert_text((struct dot){1, 1}, 0, "M2vqEl5hEYrAEf-0");
    assert_text((struct dot){UINT64_MAX, ((uint64_t)1 << 47) - 1}, UINT16_MAX, "2DQTK_xEatvWSISX");
}

static void any_difference_of_key_partition_and_dot_gives_another_ref(void **state)
{
    (void)state;
    char refs[5][REF_BYTES];
    const struct siphash_key other = {key.k0, key.k1 ^ 1};
    dot_ref(&key, 1, (struct dot){1, 1}, refs[0]);
    dot_ref(&key, 1, (struct dot){1, 2}, refs[1]);
    dot_ref(&key, 1, (struct dot){2, 1}, refs[2]);
    dot_ref(&key, 2, (struct dot){1, 1}, refs[3]);
    dot_ref(&other, 1, (struct dot){1, 1}, refs[4]);
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < i; k++)
            assert_memory_not_equal(refs[i], refs[k], REF_BYTES);
}

static uint32_t take(struct dots *d, struct dot ref, struct dot prev)
{
    uint32_t pair;
    assert_int_equal(dots_take(d, ref, prev, &pair), KITH_OK);
    return pair;
}

static void assert_pair(const struct dots *d, uint32_t pair, struct dot ref, struct dot prev)
{
    struct dot got, got_prev;
    dots_get(d, pair, &got, &got_prev);
    assert_memory_equal(&got, &ref, sizeof ref);
    assert_memory_equal(&got_prev, &prev, sizeof prev);
}

static void a_pair_of_dots_comes_back_as_it_was(void **state)
{
    (void)state;
    struct dots d;
    dots_init(&d);
    const struct dot a = {UINT64_MAX, 1}, b = {7, ((uint64_t)1 << 48) - 1}, none = {0};
    uint32_t one = take(&d, a, b), two = take(&d, b, none), three = take(&d, b, b);
    assert_pair(&d, one, a, b);
    assert_pair(&d, two, b, none);
    assert_pair(&d, three, b, b);
    dots_drop(&d, one);
    assert_pair(&d, two, b, none);
    assert_pair(&d, three, b, b);
    dots_fini(&d);
}

static void an_incarnation_without_dots_is_forgotten(void **state)
{
    (void)state;
    struct dots d;
    dots_init(&d);
    for (uint64_t inc = 1; inc <= 200000; inc++)
        dots_drop(&d, take(&d, (struct dot){inc, 1}, (struct dot){inc + 1, 2}));
    assert_true(d.origin_count <= 2);
    assert_true(dots_bytes(&d) < 10000);
    dots_fini(&d);
}

static void incarnations_are_bounded(void **state)
{
    (void)state;
    struct dots d;
    dots_init(&d);
    uint32_t pair;
    d.origin_count = d.origin_cap = ORIGINS_MAX; /* as if so many had been met */
    struct origin *origins = calloc(ORIGINS_MAX, sizeof *origins);
    d.origins = origins;
    for (uint32_t i = 0; i < ORIGINS_MAX; i++)
        origins[i] = (struct origin){i, 1};
    assert_int_equal(dots_take(&d, (struct dot){ORIGINS_MAX, 1}, (struct dot){0}, &pair),
                     KITH_FULL);
    assert_int_equal(dots_take(&d, (struct dot){5, 1}, (struct dot){ORIGINS_MAX, 1}, &pair),
                     KITH_FULL);
    assert_int_equal(origins[5].refs, 1);
    pair = take(&d, (struct dot){UINT16_MAX, 1}, (struct dot){0, 3});
    assert_pair(&d, pair, (struct dot){UINT16_MAX, 1}, (struct dot){0, 3});
    dots_fini(&d);
}

static void a_number_of_more_than_48_bits_is_refused(void **state)
{
    (void)state;
    struct dots d;
    dots_init(&d);
    uint32_t pair;
    const struct dot good = {1, 1}, bad = {1, (uint64_t)1 << 48};
    assert_int_equal(dots_take(&d, bad, good, &pair), KITH_BAD);
    assert_int_equal(dots_take(&d, good, bad, &pair), KITH_BAD);
    assert_int_equal(d.origins[0].refs, 0);
    assert_int_equal(d.pairs.count, 0);
    dots_fini(&d);
}

static void without_memory_no_dot_is_kept(void **state)
{
    (void)state;
    struct dots d;
    dots_init(&d);
    uint32_t pair;
    for (size_t nth = 0;; nth++) {
        alloc_fail(nth, 1);
        kith_err e = dots_take(&d, (struct dot){1, 1}, (struct dot){2, 2}, &pair);
        (void)alloc_heal();
        if (e == KITH_OK) break;
        assert_int_equal(e, KITH_NOMEM);
        assert_int_equal(d.pairs.count, 0);
        for (uint32_t i = 0; i < d.origin_count; i++)
            assert_int_equal(d.origins[i].refs, 0);
    }
    dots_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ref_is_the_head_of_the_prf_in_base64url),
        cmocka_unit_test(any_difference_of_key_partition_and_dot_gives_another_ref),
        cmocka_unit_test(a_pair_of_dots_comes_back_as_it_was),
        cmocka_unit_test(an_incarnation_without_dots_is_forgotten),
        cmocka_unit_test(incarnations_are_bounded),
        cmocka_unit_test(a_number_of_more_than_48_bits_is_refused),
        cmocka_unit_test(without_memory_no_dot_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
