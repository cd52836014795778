/* tests/io/test_user.c -- as whom the process runs: each test in a process of its own, which does
 * not come back. */
#include "io/user.h"

#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SOMEBODY "nobody" /* whom each system has */

/* What `as` finds, in a child; 0: all is well. */
static int in_a_child(int (*as)(void))
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(as());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int become_somebody(void)
{
    kith_problem why;
    const struct passwd *to = getpwnam(SOMEBODY);
    gid_t groups[64];
    uid_t ids[3];
    if (user_become(SOMEBODY, &why) != KITH_OK) return 1;
    if (getresuid(&ids[0], &ids[1], &ids[2]) != 0) return 2;
    for (int i = 0; i < 3; i++)
        if (ids[i] != to->pw_uid) return 3;
    if (getresgid(&ids[0], &ids[1], &ids[2]) != 0) return 4;
    for (int i = 0; i < 3; i++)
        if (ids[i] != to->pw_gid) return 5;
    int n = getgroups(64, groups);
    for (int i = 0; i < n; i++)
        if (groups[i] == 0) return 6;
    if (user_is_root() || setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0) return 7;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 8;
    if (strcmp(getenv("HOME"), to->pw_dir) != 0) return 9;
    return 0;
}

static void root_becomes_another_for_good(void **state)
{
    (void)state;
    if (!user_is_root()) skip();
    assert_int_equal(in_a_child(become_somebody), 0);
}

/* Whom somebody else is, is the same as before. */
static int become_others(void)
{
    kith_problem why;
    if (user_become(SOMEBODY, &why) != KITH_OK) return 1;
    if (user_become(SOMEBODY, &why) != KITH_OK) return 2;
    if (user_become("daemon", &why) != KITH_REFUSED || !strstr(why.text, "only root")) return 3;
    if (user_become("root", &why) != KITH_BAD || !strstr(why.text, "is root")) return 4;
    return 0;
}

static void nobody_else_becomes_anybody(void **state)
{
    (void)state;
    if (!user_is_root()) skip();
    assert_int_equal(in_a_child(become_others), 0);
}

static void who_does_not_exist_is_told(void **state)
{
    (void)state;
    kith_problem why = {""};
    assert_int_equal(user_become("no-such-user", &why), KITH_BAD);
    assert_non_null(strstr(why.text, "adduser --system --group no-such-user"));
    assert_int_equal(user_become("root", &why), KITH_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_becomes_another_for_good),
        cmocka_unit_test(nobody_else_becomes_anybody),
        cmocka_unit_test(who_does_not_exist_is_told),
    };
    return cmocka_run_group_tests_name("user", tests, NULL, NULL);
}
