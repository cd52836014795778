/* tests/core/test_last_seen.c -- how much of the last moment that a user was visible is told. */
#include "core/last_seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void the_ladder_has_four_rungs(void **state)
{
    (void)state;
    assert_string_equal(last_seen_rung(0), "minutes");
    assert_string_equal(last_seen_rung(3599), "minutes");
    assert_string_equal(last_seen_rung(3600), "hours");
    assert_string_equal(last_seen_rung(86399), "hours");
    assert_string_equal(last_seen_rung(86400), "days");
    assert_string_equal(last_seen_rung(7 * 86400 - 1), "days");
    assert_string_equal(last_seen_rung(7 * 86400), "weeks");
}

static void who_is_coarse_is_kept_by_the_hour(void **state)
{
    (void)state;
    assert_int_equal(last_seen_kept(LAST_SEEN_EXACT, 1795487065), 1795487065);
    assert_int_equal(last_seen_kept(LAST_SEEN_COARSE, 7199), 3600);
    assert_int_equal(last_seen_kept(LAST_SEEN_COARSE, 7200), 7200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ladder_has_four_rungs),
        cmocka_unit_test(who_is_coarse_is_kept_by_the_hour),
    };
    return cmocka_run_group_tests_name("last seen", tests, NULL, NULL);
}
