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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_is_new_once),
        cmocka_unit_test(what_comes_the_other_way_round_is_new_too),
        cmocka_unit_test(numbers_may_leap),
        cmocka_unit_test(what_has_no_number_is_always_new),
        cmocka_unit_test(each_run_has_numbers_of_its_own),
        cmocka_unit_test(who_has_been_silent_for_longest_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
