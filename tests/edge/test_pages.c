/* tests/edge/test_pages.c -- pages, and the demo's tokens: who may ask for one. */
#include "edge/heard.h"

static struct rig rig;

static const struct kith_page pages[] = {
    {"/demo/", "text/html; charset=utf-8", {(const uint8_t *)"<p>demo</p>", 11}},
};

static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, 1, ""));
    rig_want_tokens(&rig);
    rig.how = fed_how;
    rig.options.pages = pages;
    rig.options.page_count = 1;
    rig.options.demo = true;
    assert_true(rig_open(&rig, 0, 0, false));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_fini(&rig);
    return 0;
}

#define FEED(bytes) rig_feed(&rig, 0, KITH_LIT(bytes))
#define HEAR(...)   HEARS(&rig, 0, __VA_ARGS__)

static void again(void)
{
    rig_drop(&rig, 0);
    assert_true(rig_open(&rig, 0, 0, false));
}

static bool said(kith_slice raw, const char *text)
{
    return memmem(raw.ptr, raw.len, text, strlen(text)) != NULL;
}

static void a_page_comes_with_headers_that_keep_it_to_itself(void **state)
{
    (void)state;
    FEED("GET /demo/?x=1 HTTP/1.1\r\nhost: a\r\n\r\n");
    kith_slice raw = heard_raw(&rig, 0);
    static const char *const lines[] = {"HTTP/1.1 200 OK\r\n",
                                        "content-type: text/html; charset=utf-8\r\n",
                                        "content-length: 11\r\n",
                                        "x-content-type-options: nosniff\r\n",
                                        "default-src 'self'",
                                        "frame-ancestors 'none'",
                                        "referrer-policy: no-referrer\r\n",
                                        "\r\n\r\n<p>demo</p>"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (!said(raw, lines[i])) fail_msg("%s", lines[i]);
}

static void a_head_has_the_length_and_no_body(void **state)
{
    (void)state;
    FEED("HEAD /demo/ HTTP/1.1\r\nhost: a\r\n\r\n");
    kith_slice raw = heard_raw(&rig, 0);
    assert_true(said(raw, "content-length: 11\r\n"));
    assert_memory_equal(raw.ptr + raw.len - 4, "\r\n\r\n", 4);
    FEED("HEAD /nowhere HTTP/1.1\r\nhost: a\r\n\r\n");
    raw = heard_raw(&rig, 0);
    assert_memory_equal(raw.ptr, "HTTP/1.1 404 ", 13);
    assert_memory_equal(raw.ptr + raw.len - 4, "\r\n\r\n", 4);
}

static void another_method_is_not_allowed(void **state)
{
    (void)state;
    FEED("DELETE /demo/ HTTP/1.1\r\nhost: a\r\n\r\n");
    kith_slice raw = heard_raw(&rig, 0);
    assert_memory_equal(raw.ptr, "HTTP/1.1 405 ", 13);
    assert_true(said(raw, "allow: GET, HEAD\r\n"));
    FEED("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n");
    HEAR("404 not found");
}

static void the_root_leads_to_the_demo_only_if_there_is_one(void **state)
{
    (void)state;
    FEED("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    kith_slice raw = heard_raw(&rig, 0);
    assert_memory_equal(raw.ptr, "HTTP/1.1 302 ", 13);
    assert_true(said(raw, "location: /demo/\r\n"));
    rig.options.demo = false;
    FEED("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    HEAR("404 not found");
}

static void a_path_is_taken_as_it_is_written(void **state)
{
    (void)state;
    FEED("GET /demo/../demo/ HTTP/1.1\r\nhost: a\r\n\r\nGET /demo%2f HTTP/1.1\r\nhost: a\r\n\r\n"
         "GET //demo/ HTTP/1.1\r\nhost: a\r\n\r\nGET /DEMO/ HTTP/1.1\r\nhost: a\r\n\r\n");
    HEAR("404 not found", "404 not found", "404 not found", "404 not found");
}

/* The demo's tokens */

static void ask(const char *host, const char *headers, const char *body)
{
    char request[4096];
    int n = snprintf(request, sizeof request,
                     "POST /demo/token HTTP/1.1\r\nhost: %s\r\n%scontent-length: %zu\r\n\r\n%s",
                     host, headers, strlen(body), body);
    again();
    rig_feed(&rig, 0, slice_of(request, (size_t)n));
}

#define JSON_TYPE "content-type: application/json\r\n"
#define BODY      "{\"user\":\"3\"}"

static void gets_a_token(const char *host, const char *headers, const char *body)
{
    struct token_claims claims;
    struct buf got = {0}, scratch = {0};
    const char *reason = "none came";
    ask(host, headers, body);
    heard(&rig, 0, &got);
    assert_true(got.len > 15 && memcmp(got.ptr, "200 {'token':'", 14) == 0);
    kith_slice token = slice_of(got.ptr + 14, got.len - 14 - 3);
    assert_int_equal(token_verify(rig.keys, token, rig.now.unix_ms, &scratch, &claims, &reason),
                     KITH_OK);
    assert_true(slice_is(claims.user, "3"));
    buf_fini(&got);
    buf_fini(&scratch);
}

static void is_refused(const char *host, const char *headers, const char *body, const char *status)
{
    struct buf got = {0};
    ask(host, headers, body);
    heard(&rig, 0, &got);
    if (got.len < 3 || memcmp(got.ptr, status, 3) != 0)
        fail_msg("%s %s %s: %.*s", host, headers, body, (int)got.len, got.ptr);
    assert_null(memmem(got.ptr, got.len, "token'", 6));
    buf_fini(&got);
}

static void the_demo_page_gets_a_token(void **state)
{
    (void)state;
    gets_a_token("localhost:4000", JSON_TYPE "origin: http://localhost:4000\r\n", BODY);
    gets_a_token("127.0.0.1:4000", JSON_TYPE, BODY);
    gets_a_token("[::1]:4000", "content-type: application/json; charset=utf-8\r\n",
                 " { \"x\":[], \"user\" : \"\\u0033\" } ");
    gets_a_token("localhost", "Content-Type: Application/JSON\r\n", BODY);
}

static void a_page_elsewhere_does_not(void **state)
{
    (void)state;
    is_refused("localhost:4000", JSON_TYPE "origin: http://evil.example\r\n", BODY, "403");
    is_refused("localhost:4000", JSON_TYPE "origin: null\r\n", BODY, "403");
    is_refused("localhost:4000", JSON_TYPE "origin: http://127.0.0.1:4000\r\n", BODY, "403");
    is_refused("localhost:4000",
               JSON_TYPE "origin: http://localhost:4000\r\norigin: http://localhost:4000\r\n", BODY,
               "403");
    rig.mount.origins = (struct origins){.allowed = {"//evil.example"},
                                         .count = 1}; /* may connect, but not ask for tokens */
    is_refused("localhost:4000", JSON_TYPE "origin: http://evil.example\r\n", BODY, "403");
}

static void a_name_that_leads_here_does_not(void **state)
{
    (void)state;
    is_refused("evil.example:4000", JSON_TYPE "origin: http://evil.example:4000\r\n", BODY, "403");
    is_refused("localhost.evil.example", JSON_TYPE, BODY, "403");
    is_refused("10.0.0.1:4000", JSON_TYPE, BODY, "403");
}

static void what_a_form_can_send_does_not(void **state)
{
    (void)state;
    is_refused("localhost", "content-type: text/plain\r\n", BODY, "415");
    is_refused("localhost", "content-type: application/x-www-form-urlencoded\r\n", BODY, "415");
    is_refused("localhost", "", BODY, "415");
    is_refused("localhost", JSON_TYPE JSON_TYPE, BODY, "415");
    is_refused("localhost", "content-type: application/jsonx\r\n", BODY, "415");
    is_refused("localhost", "content-type: text/plain; application/json\r\n", BODY, "415");
}

static void a_body_that_names_no_user_does_not(void **state)
{
    (void)state;
    static const char *const bodies[] = {"",
                                         "{}",
                                         "[]",
                                         "3",
                                         "null",
                                         "{\"user\":3}",
                                         "{\"user\":\"\"}",
                                         "{\"user\":\"a\\u0000b\"}",
                                         "{\"user\":\"3\"} x",
                                         "{\"user\":\"3\",\"user\":\"4\"}",
                                         "{\"user\":null}",
                                         "{\"user\":\"\xff\"}",
                                         "{\"user\":\"\\ud800\"}"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        is_refused("localhost", JSON_TYPE, bodies[i], "400");
    char long_id[256];
    snprintf(long_id, sizeof long_id, "{\"user\":\"%0*d\"}", USER_ID_BYTES_MAX + 1, 7);
    is_refused("localhost", JSON_TYPE, long_id, "400");
}

static void a_large_body_is_refused_before_it_is_read(void **state)
{
    (void)state;
    again();
    FEED("POST /demo/token HTTP/1.1\r\nhost: localhost\r\n" JSON_TYPE
         "content-length: 1025\r\n\r\n");
    struct buf got = {0};
    heard(&rig, 0, &got);
    assert_memory_equal(got.ptr, "413 ", 4);
    buf_clear(&got);
    again();
    FEED("POST /demo/token HTTP/1.1\r\nhost: localhost\r\n" JSON_TYPE
         "transfer-encoding: chunked\r\n\r\n401\r\n");
    heard(&rig, 0, &got);
    assert_memory_equal(got.ptr, "413 ", 4);
    buf_fini(&got);
}

static void a_chunked_body_is_a_body_and_the_connection_goes_on(void **state)
{
    (void)state;
    FEED("POST /demo/token HTTP/1.1\r\nhost: localhost\r\n" JSON_TYPE
         "transfer-encoding: chunked\r\n\r\n"
         "5\r\n{\"use\r\n7;x=y\r\nr\":\"3\"}\r\n0\r\n\r\nGET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n");
    struct buf got = {0};
    heard(&rig, 0, &got);
    assert_memory_equal(got.ptr, "200 {'token':'", 14);
    assert_non_null(memmem(got.ptr, got.len, "\n404 not found\n", 15));
    buf_fini(&got);
}

static void without_demo_there_are_no_tokens(void **state)
{
    (void)state;
    rig.options.demo = false;
    is_refused("localhost", JSON_TYPE, BODY, "413");
    again();
    FEED("POST /demo/token HTTP/1.1\r\nhost: localhost\r\n\r\n");
    HEAR("404 not found");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_page_comes_with_headers_that_keep_it_to_itself),
        TEST(a_head_has_the_length_and_no_body),
        TEST(another_method_is_not_allowed),
        TEST(the_root_leads_to_the_demo_only_if_there_is_one),
        TEST(a_path_is_taken_as_it_is_written),
        TEST(the_demo_page_gets_a_token),
        TEST(a_page_elsewhere_does_not),
        TEST(a_name_that_leads_here_does_not),
        TEST(what_a_form_can_send_does_not),
        TEST(a_body_that_names_no_user_does_not),
        TEST(a_large_body_is_refused_before_it_is_read),
        TEST(a_chunked_body_is_a_body_and_the_connection_goes_on),
        TEST(without_demo_there_are_no_tokens),
    };
    return RUN_HOWEVER_FED("pages", tests);
}
