/* tests/edge/days.h -- a whole day of a rig, lived again and again while allocations fail: each one
 * alone, a few in a row, and all from some moment on. */
#pragma once

#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct days {
    /* The first `skip` allocations work, the next `times` do not. Returns how many there were. */
    size_t (*day)(size_t skip, size_t times);
    size_t allocations;         /* there are more, or the day is not the one that is meant */
    size_t few_step, rest_step; /* of how many of them each where the days are long */
};

static void a_day_without_failures_is_one(void **state)
{
    const struct days *d = *state;
    size_t asked = d->day(SIZE_MAX, 0);
    assert_true(asked > d->allocations);
    assert_int_equal(d->day(SIZE_MAX, 0), asked);
}

static void any_single_allocation_may_fail(void **state)
{
    const struct days *d = *state;
    size_t asked = d->day(SIZE_MAX, 0);
    for (size_t nth = 0; nth < asked; nth++)
        (void)d->day(nth, 1);
}

static void any_few_in_a_row_may_fail(void **state)
{
    const struct days *d = *state;
    size_t asked = d->day(SIZE_MAX, 0);
    for (size_t nth = 0; nth < asked; nth += d->few_step)
        (void)d->day(nth, 2 + nth % 17);
}

static void from_any_moment_on_all_may_fail(void **state)
{
    const struct days *d = *state;
    size_t asked = d->day(SIZE_MAX, 0);
    for (size_t nth = 0; nth < asked; nth += d->rest_step)
        (void)d->day(nth, SIZE_MAX / 2);
}

static inline int days_run(const char *name, struct days *d)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(a_day_without_failures_is_one, d),
        cmocka_unit_test_prestate(any_single_allocation_may_fail, d),
        cmocka_unit_test_prestate(any_few_in_a_row_may_fail, d),
        cmocka_unit_test_prestate(from_any_moment_on_all_may_fail, d),
    };
    return _cmocka_run_group_tests(name, tests, sizeof tests / sizeof tests[0], NULL, NULL);
}
