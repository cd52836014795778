/* tests/edge/test_ops.c -- health and metrics, and who may see them. */
#include "edge/heard.h"

#include "edge/ops.h"
#include "shard/figures.h"

static struct rig rig;

static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, 2, ""));
    rig.how = fed_how;
    rig.options.api_private = true;
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

static void a_healthy_server_says_so(void **state)
{
    (void)state;
    FEED("GET /healthz HTTP/1.1\r\nhost: localhost:4001\r\n\r\n");
    HEAR("200 ok\n");
    FEED("GET /readyz?verbose HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    HEAR("200 ready\n");
}

static void one_that_drains_is_alive_and_not_ready(void **state)
{
    (void)state;
    rig.contexts[0][1].draining = true;
    FEED("GET /readyz HTTP/1.1\r\nhost: [::1]:4001\r\n\r\nGET /healthz HTTP/1.1\r\nhost: "
         "[::1]\r\n\r\n");
    HEAR("503 draining\n", "200 ok\n");
}

static void a_web_page_is_sent_away_even_if_it_is_from_here(void **state)
{
    (void)state;
#define AWAY    "403 " OPS_FOREIGN_PAGE "\n"
#define UNKNOWN "403 " OPS_FOREIGN_HOST "\n"
    FEED("GET /metrics HTTP/1.1\r\nhost: localhost:4001\r\norigin: http://localhost:5173\r\n\r\n");
    HEAR(AWAY);
    FEED("GET /metrics HTTP/1.1\r\nhost: localhost:4001\r\norigin: http://localhost\r\n\r\n");
    HEAR(AWAY);
    FEED("GET /metrics HTTP/1.1\r\nhost: localhost:4001\r\norigin: file://localhost:4001\r\n\r\n");
    HEAR(AWAY);
    FEED("GET /metrics HTTP/1.1\r\nhost: evil.example\r\norigin: http://evil.example\r\n\r\n");
    HEAR(UNKNOWN);
    FEED("GET /metrics HTTP/1.1\r\nhost: evil.example:4001\r\n\r\n");
    HEAR(UNKNOWN);
    FEED("GET /healthz HTTP/1.1\r\nhost: localhost\r\norigin: null\r\norigin: null\r\n\r\n");
    HEAR(AWAY);
    FEED("GET /healthz HTTP/1.0\r\n\r\n"); /* no Host at all */
    HEAR(UNKNOWN, "end");
}

static void other_methods_paths_and_bodies_are_refused(void **state)
{
    (void)state;
    FEED("POST /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    HEAR("405 only GET and HEAD\n");
    FEED("DELETE /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
    kith_slice raw = heard_raw(&rig, 0);
    assert_non_null(memmem(raw.ptr, raw.len, "\r\nallow: GET, HEAD\r\n", 20));
    FEED("GET /demo/ HTTP/1.1\r\nhost: localhost\r\n\r\n");
    HEAR("404 not found: try /console, /healthz, /readyz, /metrics or /v1/\n");
    FEED("GET /healthz HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\r\nx");
    HEAR("413 no body is taken here\n", "end");
}

static void another_method_is_refused_before_its_body(void **state)
{
    (void)state;
    FEED("POST /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\r\nx");
    HEAR("405 only GET and HEAD\n", "end");
}

/* Of a client that keeps its connection the next answer would else begin with the body. */
static void head_is_get_without_the_body(void **state)
{
    static const struct {
        const char *path, *status, *length;
    } cases[] = {
        {"/healthz", "HTTP/1.1 200 ", "\r\ncontent-length: 3\r\n"},
        {"/readyz", "HTTP/1.1 200 ", "\r\ncontent-length: 6\r\n"},
        {"/metrics", "HTTP/1.1 200 ", "text/plain; version=0.0.4"},
        {"/", "HTTP/1.1 404 ", "\r\ncontent-length: 61\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char head[128];
        (void)snprintf(head, sizeof head, "HEAD %s HTTP/1.1\r\nhost: localhost\r\n\r\n",
                       cases[i].path);
        rig_feed(&rig, 0, slice_str(head));
        kith_slice raw = heard_raw(&rig, 0);
        assert_true(slice_starts(raw, slice_str(cases[i].status)));
        assert_non_null(memmem(raw.ptr, raw.len, cases[i].length, strlen(cases[i].length)));
        assert_null(memmem(raw.ptr, raw.len, "connection: close", 17));
        assert_memory_equal(raw.ptr + raw.len - 4, "\r\n\r\n", 4);
    }
    FEED("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    HEAR("200 ok\n");
}

static void a_request_line_without_an_end_is_refused_as_one_of_no_client(void **state)
{
    (void)state;
    static char line[HTTP_LINE_BYTES_MAX + 64];
    memset(line, 'x', sizeof line);
    memcpy(line, "GET /", 5);
    rig_feed(&rig, 0, slice_of(line, sizeof line));
    HEAR("414 the request line has over 8192 bytes\n", "end");
}

static void metrics_are_those_of_all_shards_together(void **state)
{
    (void)state;
    rig.worlds[0]->stats.joins = 40;
    rig.worlds[1]->stats.joins = 2;
    rig.worlds[0]->stats.connections_opened = 5;
    rig.worlds[0]->stats.connections_closed = 3;
    figures_report(rig.worlds[1], 0);
    rig_turn(&rig);
    FEED("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
    kith_slice raw = heard_raw(&rig, 0);
    assert_non_null(memmem(raw.ptr, raw.len, "text/plain; version=0.0.4", 25));
    assert_non_null(memmem(raw.ptr, raw.len, "\nkith_connections 2\n", 20));
    const char *joins = memmem(raw.ptr, raw.len, "\nkith_joins", 11);
    assert_non_null(joins);
    assert_non_null(memmem(raw.ptr, raw.len, " 42\n", 4));
}

static void beyond_loopback_metrics_want_a_key(void **state)
{
    (void)state;
    kith_problem why;
    struct api_keys *keys = api_keys_new();
    assert_int_equal(
        api_keys_add(keys, API_READ, KITH_LIT("0123456789abcdef0123456789abcdef"), &why), KITH_OK);
    rig.options.api_private = false;
    FEED("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
    kith_slice raw = heard_raw(&rig, 0);
    assert_non_null(memmem(raw.ptr, raw.len, "www-authenticate: Bearer\r\n", 26));
    FEED("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
    HEAR("401 send a key that may read\n");
    FEED("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    HEAR("200 ok\n");
    rig.options.api_keys = keys;
#define WITH(key)                                                                                  \
    "GET /metrics HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer " key "\r\n\r\n"
    FEED(WITH("0123456789abcdef0123456789abcdeX"));
    HEAR("401 send a key that may read\n");
    FEED(WITH("0123456789abcdef0123456789abcdef"));
    raw = heard_raw(&rig, 0);
    assert_non_null(memmem(raw.ptr, raw.len, "\nkith_joins", 11));
    api_keys_free(keys);
}

static void a_configured_name_is_one_of_its_own(void **state)
{
    (void)state;
    rig.options.api_hosts = (struct api_hosts){.names = {KITH_LIT("kith.internal")}, .count = 1};
    FEED("GET /healthz HTTP/1.1\r\nhost: kith.internal:4001\r\n\r\n");
    HEAR("200 ok\n");
}

static void presences_are_counted_once_each_wherever_their_home_is(void **state)
{
    static const char *const users[] = {"1", "2", "3", "4", "5"};
    static const char four[] = "# TYPE kith_presences gauge\nkith_presences 4\n";
    char join[64];
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        connect_as(&rig, i + 1, users[i], "2.0.0");
        snprintf(join, sizeof join, "['1','1','user:%s','phx_join',{}]", users[i]);
        rig_say(&rig, i + 1, join);
    }
    rig_say(&rig, 1, "['1','2','user:1','phx_leave',{}]");
    assert_true(presence_count(rig.worlds[0]->presence) < 4);
    figures_report(rig.worlds[1], 0);
    rig_turn(&rig);
    FEED("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
    kith_slice raw = heard_raw(&rig, 0);
    assert_non_null(memmem(raw.ptr, raw.len, four, sizeof four - 1));
}

static void assert_told(const char *line)
{
    FEED("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
    kith_slice raw = heard_raw(&rig, 0);
    if (!memmem(raw.ptr, raw.len, line, strlen(line))) fail_msg("not %s", line);
}

static void metrics_tell_of_the_process_and_its_store(void **state)
{
    struct edge_context *ctx = &rig.contexts[0][1];
    (void)state;
    ctx->world->process = (struct process_stats){.memory_bytes = 4096, .cpu_ms = 1250};
    assert_told("\nkith_ready 1\n");
    assert_told("\nkith_store_up 1\n");
    assert_told("\nkith_store_lost_seconds 0.000\n");
    assert_told("\nprocess_resident_memory_bytes 4096\n");
    assert_told("\nprocess_cpu_seconds_total 1.250\n");
    ctx->store_lost_ms = ctx->world->now.mono_ms - 1500;
    ctx->joining = true;
    assert_told("\nkith_ready 0\n");
    assert_told("\nkith_store_up 0\n");
    assert_told("\nkith_store_lost_seconds 1.500\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_healthy_server_says_so),
        TEST(one_that_drains_is_alive_and_not_ready),
        TEST(a_web_page_is_sent_away_even_if_it_is_from_here),
        TEST(other_methods_paths_and_bodies_are_refused),
        TEST(another_method_is_refused_before_its_body),
        TEST(head_is_get_without_the_body),
        TEST(a_request_line_without_an_end_is_refused_as_one_of_no_client),
        TEST(metrics_are_those_of_all_shards_together),
        TEST(beyond_loopback_metrics_want_a_key),
        TEST(a_configured_name_is_one_of_its_own),
        TEST(presences_are_counted_once_each_wherever_their_home_is),
        TEST(metrics_tell_of_the_process_and_its_store),
    };
    return RUN_HOWEVER_FED("ops", tests);
}
