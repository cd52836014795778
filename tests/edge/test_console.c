/* tests/edge/test_console.c -- the console's files: where they are, and what they allow themselves.
 */
#include "edge/heard.h"

static struct rig rig;

static const struct kith_page pages[] = {
    {"/console/", "text/html; charset=utf-8", {(const uint8_t *)"<p>console</p>", 14}},
    {"/console/app.js", "text/javascript; charset=utf-8", {(const uint8_t *)"1", 1}},
};

static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, 1, ""));
    rig.how = fed_how;
    rig.options.api_private = true;
    rig.options.console_pages = pages;
    rig.options.console_page_count = 2;
    assert_true(rig_open(&rig, 0, 0, true));
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

static bool said(kith_slice raw, const char *text)
{
    return memmem(raw.ptr, raw.len, text, strlen(text)) != NULL;
}

static void a_file_comes_with_headers_that_keep_it_to_itself(void **state)
{
    (void)state;
    FEED("GET /console/?x=1 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    kith_slice raw = heard_raw(&rig, 0);
    static const char *const lines[] = {
        "HTTP/1.1 200 OK\r\n",
        "content-type: text/html; charset=utf-8\r\n",
        "content-length: 14\r\n",
        "x-content-type-options: nosniff\r\n",
        "referrer-policy: no-referrer\r\n",
        "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; "
        "connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self'\r\n",
        "\r\n\r\n<p>console</p>"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (!said(raw, lines[i])) fail_msg("%s", lines[i]);
    FEED("GET /console/app.js HTTP/1.1\r\nhost: localhost:4001\r\n"
         "origin: http://localhost:4001\r\n\r\n");
    HEAR("200 1");
}

static void without_its_slash_it_leads_there(void **state)
{
    (void)state;
    FEED("GET /console HTTP/1.1\r\nhost: localhost\r\n\r\n");
    kith_slice raw = heard_raw(&rig, 0);
    assert_true(said(raw, "HTTP/1.1 302 Found\r\n"));
    assert_true(said(raw, "\r\nlocation: /console/\r\n"));
}

static void other_paths_methods_and_names_are_refused(void **state)
{
    (void)state;
    static const char *const none[] = {"/console/app.js/", "/console//", "/console/../metrics",
                                       "/console/%61pp.js", "/console/nothing"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        char head[128];
        (void)snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nhost: localhost\r\n\r\n", none[i]);
        rig_feed(&rig, 0, slice_str(head));
        HEAR("404 not found: the console is at /console/\n");
    }
    FEED("GET /consoles HTTP/1.1\r\nhost: localhost\r\n\r\n");
    HEAR("404 not found: try /console, /healthz, /readyz, /metrics or /v1/\n");
    FEED("POST /console/ HTTP/1.1\r\nhost: localhost\r\n\r\n");
    HEAR("405 only GET and HEAD\n");
    FEED("GET /console/ HTTP/1.1\r\nhost: evil.example\r\n\r\n");
    kith_slice raw = heard_raw(&rig, 0);
    assert_true(said(raw, "HTTP/1.1 403 ") && !said(raw, "<p>console</p>"));
}

static void clients_find_it_nowhere(void **state)
{
    (void)state;
    rig_drop(&rig, 0);
    assert_true(rig_open(&rig, 0, 0, false));
    FEED("GET /console/ HTTP/1.1\r\nhost: localhost\r\n\r\n");
    HEAR("404 not found");
}

static void a_server_without_it_says_so(void **state)
{
    (void)state;
    rig.options.console_page_count = 0;
    FEED("GET /console HTTP/1.1\r\nhost: localhost\r\n\r\n");
    HEAR("404 not found: this server was built without the console\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_comes_with_headers_that_keep_it_to_itself),
        TEST(without_its_slash_it_leads_there),
        TEST(other_paths_methods_and_names_are_refused),
        TEST(clients_find_it_nowhere),
        TEST(a_server_without_it_says_so),
    };
    return RUN_HOWEVER_FED("console", tests);
}
