/* tests/io/test_signals.c -- the signals that end a program which does nothing but serve. */
#include "io/signals.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_blocked(int number)
{
    sigset_t set;
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &set), 0);
    return sigismember(&set, number) == 1;
}

static void the_first_is_waited_for_and_the_second_is_not_held_back(void **state)
{
    (void)state;
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < 3; i++) {
        signals_block();
        assert_true(is_blocked(SIGTERM) && is_blocked(SIGINT) && is_blocked(SIGHUP));
        assert_int_equal(raise(numbers[i]), 0);
        signals_wait();
        assert_false(is_blocked(SIGTERM) || is_blocked(SIGINT) || is_blocked(SIGHUP));
    }
}

static void a_closed_pipe_ends_nothing(void **state)
{
    (void)state;
    signals_block();
    assert_int_equal(raise(SIGPIPE), 0);
}

static void whoever_reads_is_woken_by_one(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    signals_block();
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_true(signals_wait_readable(ends[0]));
    assert_int_equal(raise(SIGINT), 0);
    assert_false(signals_wait_readable(ends[0]));
    assert_false(is_blocked(SIGINT));
    signals_block();
    assert_int_equal(close(ends[1]), 0);
    assert_true(signals_wait_readable(ends[0]));
    assert_int_equal(close(ends[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_waited_for_and_the_second_is_not_held_back),
        cmocka_unit_test(a_closed_pipe_ends_nothing),
        cmocka_unit_test(whoever_reads_is_woken_by_one),
    };
    return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
