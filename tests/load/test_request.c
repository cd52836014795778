/* tests/load/test_request.c -- the request for the upgrade, byte for byte. */
#include "load/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TAIL                                                                                       \
    " HTTP/1.1\r\nHost: h:1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"                      \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static void puts_request(struct request r, const char *want)
{
    struct buf out = {0};
    r.host = KITH_LIT("h:1");
    r.path = KITH_LIT("/s/websocket");
    request_put(&out, &r);
    buf_putc(&out, 0);
    assert_string_equal((const char *)out.ptr, want);
    buf_fini(&out);
}

static void the_user_goes_by_id_or_by_token(void **state)
{
    (void)state;
    puts_request((struct request){.user = KITH_LIT("42"), .vsn = PHX_V2},
                 "GET /s/websocket?vsn=2.0.0&user_id=42&device=bench" TAIL);
    puts_request(
        (struct request){.user = KITH_LIT("42"), .token = KITH_LIT("a.b-c"), .vsn = PHX_V1},
        "GET /s/websocket?vsn=1.0.0&token=a.b-c&device=bench" TAIL);
}

static void what_is_not_plain_is_encoded(void **state)
{
    (void)state;
    puts_request((struct request){.user = KITH_LIT("a&b=\xc3\xa9 \r\n"), .vsn = PHX_V2},
                 "GET /s/websocket?vsn=2.0.0&user_id=a%26b%3D%C3%A9%20%0D%0A&device=bench" TAIL);
}

static void parameters_may_name_the_user(void **state)
{
    (void)state;
    const struct crowd_param params[] = {{"k", "u%u-%u%"}, {"e", ""}, {"%u", "x"}};
    puts_request(
        (struct request){.user = KITH_LIT("7"), .vsn = PHX_V2, .params = params, .param_count = 3},
        "GET /s/websocket?vsn=2.0.0&user_id=7&device=bench&k=u7-7%25&e=&%25u=x" TAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_user_goes_by_id_or_by_token),
        cmocka_unit_test(what_is_not_plain_is_encoded),
        cmocka_unit_test(parameters_may_name_the_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
