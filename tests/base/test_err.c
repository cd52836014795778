/* tests/base/test_err.c -- each error has words, and a problem is never cut off wildly. */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void each_error_has_its_own_words(void **state)
{
    (void)state;
    for (int a = KITH_OK; a <= KITH_IO; a++) {
        assert_string_not_equal(kith_err_text((kith_err)a), "unknown error");
        for (int b = KITH_OK; b < a; b++)
            assert_string_not_equal(kith_err_text((kith_err)a), kith_err_text((kith_err)b));
    }
    assert_string_equal(kith_err_text((kith_err)(KITH_IO + 1)), "unknown error");
}

static void a_problem_returns_the_error_it_explains(void **state)
{
    (void)state;
    kith_problem p;
    assert_int_equal(problem(KITH_BAD, &p, "%s:%d: no", "kith.conf", 3), KITH_BAD);
    assert_string_equal(p.text, "kith.conf:3: no");
    assert_int_equal(problem(KITH_IO, NULL, "nobody asks"), KITH_IO);
}

static void a_long_problem_is_cut_at_its_size(void **state)
{
    (void)state;
    struct {
        kith_problem p;
        char behind;
    } room = {.behind = 'k'};
    assert_int_equal(problem(KITH_BAD, &room.p, "%0*d", 2000, 7), KITH_BAD);
    assert_int_equal(strlen(room.p.text), sizeof room.p.text - 1);
    assert_int_equal(room.behind, 'k');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_error_has_its_own_words),
        cmocka_unit_test(a_problem_returns_the_error_it_explains),
        cmocka_unit_test(a_long_problem_is_cut_at_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
