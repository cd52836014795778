/* tests/wire/test_http_respond.c -- responses, byte for byte. */
#include "failures.h"
#include "wire/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#define DATE "date: Tue, 24 Nov 2026 02:24:52 GMT\r\n"
#define THEN 1795487092

static void assert_response(const struct http_response *r, const char *want)
{
    struct buf out = {0};
    http_respond(&out, r);
    if (!slice_is(buf_slice(&out), want))
        fail_msg("want:\n%s\ngot:\n%.*s", want, (int)out.len, (const char *)out.ptr);
    buf_fini(&out);
}

static void a_response_has_its_lines_and_its_body(void **state)
{
    (void)state;
    assert_response(&(struct http_response){.status = 200,
                                            .content_type = "application/json",
                                            .headers = "access-control-allow-origin: *\r\na: b\r\n",
                                            .body = KITH_LIT("{\"status\":403}"),
                                            .keep_alive = true,
                                            .unix_s = THEN},
                    "HTTP/1.1 200 OK\r\n" DATE "content-type: application/json\r\n"
                    "access-control-allow-origin: *\r\na: b\r\ncontent-length: 14\r\n\r\n"
                    "{\"status\":403}");
}

static void an_empty_body_has_length_0(void **state)
{
    (void)state;
    assert_response(&(struct http_response){.status = 403, .keep_alive = true, .unix_s = THEN},
                    "HTTP/1.1 403 Forbidden\r\n" DATE "content-length: 0\r\n\r\n");
}

static void a_connection_that_is_not_kept_is_told(void **state)
{
    (void)state;
    assert_response(&(struct http_response){.status = 400, .body = KITH_LIT("bad"), .unix_s = THEN},
                    "HTTP/1.1 400 Bad Request\r\n" DATE
                    "content-length: 3\r\nconnection: close\r\n\r\nbad");
}

static void of_one_that_is_kept_may_be_told_for_how_long(void **state)
{
    (void)state;
    struct http_response r = {.status = 204, .keep_alive = true, .kept_s = 60, .unix_s = THEN};
    assert_response(&r, "HTTP/1.1 204 No Content\r\n" DATE "keep-alive: timeout=60\r\n\r\n");
    r.keep_alive = false;
    assert_response(&r, "HTTP/1.1 204 No Content\r\n" DATE "connection: close\r\n\r\n");
}

static void a_head_has_the_length_and_not_the_body(void **state)
{
    (void)state;
    assert_response(&(struct http_response){.status = 200,
                                            .body = KITH_LIT("hello"),
                                            .head_only = true,
                                            .keep_alive = true,
                                            .unix_s = THEN},
                    "HTTP/1.1 200 OK\r\n" DATE "content-length: 5\r\n\r\n");
}

static void an_upgrade_has_no_length_and_does_not_close(void **state)
{
    (void)state;
    assert_response(
        &(struct http_response){.status = 101,
                                .headers = "upgrade: websocket\r\nconnection: Upgrade\r\n",
                                .unix_s = THEN},
        "HTTP/1.1 101 Switching Protocols\r\n" DATE
        "upgrade: websocket\r\nconnection: Upgrade\r\n\r\n");
}

static void what_has_no_content_has_no_length(void **state)
{
    (void)state;
    assert_response(&(struct http_response){.status = 204, .keep_alive = true, .unix_s = THEN},
                    "HTTP/1.1 204 No Content\r\n" DATE "\r\n");
    assert_response(&(struct http_response){.status = 304, .unix_s = THEN},
                    "HTTP/1.1 304 Not Modified\r\n" DATE "connection: close\r\n\r\n");
}

static void responses_follow_each_other(void **state)
{
    (void)state;
    struct buf out = {0};
    const struct http_response r = {.status = 404, .keep_alive = true};
    http_respond(&out, &r);
    size_t one = out.len;
    http_respond(&out, &r);
    assert_int_equal(out.len, 2 * one);
    assert_memory_equal(out.ptr, out.ptr + one, one);
    buf_fini(&out);
}

static void assert_date(uint64_t unix_s, const char *want)
{
    struct buf out = {0};
    char line[64];
    http_respond(&out, &(struct http_response){.status = 200, .unix_s = unix_s});
    snprintf(line, sizeof line, "HTTP/1.1 200 OK\r\ndate: %s\r\n", want);
    if (!slice_starts(buf_slice(&out), slice_str(line))) fail_msg("not %s", want);
    buf_fini(&out);
}

static void dates_are_right_where_they_are_hard(void **state)
{
    (void)state;
    assert_date(0, "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_date(784111777, "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_date(951782399, "Mon, 28 Feb 2000 23:59:59 GMT");
    assert_date(951782400, "Tue, 29 Feb 2000 00:00:00 GMT");
    assert_date(978307199, "Sun, 31 Dec 2000 23:59:59 GMT");
    assert_date(2147483648, "Tue, 19 Jan 2038 03:14:08 GMT");
    assert_date(4107542400, "Mon, 01 Mar 2100 00:00:00 GMT");
    assert_date(253402300799, "Fri, 31 Dec 9999 23:59:59 GMT");
}

static void dates_agree_with_the_c_library_on_every_day(void **state)
{
    (void)state;
    for (uint64_t day = 0; day < 80000; day++) {
        time_t t = (time_t)(day * 86400 + day);
        struct tm tm;
        char want[64];
        gmtime_r(&t, &tm);
        strftime(want, sizeof want, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        assert_date((uint64_t)t, want);
    }
}

static void assert_refused(const struct http_response *r)
{
    struct buf out = {0};
    expect_assert_failure(http_respond(&out, r));
    buf_fini(&out);
}

static void no_value_breaks_out_of_its_line(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "a: b",           "a: b\r",         "a: b\n",      "\r\n",       "a: b\r\n\r\n", "a\r\n",
        "a: b\rc: d\r\n", "a: b\nc: d\r\n", "a: \x7F\r\n", "a: b\r\n\n", "a: \x01\r\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(&(struct http_response){.status = 200, .headers = bad[i]});
    assert_refused(&(struct http_response){.status = 200, .content_type = "a/b\r\nx: y"});
}

static void assert_not_put(kith_slice value)
{
    struct buf out = {0};
    expect_assert_failure(http_put_header(&out, "a", value));
    assert_int_equal(out.len, 0);
    buf_fini(&out);
}

static void no_value_breaks_out_of_a_line_put_alone(void **state)
{
    (void)state;
    assert_not_put(KITH_LIT("b\r\nc: d"));
    assert_not_put(KITH_LIT("b\n"));
    assert_not_put(KITH_LIT("b\0"));
}

static void a_header_line_is_put_as_it_is(void **state)
{
    (void)state;
    struct buf out = {0};
    http_put_header(&out, "access-control-allow-headers", KITH_LIT("x-a,\tx-b \xE4"));
    assert_true(slice_is(buf_slice(&out), "access-control-allow-headers: x-a,\tx-b \xE4\r\n"));
    buf_fini(&out);
}

static void a_status_without_content_takes_no_body(void **state)
{
    (void)state;
    const struct http_response bad[] = {{.status = 204, .body = KITH_LIT("x")},
                                        {.status = 101, .body = KITH_LIT("x")},
                                        {.status = 99},
                                        {.status = 600}};
    for (size_t i = 0; i < 4; i++)
        assert_refused(&bad[i]);
}

static void every_status_that_a_parser_answers_has_its_text(void **state)
{
    (void)state;
    static const int sent[] = {400, 413, 414, 426, 431, 501, 503, 505};
    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++)
        assert_string_not_equal(http_status_text(sent[i]), "Unknown");
    assert_string_equal(http_status_text(426), "Upgrade Required");
}

static void no_two_statuses_share_a_text(void **state)
{
    (void)state;
    for (int a = 100; a < 600; a++)
        for (int b = 100; b < a; b++)
            if (strcmp(http_status_text(b), "Unknown") != 0)
                assert_string_not_equal(http_status_text(a), http_status_text(b));
}

static void without_memory_the_buffer_says_so(void **state)
{
    (void)state;
    for (size_t skip = 0; skip < 2; skip++) {
        struct buf out = {0};
        alloc_fail(skip, 1);
        http_respond(&out, &(struct http_response){.status = 503, .body = KITH_LIT("later")});
        alloc_heal();
        assert_true(out.failed);
        buf_fini(&out);
    }
}

static void a_body_may_follow_in_chunks(void **state)
{
    (void)state;
    struct buf out = {0};
    struct http_response r = {.status = 200, .content_type = "text/plain", .keep_alive = true};
    http_respond_head(&out, &r, true);
    http_put_chunk(&out, KITH_LIT("0123456789abcdef"));
    http_put_chunk(&out, KITH_LIT("x"));
    http_put_chunk(&out, (kith_slice){0});
    buf_putc(&out, 0);
    assert_string_equal((const char *)out.ptr,
                        "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                        "content-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n"
                        "10\r\n0123456789abcdef\r\n1\r\nx\r\n0\r\n\r\n");
    buf_fini(&out);
}

static void or_as_it_is_to_the_end_of_the_connection(void **state)
{
    (void)state;
    struct buf out = {0};
    http_respond_head(&out, &(struct http_response){.status = 200}, false);
    buf_putc(&out, 0);
    assert_string_equal((const char *)out.ptr,
                        "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                        "connection: close\r\n\r\n");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_response_has_its_lines_and_its_body),
        cmocka_unit_test(an_empty_body_has_length_0),
        cmocka_unit_test(a_connection_that_is_not_kept_is_told),
        cmocka_unit_test(of_one_that_is_kept_may_be_told_for_how_long),
        cmocka_unit_test(a_head_has_the_length_and_not_the_body),
        cmocka_unit_test(an_upgrade_has_no_length_and_does_not_close),
        cmocka_unit_test(what_has_no_content_has_no_length),
        cmocka_unit_test(responses_follow_each_other),
        cmocka_unit_test(a_body_may_follow_in_chunks),
        cmocka_unit_test(or_as_it_is_to_the_end_of_the_connection),
        cmocka_unit_test(dates_are_right_where_they_are_hard),
        cmocka_unit_test(dates_agree_with_the_c_library_on_every_day),
        cmocka_unit_test(no_value_breaks_out_of_its_line),
        cmocka_unit_test(no_value_breaks_out_of_a_line_put_alone),
        cmocka_unit_test(a_header_line_is_put_as_it_is),
        cmocka_unit_test(a_status_without_content_takes_no_body),
        cmocka_unit_test(every_status_that_a_parser_answers_has_its_text),
        cmocka_unit_test(no_two_statuses_share_a_text),
        cmocka_unit_test(without_memory_the_buffer_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
