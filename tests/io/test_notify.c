/* tests/io/test_notify.c -- a service manager's side of NOTIFY_SOCKET: what it hears, and what a
 * server makes of what it says. */
#include "io/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int manager = -1;
static char socket_name[128];

/* Listens there, as systemd does: a path, or an abstract name behind an @. */
static void listen_at(const char *name)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    memcpy(to.sun_path, name, len);
    if (name[0] == '@') to.sun_path[0] = 0;
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    assert_int_equal(bind(manager, (const struct sockaddr *)&to, bytes), 0);
    memcpy(socket_name, name, len);
    socket_name[len] = 0;
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
}

static void assert_hears(const char *want)
{
    char text[2048];
    ssize_t n = recv(manager, text, sizeof text - 1, MSG_DONTWAIT);
    assert_true(n >= 0);
    text[n] = 0;
    assert_string_equal(text, want);
}

static int tear_down(void **state)
{
    (void)state;
    if (manager >= 0) close(manager);
    if (socket_name[0] == '/') unlink(socket_name);
    manager = -1;
    socket_name[0] = 0;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return 0;
}

static void a_path_and_an_abstract_name_are_written_to(void **state)
{
    (void)state;
    char names[2][64];
    snprintf(names[0], sizeof names[0], "/tmp/kith-notify-%d", getpid());
    snprintf(names[1], sizeof names[1], "@kith-notify-%d", getpid());
    for (int i = 0; i < 2; i++) {
        struct notify n;
        listen_at(names[i]);
        assert_true(notify_init(&n));
        notify_say(&n, "READY=1\nSTATUS=%s %d", "number", i);
        assert_hears(i ? "READY=1\nSTATUS=number 1" : "READY=1\nSTATUS=number 0");
        notify_fini(&n);
        notify_say(&n, "unheard");
        assert_int_equal(recv(manager, names[i], 1, MSG_DONTWAIT), -1);
        tear_down(state);
    }
}

static void without_one_nothing_is_said(void **state)
{
    (void)state;
    struct notify n;
    for (int i = 0; i < 2; i++) {
        assert_true(notify_init(&n));
        assert_int_equal(n.fd, -1);
        notify_say(&n, "READY=1");
        notify_fini(&n);
        setenv("NOTIFY_SOCKET", "", 1);
    }
}

static void a_name_that_is_none_is_told(void **state)
{
    (void)state;
    char longest[200] = "/";
    memset(longest + 1, 'x', sizeof longest - 2);
    longest[sizeof longest - 1] = 0;
    const char *const names[] = {"run/notify", "vsock:2:1234", "@", "/", longest};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct notify n;
        setenv("NOTIFY_SOCKET", names[i], 1);
        assert_false(notify_init(&n));
        notify_say(&n, "READY=1");
        notify_fini(&n);
    }
}

/* The longest that an address has room for, which no zero ends. */
static void the_longest_name_is_written_to(void **state)
{
    (void)state;
    char name[108];
    struct notify n;
    memset(name, 'x', sizeof name);
    memcpy(name, "@kith", 5);
    name[107] = 0;
    listen_at(name);
    assert_true(notify_init(&n));
    notify_say(&n, "READY=1");
    assert_hears("READY=1");
    notify_fini(&n);
}

static void assert_watchdog(const char *us, const char *pid, uint32_t want_ms)
{
    struct notify n;
    if (us) setenv("WATCHDOG_USEC", us, 1);
    if (pid) setenv("WATCHDOG_PID", pid, 1);
    assert_true(notify_init(&n));
    assert_int_equal(n.watchdog_ms, want_ms);
    notify_fini(&n);
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

static void the_watchdog_is_this_process_s_or_none(void **state)
{
    (void)state;
    char name[64], own[32], other[32];
    snprintf(name, sizeof name, "@kith-watchdog-%d", getpid());
    snprintf(own, sizeof own, "%d", getpid());
    snprintf(other, sizeof other, "%d", getpid() + 1);
    assert_watchdog("30000000", NULL, 0); /* to whom? */
    listen_at(name);
    assert_watchdog("30000000", NULL, 30000);
    assert_watchdog("30000000", own, 30000);
    assert_watchdog("30000000", other, 0);
    assert_watchdog("30000000", "me", 0);
    assert_watchdog(NULL, own, 0);
    assert_watchdog("soon", own, 0);
    assert_watchdog("1x", own, 0);
    assert_watchdog("99999999999999999999999", own, 0);
    assert_watchdog("9999999999999999", own, UINT32_MAX);
}

static void what_is_too_long_is_cut_and_a_manager_that_is_gone_harms_nobody(void **state)
{
    (void)state;
    char name[64], text[2000], heard[2048];
    struct notify n;
    snprintf(name, sizeof name, "@kith-long-%d", getpid());
    memset(text, 'y', sizeof text);
    text[sizeof text - 1] = 0;
    listen_at(name);
    assert_true(notify_init(&n));
    notify_say(&n, "STATUS=%s", text);
    ssize_t got = recv(manager, heard, sizeof heard, MSG_DONTWAIT);
    assert_in_range(got, 1000, 1024);
    for (int i = 0; i < 10000; i++) /* whom nobody reads: none of them waits */
        notify_say(&n, "WATCHDOG=1");
    close(manager);
    manager = -1;
    notify_say(&n, "WATCHDOG=1");
    notify_fini(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_path_and_an_abstract_name_are_written_to, tear_down),
        cmocka_unit_test_teardown(without_one_nothing_is_said, tear_down),
        cmocka_unit_test_teardown(a_name_that_is_none_is_told, tear_down),
        cmocka_unit_test_teardown(the_longest_name_is_written_to, tear_down),
        cmocka_unit_test_teardown(the_watchdog_is_this_process_s_or_none, tear_down),
        cmocka_unit_test_teardown(what_is_too_long_is_cut_and_a_manager_that_is_gone_harms_nobody,
                                  tear_down),
    };
    return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
