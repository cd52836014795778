/* tests/io/test_listener.c -- listening sockets: addresses as people write them, and what is in the
 * way. */
#include "io/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int open_good(const char *address, enum listener_place place)
{
    kith_problem why = {"no problem"};
    int fd = -1;
    kith_err e = listener_open(address, place, &fd, &why);
    if (e) fail_msg("%s: %s", address, why.text);
    return fd;
}

static void is_refused_as(enum listener_place place, const char *address, kith_err with,
                          const char *because)
{
    kith_problem why = {"no problem"};
    int fd = -1;
    assert_int_equal(listener_open(address, place, &fd, &why), with);
    assert_int_equal(fd, -1);
    if (!strstr(why.text, because)) fail_msg("%s: %s", address, why.text);
}

static void is_refused(const char *address, kith_err with, const char *because)
{
    is_refused_as(LISTENER_ALONE, address, with, because);
}

static void port_0_is_a_free_one(void **state)
{
    (void)state;
    char text[64];
    int a = open_good("127.0.0.1:0", LISTENER_ALONE), b = open_good("127.0.0.1:0", LISTENER_ALONE);
    assert_int_not_equal(listener_port(a), 0);
    assert_int_not_equal(listener_port(a), listener_port(b));
    listener_with_port("127.0.0.1:0", listener_port(a), text, sizeof text);
    is_refused(text, KITH_EXISTS, "the port is in use; stop what uses it, or choose another");
    close(a);
    close(open_good(text, LISTENER_ALONE)); /* at once, though connections of before may linger */
    close(b);
}

static void the_sockets_of_one_server_share_a_port_and_no_others(void **state)
{
    (void)state;
    char text[64];
    int a = open_good("127.0.0.1:0", LISTENER_FIRST);
    listener_with_port("127.0.0.1:0", listener_port(a), text, sizeof text);
    int b = open_good(text, LISTENER_NEXT);
    is_refused(text, KITH_EXISTS, "in use");
    is_refused_as(LISTENER_FIRST, text, KITH_EXISTS, "in use"); /* another server */
    close(a);
    close(b);
}

static void trying_tells_whether_one_may_listen_and_lets_nobody_in(void **state)
{
    (void)state;
    char text[64];
    int a = open_good("127.0.0.1:0", LISTENER_FIRST);
    listener_with_port("127.0.0.1:0", listener_port(a), text, sizeof text);
    is_refused_as(LISTENER_TRIED, text, KITH_EXISTS, "in use");
    close(a);
    a = open_good(text, LISTENER_TRIED);
    struct sockaddr_in there;
    socklen_t len = sizeof there;
    assert_int_equal(getsockname(a, (struct sockaddr *)&there, &len), 0);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&there, len), -1);
    assert_int_equal(errno, ECONNREFUSED);
    close(client);
    close(a);
}

static void an_address_of_six_stands_in_brackets(void **state)
{
    (void)state;
    char text[64];
    int fd = -1;
    kith_problem why;
    kith_err e = listener_open("[::1]:0", LISTENER_ALONE, &fd, &why);
    if (e) skip(); /* a machine without IPv6 */
    assert_int_not_equal(listener_port(fd), 0);
    listener_with_port("[::1]:0", 4000, text, sizeof text);
    assert_string_equal(text, "[::1]:4000");
    close(fd);
}

static void without_an_address_it_is_any(void **state)
{
    (void)state;
    close(open_good(":0", LISTENER_ALONE));
    close(open_good("0.0.0.0:0", LISTENER_ALONE));
    close(open_good("localhost:0", LISTENER_ALONE)); /* the one name that is understood */
}

static void what_is_no_address_says_how_to_write_one(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      ":",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:http",
                                      "127.0.0.1:70000000",
                                      "kith.example:4000",
                                      "1.2.3.4.5:1",
                                      "127.0.0.1:-1",
                                      "[::1:4000",
                                      "127.0.0.1:4000 "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        is_refused(bad[i], KITH_BAD, "write an address as 127.0.0.1:4000 or [::]:4000");
    char longest[400];
    memset(longest, '1', sizeof longest);
    memcpy(longest + sizeof longest - 5, ":400", 5);
    is_refused(longest, KITH_BAD, "write an address as");
}

static void an_address_of_another_machine_is_said_to_be_so(void **state)
{
    (void)state;
    is_refused("192.0.2.1:0", KITH_REFUSED, "choose an address of this machine");
}

static void accepted_sockets_do_not_delay_nor_hoard_and_give_up_on_the_dead(void **state)
{
    (void)state;
    int fd = open_good("127.0.0.1:0", LISTENER_ALONE), client = socket(AF_INET, SOCK_STREAM, 0),
        value = 0;
    struct sockaddr_in a;
    socklen_t len = sizeof a;
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&a, sizeof a), 0);
    int accepted = accept(fd, NULL, NULL);
    while (accepted < 0 && errno == EAGAIN)
        accepted = accept(fd, NULL, NULL);
    len = sizeof value;
    assert_int_equal(getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &value, &len), 0);
    assert_int_not_equal(value, 0);
    assert_int_equal(getsockopt(accepted, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, &len), 0);
    assert_int_equal(value, 8192);
    assert_int_equal(getsockopt(accepted, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &len), 0);
    assert_int_equal(value, 30000);
    close(accepted);
    close(client);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(port_0_is_a_free_one),
        cmocka_unit_test(the_sockets_of_one_server_share_a_port_and_no_others),
        cmocka_unit_test(trying_tells_whether_one_may_listen_and_lets_nobody_in),
        cmocka_unit_test(an_address_of_six_stands_in_brackets),
        cmocka_unit_test(without_an_address_it_is_any),
        cmocka_unit_test(what_is_no_address_says_how_to_write_one),
        cmocka_unit_test(an_address_of_another_machine_is_said_to_be_so),
        cmocka_unit_test(accepted_sockets_do_not_delay_nor_hoard_and_give_up_on_the_dead),
    };
    return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
