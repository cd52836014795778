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

static uint32_t take(struct dots *d, const struct refs *r)
{
    uint32_t number;
    assert_int_equal(dots_take(d, r, &number), KITH_OK);
    return number;
}

static void assert_dot(struct dot got, struct dot expected)
{
    assert_true(got.inc == expected.inc && got.seq == expected.seq);
}

static void assert_refs(const struct dots *d, uint32_t number, const struct refs *expected)
{
    struct refs got = dots_get(d, number);
    assert_dot(got.ref, expected->ref);
    assert_dot(got.prev, expected->prev);
    assert_dot(got.replaces, expected->replaces);
}

static void the_dots_of_an_entry_come_back_as_they_were(void **state)
{
    (void)state;
    struct dots d;
    dots_init(&d);
    const struct dot a = {UINT64_MAX, 1}, b = {7, ((uint64_t)1 << 48) - 1};
    const struct refs refs[] = {{a, b, {0}}, {.ref = b}, {b, b, b}, {.ref = a, .replaces = b}};
    uint32_t numbers[4];
    for (int i = 0; i < 4; i++)
        numbers[i] = take(&d, &refs[i]);
    for (int i = 0; i < 4; i++)
        assert_refs(&d, numbers[i], &refs[i]);
    dots_drop(&d, numbers[0]);
    for (int i = 1; i < 4; i++)
        assert_refs(&d, numbers[i], &refs[i]);
    dots_fini(&d);
}

static void an_incarnation_without_dots_is_forgotten(void **state)
{
    (void)state;
    struct dots d;
    dots_init(&d);
    for (uint64_t inc = 1; inc <= 200000; inc++)
        dots_drop(&d, take(&d, &(struct refs){{inc, 1}, {inc + 1, 2}, {inc + 2, 3}}));
    assert_true(d.origin_count <= 3);
    assert_true(dots_bytes(&d) < 10000);
    dots_fini(&d);
}

static void incarnations_are_bounded(void **state)
{
    (void)state;
    struct dots d;
    dots_init(&d);
    uint32_t number;
    d.origin_count = d.origin_cap = ORIGINS_MAX; /* as if so many had been met */
    struct origin *origins = calloc(ORIGINS_MAX, sizeof *origins);
    d.origins = origins;
    for (uint32_t i = 0; i < ORIGINS_MAX; i++)
        origins[i] = (struct origin){i, 1};
    const struct dot one_more = {ORIGINS_MAX, 1}, known = {5, 1};
    const struct refs full[] = {
        {.ref = one_more}, {known, one_more, {0}}, {known, known, one_more}};
    for (int i = 0; i < 3; i++)
        assert_int_equal(dots_take(&d, &full[i], &number), KITH_FULL);
    assert_int_equal(origins[5].refs, 1);
    const struct refs good = {{UINT16_MAX, 1}, {0, 3}, {1, 1}};
    number = take(&d, &good);
    assert_refs(&d, number, &good);
    dots_fini(&d);
}

static void a_number_of_more_than_48_bits_is_refused(void **state)
{
    (void)state;
    struct dots d;
    dots_init(&d);
    uint32_t number;
    const struct dot good = {1, 1}, bad = {1, (uint64_t)1 << 48};
    const struct refs refused[] = {{bad, good, good}, {good, bad, good}, {good, good, bad}};
    for (int i = 0; i < 3; i++)
        assert_int_equal(dots_take(&d, &refused[i], &number), KITH_BAD);
    assert_int_equal(d.origins[0].refs, 0);
    assert_int_equal(d.taken.count, 0);
    dots_fini(&d);
}

static void without_memory_no_dot_is_kept(void **state)
{
    (void)state;
    struct dots d;
    dots_init(&d);
    uint32_t number;
    for (size_t nth = 0;; nth++) {
        alloc_fail(nth, 1);
        kith_err e = dots_take(&d, &(struct refs){{1, 1}, {2, 2}, {3, 3}}, &number);
        (void)alloc_heal();
        if (e == KITH_OK) break;
        assert_int_equal(e, KITH_NOMEM);
        assert_int_equal(d.taken.count, 0);
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
        cmocka_unit_test(the_dots_of_an_entry_come_back_as_they_were),
        cmocka_unit_test(an_incarnation_without_dots_is_forgotten),
        cmocka_unit_test(incarnations_are_bounded),
        cmocka_unit_test(a_number_of_more_than_48_bits_is_refused),
        cmocka_unit_test(without_memory_no_dot_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
