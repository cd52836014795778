/* tests/load/test_url.c -- where a server is, as it is said. */
#include "load/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void reads(const char *text, const char *host, const char *port, const char *path)
{
    struct url u;
    kith_problem why = {""};
    assert_int_equal(url_read(text, &u, &why), KITH_OK);
    assert_string_equal(u.host, host);
    assert_string_equal(u.port, port);
    assert_string_equal(u.path, path);
}

static void what_phoenix_js_is_told_is_enough(void **state)
{
    (void)state;
    reads("ws://127.0.0.1:4000/socket", "127.0.0.1", "4000", "/socket/websocket");
    reads("ws://127.0.0.1:4000/socket/", "127.0.0.1", "4000", "/socket/websocket");
    reads("ws://127.0.0.1:4000/socket/websocket", "127.0.0.1", "4000", "/socket/websocket");
    reads("ws://localhost:4000", "localhost", "4000", "/socket/websocket");
    reads("http://a.example/live", "a.example", "80", "/live/websocket");
    reads("ws://[::1]:4000/socket", "::1", "4000", "/socket/websocket");
    reads("ws://[::1]/socket", "::1", "80", "/socket/websocket");
}

static bool is_tls(const char *text)
{
    struct url u;
    assert_int_equal(url_read(text, &u, NULL), KITH_OK);
    assert_string_equal(url_scheme(&u), u.tls ? "wss" : "ws");
    return u.tls;
}

static void over_tls_the_port_is_another(void **state)
{
    (void)state;
    reads("wss://a.example/socket", "a.example", "443", "/socket/websocket");
    reads("https://a.example:4000/socket", "a.example", "4000", "/socket/websocket");
    reads("wss://[::1]/socket", "::1", "443", "/socket/websocket");
    assert_true(is_tls("wss://a.example"));
    assert_true(is_tls("https://a.example"));
    assert_false(is_tls("ws://a.example"));
    assert_false(is_tls("http://a.example"));
}

static void the_host_is_told_as_it_was_said(void **state)
{
    (void)state;
    struct url u;
    assert_int_equal(url_read("ws://[::1]:4000/socket", &u, NULL), KITH_OK);
    assert_string_equal(u.authority, "[::1]:4000");
}

static void refuses(const char *text, const char *advice)
{
    struct url u;
    kith_problem why = {""};
    assert_int_equal(url_read(text, &u, &why), KITH_BAD);
    if (!strstr(why.text, advice)) fail_msg("%s: %s", text, why.text);
}

static void what_will_not_do_is_told_with_advice(void **state)
{
    (void)state;
    refuses("127.0.0.1:4000", "write ws://HOST:PORT/socket");
    refuses("", "write ws://HOST:PORT/socket");
    refuses("wss://", "write ws://HOST:PORT/socket");
    refuses("ftp://a.example/socket", "write ws://HOST:PORT/socket");
    refuses("ws://", "write ws://HOST:PORT/socket");
    refuses("ws://:4000/socket", "write ws://HOST:PORT/socket");
    refuses("ws://a:0/socket", "write ws://HOST:PORT/socket");
    refuses("ws://a:65536/socket", "write ws://HOST:PORT/socket");
    refuses("ws://a:b/socket", "write ws://HOST:PORT/socket");
    refuses("ws://[::1/socket", "write ws://HOST:PORT/socket");
    refuses("ws://[::1]4000/socket", "write ws://HOST:PORT/socket");
    refuses("ws://a/socket?token=x", "--param");
    refuses("ws://a/so cket", "--param");
    refuses("ws://a/\r\nX: y", "--param");
}

static void what_is_too_long_is_refused(void **state)
{
    (void)state;
    char text[2000] = "ws://a/";
    memset(text + 7, 'x', URL_PATH_BYTES_MAX - 1);
    reads(text, "a", "80", ({
              static char want[2100];
              (void)snprintf(want, sizeof want, "%s/websocket", text + 6);
              want;
          }));
    strcat(text, "y");
    refuses(text, "write ws://");
    memset(text + 5, 'h', URL_HOST_BYTES_MAX + 1);
    strcpy(text + 5 + URL_HOST_BYTES_MAX + 1, "/s");
    refuses(text, "write ws://");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_phoenix_js_is_told_is_enough),
        cmocka_unit_test(over_tls_the_port_is_another),
        cmocka_unit_test(the_host_is_told_as_it_was_said),
        cmocka_unit_test(what_will_not_do_is_told_with_advice),
        cmocka_unit_test(what_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
