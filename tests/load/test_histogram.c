/* tests/load/test_histogram.c -- percentiles, and how far they may be off. */
#include "chance.h"

#include "load/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct histogram h;

static int fresh(void **state)
{
    (void)state;
    memset(&h, 0, sizeof h);
    return 0;
}

static void an_empty_one_says_0(void **state)
{
    (void)state;
    assert_int_equal(histogram_at(&h, 0.5), 0);
    assert_int_equal(h.max, 0);
}

static void small_values_are_exact(void **state)
{
    (void)state;
    for (uint64_t v = 0; v < 100; v++)
        histogram_add(&h, v);
    assert_int_equal(histogram_at(&h, 0.01), 0);
    assert_int_equal(histogram_at(&h, 0.5), 49);
    assert_int_equal(histogram_at(&h, 0.99), 98);
    assert_int_equal(histogram_at(&h, 1), 99);
}

static void a_value_is_never_said_too_small_and_less_than_a_128th_too_large(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (uint32_t i = 0; i < rounds(20000); i++) {
        uint64_t v = chance_next(&seed) >> (31 + chance_next(&seed) % 33);
        memset(&h, 0, sizeof h);
        histogram_add(&h, v);
        histogram_add(&h, UINT64_MAX >> 31); /* so that the greatest does not bound it */
        uint64_t said = histogram_at(&h, 0.5);
        assert_true(said >= v && said - v <= v / 128);
    }
}

static void no_percentile_is_above_the_greatest(void **state)
{
    (void)state;
    histogram_add(&h, 1000001);
    assert_int_equal(histogram_at(&h, 0.999), 1000001);
}

static void what_is_beyond_the_last_step_is_the_greatest(void **state)
{
    (void)state;
    histogram_add(&h, UINT64_MAX);
    assert_int_equal(histogram_at(&h, 1), UINT64_MAX);
}

static void of_sorted_values_percentiles_are_those_at_their_rank(void **state)
{
    (void)state;
    for (uint64_t v = 1; v <= 100000; v++)
        histogram_add(&h, v);
    const double parts[] = {0.5, 0.9, 0.99, 0.999};
    for (int i = 0; i < 4; i++) {
        double exact = parts[i] * 100000, said = (double)histogram_at(&h, parts[i]);
        assert_true(said >= exact && said <= exact * (1 + 1.0 / 128));
    }
}

static void two_together_are_as_one(void **state)
{
    (void)state;
    static struct histogram a, b;
    uint64_t seed = 5;
    for (int i = 0; i < 1000; i++) {
        uint64_t v = chance_next(&seed) % 1000000;
        histogram_add(i % 3 ? &a : &b, v);
        histogram_add(&h, v);
    }
    histogram_merge(&a, &b);
    assert_memory_equal(&a, &h, sizeof h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_one_says_0, fresh),
        cmocka_unit_test_setup(small_values_are_exact, fresh),
        cmocka_unit_test_setup(a_value_is_never_said_too_small_and_less_than_a_128th_too_large,
                               fresh),
        cmocka_unit_test_setup(no_percentile_is_above_the_greatest, fresh),
        cmocka_unit_test_setup(what_is_beyond_the_last_step_is_the_greatest, fresh),
        cmocka_unit_test_setup(of_sorted_values_percentiles_are_those_at_their_rank, fresh),
        cmocka_unit_test_setup(two_together_are_as_one, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
