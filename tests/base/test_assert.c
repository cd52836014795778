/* tests/base/test_assert.c -- an own mistake ends the process, and says where it was made. */
#include "base/assert.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void break_it(int is)
{
    signal(SIGABRT, SIG_DFL);
    KITH_ASSERT(is == 2);
    _exit(0);
}

/* Runs break_it(is) in a child; what it said on stderr goes to `said`. Returns its wait status. */
static int status_of(int is, char *said, size_t room)
{
    int ends[2], status = -1;
    size_t len = 0;
    ssize_t n;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        break_it(is);
    }
    close(ends[1]);
    while (len + 1 < room && (n = read(ends[0], said + len, room - len - 1)) > 0)
        len += (size_t)n;
    said[len] = 0;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_false_condition_aborts_and_names_itself(void **state)
{
    (void)state;
    char said[512];
    int status = status_of(1, said, sizeof said);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(said, "kith: assertion failed: is == 2 ("));
    assert_non_null(strstr(said, "test_assert.c:"));
}

static void a_true_condition_costs_nothing(void **state)
{
    (void)state;
    char said[512];
    int status = status_of(2, said, sizeof said);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_string_equal(said, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_false_condition_aborts_and_names_itself),
        cmocka_unit_test(a_true_condition_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
