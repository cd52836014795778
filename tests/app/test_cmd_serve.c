/* tests/app/test_cmd_serve.c -- `kith serve` of a program that was built without the demo's page.
 */
#include "app/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

const struct kith_page kith_demo_pages[] = {{"", "", {NULL, 0}}};
const size_t kith_demo_page_count = 0;
const struct kith_page kith_console_pages[] = {{"", "", {NULL, 0}}};
const size_t kith_console_page_count = 0;

/* In a process of its own; what it says on stderr comes into `said`. */
static int serve_demo(char *said, size_t size)
{
    char *argv[] = {"kith serve", "--demo", "--data", ":memory:", "--listen", "127.0.0.1:0", NULL};
    FILE *err = tmpfile();
    int status = 0;
    assert_non_null(err);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)dup2(fileno(err), STDERR_FILENO);
        _exit(cmd_serve(6, argv));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    rewind(err);
    said[fread(said, 1, size - 1, err)] = 0;
    (void)fclose(err);
    return WEXITSTATUS(status);
}

static void without_its_page_there_is_no_demo(void **state)
{
    (void)state;
    char said[1024];
    assert_int_equal(serve_demo(said, sizeof said), EX_UNAVAILABLE);
    assert_string_equal(said, "kith serve: server.demo: this kith was built without the demo page; "
                              "script/build makes one that has it, if the network is up\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(without_its_page_there_is_no_demo)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
