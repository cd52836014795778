/* tests/io/test_load_dial.c -- sockets of `kith bench`: where they go, and where they come from. */
#include "io/load_dial.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int listener;
static struct url url;

static int listen_here(void **state)
{
    (void)state;
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&at, len) != 0 || listen(listener, 64) != 0) return 1;
    (void)getsockname(listener, (struct sockaddr *)&at, &len);
    char text[64];
    (void)snprintf(text, sizeof text, "ws://127.0.0.1:%u", ntohs(at.sin_port));
    return url_read(text, &url, NULL) != KITH_OK;
}

static int stop(void **state)
{
    (void)state;
    return close(listener);
}

static void a_loopback_is_one(void **state)
{
    (void)state;
    struct load_address a;
    struct url six;
    assert_int_equal(load_resolve(&url, &a, NULL), KITH_OK);
    assert_true(a.loopback);
    assert_int_equal(url_read("ws://[::1]:1", &six, NULL), KITH_OK);
    if (load_resolve(&six, &a, NULL) == KITH_OK) assert_false(a.loopback); /* one address only */
}

static void no_such_host_is_told(void **state)
{
    (void)state;
    struct load_address a;
    struct url nowhere;
    kith_problem why = {""};
    assert_int_equal(url_read("ws://kith.invalid:4000", &nowhere, NULL), KITH_OK);
    assert_int_equal(load_resolve(&nowhere, &a, &why), KITH_NONE);
    assert_non_null(strstr(why.text, "kith.invalid:4000"));
}

static void who_listens_is_found_and_who_does_not_is_told_of(void **state)
{
    (void)state;
    struct load_address a;
    kith_problem why = {""};
    assert_int_equal(load_resolve(&url, &a, NULL), KITH_OK);
    assert_int_equal(load_probe(&url, &a, &why), KITH_OK);
    ((struct sockaddr_in *)&a.at)->sin_port = htons(1);
    assert_int_equal(load_probe(&url, &a, &why), KITH_IO);
    assert_non_null(strstr(why.text, "is the server running"));
}

/* As the listener sees it. */
static uint32_t source_of(int fd)
{
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    assert_int_equal(poll(&p, 1, 5000), 1);
    int other = accept(listener, (struct sockaddr *)&from, &len);
    assert_true(other >= 0);
    (void)close(other);
    return ntohl(from.sin_addr.s_addr);
}

static void users_come_from_many_addresses(void **state)
{
    (void)state;
    struct load_address a;
    assert_int_equal(load_resolve(&url, &a, NULL), KITH_OK);
    for (uint32_t n = 0; n < 3; n++) {
        int fd = load_dial(&a, n, false);
        assert_true(fd >= 0);
        assert_int_equal(source_of(fd), INADDR_LOOPBACK + 1 + n);
        (void)close(fd);
    }
}

/* The system takes twice what it is asked for, and no less than it needs. */
static void a_small_one_keeps_little(void **state)
{
    (void)state;
    struct load_address a;
    int usual = 0, least = 0;
    socklen_t len = sizeof usual;
    assert_int_equal(load_resolve(&url, &a, NULL), KITH_OK);
    int one = load_dial(&a, 0, false), other = load_dial(&a, 1, true);
    assert_int_equal(getsockopt(one, SOL_SOCKET, SO_RCVBUF, &usual, &len), 0);
    assert_int_equal(getsockopt(other, SOL_SOCKET, SO_RCVBUF, &least, &len), 0);
    assert_true(least > 0 && least < 8192 && least < usual);
    (void)close(one);
    (void)close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_come_from_many_addresses), /* while nobody else waits there */
        cmocka_unit_test(a_small_one_keeps_little),
        cmocka_unit_test(a_loopback_is_one),
        cmocka_unit_test(no_such_host_is_told),
        cmocka_unit_test(who_listens_is_found_and_who_does_not_is_told_of),
    };
    return cmocka_run_group_tests(tests, listen_here, stop);
}
