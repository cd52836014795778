/* tests/app/test_nearest.c -- what a mistyped word may have meant. */
#include "app/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *meant_by(const char *word)
{
    static const char *const words[] = {"serve", "graph", "token", "config"};
    struct nearest n = nearest_to(word);
    for (size_t i = 0; i < 4; i++)
        nearest_offer(&n, words[i]);
    return n.best;
}

static void letters_may_be_missing_extra_or_wrong(void **state)
{
    (void)state;
    assert_string_equal(meant_by("serv"), "serve");
    assert_string_equal(meant_by("server"), "serve");
    assert_string_equal(meant_by("toklen"), "token");
    assert_string_equal(meant_by("grapg"), "graph");
    assert_string_equal(meant_by("confgi"), "config");
    assert_string_equal(meant_by("config"), "config");
}

static void what_is_far_from_all_means_nothing(void **state)
{
    (void)state;
    assert_null(meant_by("bench"));
    assert_null(meant_by("x"));
    assert_null(meant_by(""));
    char endless[500];
    memset(endless, 's', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_null(meant_by(endless));
    struct nearest n = nearest_to("serve");
    nearest_offer(&n, endless);
    assert_null(n.best);
}

static void the_first_of_equals_wins(void **state)
{
    (void)state;
    struct nearest n = nearest_to("bat");
    nearest_offer(&n, "cat");
    nearest_offer(&n, "hat");
    assert_string_equal(n.best, "cat");
    nearest_offer(&n, "bat");
    assert_string_equal(n.best, "bat");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_may_be_missing_extra_or_wrong),
        cmocka_unit_test(what_is_far_from_all_means_nothing),
        cmocka_unit_test(the_first_of_equals_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
