/* tests/io/test_signals.c -- the signals that end a program which does nothing but serve. */
#include "io/signals.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
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
    static const int numbers[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < 2; i++) {
        signals_block();
        assert_true(is_blocked(SIGTERM) && is_blocked(SIGINT) && is_blocked(SIGHUP));
        assert_int_equal(raise(numbers[i]), 0);
        assert_int_equal(signals_next(UINT32_MAX, false), SIGNAL_END);
        assert_false(is_blocked(SIGTERM) || is_blocked(SIGINT) || is_blocked(SIGHUP));
    }
}

static void a_hangup_asks_to_read_again_and_is_waited_for_again(void **state)
{
    (void)state;
    signals_block();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(raise(SIGHUP), 0);
        assert_int_equal(signals_next(UINT32_MAX, false), SIGNAL_AGAIN);
        assert_true(is_blocked(SIGTERM) && is_blocked(SIGHUP));
    }
    assert_int_equal(signals_next(1, false), SIGNAL_NONE);
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(signals_next(1, false), SIGNAL_END);
}

/* The child's session has no terminal, as if it had been closed. */
static void a_hangup_from_a_terminal_that_is_closed_ends_it(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        (void)setsid();
        signals_block();
        raise(SIGHUP);
        bool ends = !signals_on_terminal() && signals_next(1000, true) == SIGNAL_END;
        _exit(ends ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
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
        cmocka_unit_test(a_hangup_asks_to_read_again_and_is_waited_for_again),
        cmocka_unit_test(a_hangup_from_a_terminal_that_is_closed_ends_it),
        cmocka_unit_test(a_closed_pipe_ends_nothing),
        cmocka_unit_test(whoever_reads_is_woken_by_one),
    };
    return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
