/* tests/base/test_latency.c -- each time falls into its bucket, and none is lost. */
#include "base/latency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The bucket into which it falls. */
static unsigned bucket(uint64_t us)
{
    struct latency l = {0};
    unsigned i = 0;
    latency_note(&l, us);
    assert_int_equal(latency_count(&l), 1);
    assert_int_equal(l.sum_us, us);
    while (!l.counts[i])
        i++;
    return i;
}

static void bounds_grow_by_a_half_and_a_third_in_turn(void **state)
{
    (void)state;
    static const uint64_t first[] = {64, 96, 128, 192, 256, 384};
    for (unsigned i = 0; i < sizeof first / sizeof *first; i++)
        assert_int_equal(latency_bound_us(i), first[i]);
    assert_int_equal(latency_bound_us(LATENCY_BUCKETS - 2), 2097152);
    assert_int_equal(latency_bound_us(LATENCY_BUCKETS - 1), UINT64_MAX);
}

static void what_is_at_most_a_bound_is_in_its_bucket_and_no_other(void **state)
{
    (void)state;
    assert_int_equal(bucket(0), 0);
    for (unsigned i = 0; i < LATENCY_BUCKETS - 1; i++) {
        assert_int_equal(bucket(latency_bound_us(i)), i);
        assert_int_equal(bucket(latency_bound_us(i) - 1), i);
        assert_int_equal(bucket(latency_bound_us(i) + 1), i + 1);
    }
    assert_int_equal(bucket(UINT64_MAX), LATENCY_BUCKETS - 1);
}

static void sums_are_of_each_bucket(void **state)
{
    (void)state;
    struct latency sum = {0}, from = {0};
    for (uint64_t us = 1; us < 4000000; us *= 2) {
        latency_note(&sum, us);
        latency_note(&from, us);
        latency_note(&from, us);
    }
    struct latency before = sum;
    latency_add(&sum, &from);
    for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
        assert_int_equal(sum.counts[i], 3 * before.counts[i]);
    assert_int_equal(sum.sum_us, 3 * before.sum_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_grow_by_a_half_and_a_third_in_turn),
        cmocka_unit_test(what_is_at_most_a_bound_is_in_its_bucket_and_no_other),
        cmocka_unit_test(sums_are_of_each_bucket),
    };
    return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
