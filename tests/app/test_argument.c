/* tests/app/test_argument.c -- what commands take from their command line, and how they show what
 * others have written. */
#include "app/argument.h"
#include "app/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void lengths_have_units(void **state)
{
    (void)state;
    assert_int_equal(argument_seconds("90s"), 90);
    assert_int_equal(argument_seconds("15m"), 900);
    assert_int_equal(argument_seconds("1h"), 3600);
    assert_int_equal(argument_seconds("30d"), 2592000);
    assert_int_equal(argument_seconds("42"), 42);
    assert_int_equal(argument_seconds("4294967295"), UINT32_MAX);
}

static void other_lengths_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    "s",  "1w",  "-1s",        "1.5h",   "1h ",
                                      " 1h", "0x", "1hh", "4294967296", "49711d", "h1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(argument_seconds(bad[i]), 0);
}

static void assert_plain(const char *text, const char *want)
{
    char copy[64];
    strcpy(copy, text);
    make_plain(copy);
    assert_string_equal(copy, want);
}

static void what_a_terminal_would_obey_is_not_shown(void **state)
{
    (void)state;
    assert_plain("", "");
    assert_plain("plain \xc3\xbc", "plain \xc3\xbc");
    assert_plain("\x1b[2J\r\n\t\x7f", "?[2J????");
    assert_plain("a\xc2\x9b"
                 "1m",
                 "a?1m");                 /* CSI in one character */
    assert_plain("\xc2\xa0", "\xc2\xa0"); /* the first that is none */
    assert_plain("cut \xc2", "cut \xc2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_have_units),
        cmocka_unit_test(other_lengths_are_none),
        cmocka_unit_test(what_a_terminal_would_obey_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
