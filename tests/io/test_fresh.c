/* tests/io/test_fresh.c -- whose edges were read a short while ago. */
#include "base/limits.h"
#include "io/fresh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct siphash_key key = {1, 2};

static kith_slice user(unsigned n)
{
    static char name[24];
    (void)snprintf(name, sizeof name, "u%u", n);
    return slice_str(name);
}

static void one_is_fresh_for_half_of_the_while_at_least_and_no_longer_than_all_of_it(void **state)
{
    (void)state;
    struct fresh *f = fresh_new(1000, &key);
    assert_non_null(f);
    for (uint64_t at = 10000; at < 90000; at += 1037) {
        fresh_clear(f);
        fresh_put(f, user(1), at);
        assert_true(fresh_has(f, user(1), at + 499));
        assert_false(fresh_has(f, user(1), at + 1000));
        assert_false(fresh_has(f, user(2), at));
    }
    fresh_free(f);
}

static void one_that_is_dropped_is_not_and_those_beside_it_are(void **state)
{
    (void)state;
    struct fresh *f = fresh_new(1000000, &key);
    for (unsigned i = 0; i < 20000; i++)
        fresh_put(f, user(i), 5);
    for (unsigned i = 0; i < 20000; i += 2)
        fresh_drop(f, user(i));
    for (unsigned i = 0; i < 20000; i++)
        assert_int_equal(fresh_has(f, user(i), 6), i % 2 == 1);
    fresh_put(f, user(0), 7);
    assert_true(fresh_has(f, user(0), 8));
    fresh_free(f);
}

static void of_more_than_there_is_room_for_the_latest_are(void **state)
{
    (void)state;
    struct fresh *f = fresh_new(1000000, &key);
    for (unsigned i = 0; i < 5 * FRESH_MAX; i++)
        fresh_put(f, user(i), 5);
    assert_true(fresh_has(f, user(5 * FRESH_MAX - 1), 6));
    assert_true(fresh_has(f, user(4 * FRESH_MAX + 1), 6));
    assert_false(fresh_has(f, user(0), 6));
    fresh_free(f);
}

static void with_no_while_nobody_is(void **state)
{
    (void)state;
    struct fresh *f = fresh_new(0, &key);
    fresh_put(f, user(1), 5);
    assert_false(fresh_has(f, user(1), 5));
    fresh_free(f);
    fresh_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_fresh_for_half_of_the_while_at_least_and_no_longer_than_all_of_it),
        cmocka_unit_test(one_that_is_dropped_is_not_and_those_beside_it_are),
        cmocka_unit_test(of_more_than_there_is_room_for_the_latest_are),
        cmocka_unit_test(with_no_while_nobody_is),
    };
    return cmocka_run_group_tests_name("fresh", tests, NULL, NULL);
}
