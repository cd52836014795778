/* tests/core/test_repeats.c -- frames that are heard once more. */
#include "core/repeats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { INC = 5 };

static void each_number_is_new_once(void **state)
{
    (void)state;
    struct repeats r = {0};
    for (uint64_t number = 1; number < 300; number++) {
        assert_true(repeats_new(&r, INC, number));
        for (uint64_t before = 1; before <= number; before++)
            assert_false(repeats_new(&r, INC, before));
    }
}

static void what_comes_the_other_way_round_is_new_too(void **state)
{
    (void)state;
    struct repeats r = {0};
    assert_true(repeats_new(&r, INC, 1000));
    for (uint64_t back = REPEATS_WINDOW - 1; back > 0; back--) {
        assert_true(repeats_new(&r, INC, 1000 - back));
        assert_false(repeats_new(&r, INC, 1000 - back));
    }
    assert_false(repeats_new(&r, INC, 1000 - REPEATS_WINDOW));
}

static void numbers_may_leap(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {1, 2, 65, 128, 192, 1000000, UINT64_MAX - 1, UINT64_MAX};
    struct repeats r = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        assert_true(repeats_new(&r, INC, numbers[i]));
        for (size_t k = 0; k <= i; k++)
            assert_false(repeats_new(&r, INC, numbers[k]));
    }
}

static void what_has_no_number_is_always_new(void **state)
{
    (void)state;
    struct repeats r = {0};
    assert_true(repeats_new(&r, INC, 0));
    assert_true(repeats_new(&r, INC, 7));
    assert_true(repeats_new(&r, INC, 0));
    assert_int_equal(r.count, 1);
}

static void each_run_has_numbers_of_its_own(void **state)
{
    (void)state;
    struct repeats r = {0};
    for (uint64_t inc = 1; inc <= REPEATS_RUNS; inc++)
        assert_true(repeats_new(&r, inc, 9));
    for (uint64_t inc = 1; inc <= REPEATS_RUNS; inc++)
        assert_false(repeats_new(&r, inc, 9));
}

static void who_has_been_silent_for_longest_makes_room(void **state)
{
    (void)state;
    struct repeats r = {0};
    for (uint64_t inc = 1; inc <= REPEATS_RUNS; inc++)
        assert_true(repeats_new(&r, inc, 9));
    assert_true(repeats_new(&r, 1, 10));
    assert_false(repeats_new(&r, 2, 9)); /* that is no news of it */
    assert_true(repeats_new(&r, REPEATS_RUNS + 1, 9));
    assert_int_equal(r.count, REPEATS_RUNS);
    assert_false(repeats_new(&r, 1, 10));
    assert_false(repeats_new(&r, 3, 9));
    assert_true(repeats_new(&r, 2, 9));
}

static void what_was_said_before_a_run_began_here_is_not_new(void **state)
{
    (void)state;
    static const uint64_t heard[] = {0, 1, 999, 1000, 1001, 1063, 1064, 5000};
    for (size_t i = 0; i < sizeof heard / sizeof *heard; i++) {
        struct repeats r = {0};
        assert_true(repeats_new(&r, INC, heard[i]));
        repeats_begin(&r, INC, 1000);
        for (uint64_t number = 1; number <= 1000; number++)
            assert_false(repeats_new(&r, INC, number));
        uint64_t next = heard[i] > 1000 ? heard[i] : 1000;
        assert_int_equal(repeats_new(&r, INC, next - 1), next - 1 > 1000);
        assert_true(repeats_new(&r, INC, next + 1));
        assert_false(repeats_new(&r, INC, next + 1));
    }
}

/* Whoever has heard many runs says them all again. */
static void runs_that_prove_nothing_take_no_place_of_one_that_does(void **state)
{
    (void)state;
    struct repeats r = {0};
    repeats_begin(&r, INC, 9);
    for (uint64_t inc = 100; inc < 100 + 3 * REPEATS_RUNS; inc++)
        assert_true(repeats_new(&r, inc, 9));
    assert_int_equal(r.count, REPEATS_RUNS);
    assert_false(repeats_new(&r, INC, 9));
    for (uint64_t inc = 5000; inc < 5000 + REPEATS_RUNS; inc++)
        repeats_begin(&r, inc, 9);
    assert_true(repeats_new(&r, INC, 9));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_is_new_once),
        cmocka_unit_test(what_comes_the_other_way_round_is_new_too),
        cmocka_unit_test(numbers_may_leap),
        cmocka_unit_test(what_has_no_number_is_always_new),
        cmocka_unit_test(each_run_has_numbers_of_its_own),
        cmocka_unit_test(who_has_been_silent_for_longest_makes_room),
        cmocka_unit_test(what_was_said_before_a_run_began_here_is_not_new),
        cmocka_unit_test(runs_that_prove_nothing_take_no_place_of_one_that_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
