/* tests/edge/test_upgrade.c -- who may open a socket, and in which order it is asked. */
#include "edge/heard.h"
#include "edge/rig_rooms.h"
#include "wire/base64.h"

static struct rig rig;

static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, 1, ""));
    rig.how = fed_how;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_fini(&rig);
    return 0;
}

#define UPGRADE "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
#define KEY     "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

/* Sends a request with these lines to a fresh socket. */
static void request_to(const char *host, const char *line, const char *headers)
{
    char head[16384];
    int n = snprintf(head, sizeof head, "%s HTTP/1.1\r\nhost: %s\r\n%s\r\n", line, host, headers);
    assert_true(n > 0 && n < (int)sizeof head);
    rig_drop(&rig, 0);
    assert_true(rig_open(&rig, 0, 0, false));
    rig_feed(&rig, 0, slice_of(head, (size_t)n));
}

static void request(const char *line, const char *headers)
{
    request_to("kith.example", line, headers);
}

static void is_opened(const char *line, const char *headers)
{
    request(line, headers);
    HEARS(&rig, 0, "101");
}

static void is_refused(const char *line, const char *headers, const char *with)
{
    request(line, headers);
    HEARS(&rig, 0, with, "end");
}

#define PATH(query) "GET /socket/websocket?" query

static void a_good_request_gets_exactly_these_headers(void **state)
{
    (void)state;
    request(PATH("vsn=2.0.0&user_id=1"), UPGRADE KEY);
    kith_slice got = heard_raw(&rig, 0);
    static const char want[] =
        "HTTP/1.1 101 Switching Protocols\r\ndate: Tue, 24 Nov 2026 02:24:25 GMT\r\n"
        "upgrade: websocket\r\nconnection: Upgrade\r\n"
        "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        "cache-control: max-age=0, private, must-revalidate\r\n\r\n";
    assert_int_equal(got.len, sizeof want - 1);
    assert_memory_equal(got.ptr, want, got.len);
}

static void the_version_is_1_0_or_2_0_with_any_patch(void **state)
{
    (void)state;
    static const char *const good[] = {"vsn=2.0.0",  "vsn=1.0.0", "vsn=2.0.7",
                                       "vsn=1.0.12", "x=",        "vsn=2%2e0.0"};
    static const char *const bad[] = {"vsn=2.0",    "vsn=2.1.0",  "vsn=3.0.0", "vsn=abc",
                                      "vsn=",       "vsn",        "vsn=2.0.",  "vsn=2.0.x",
                                      "vsn=2.0.0-", "vsn=2.0.01", "vsn=%ff",   "vsn=2.0.0%00"};
    char line[128];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        snprintf(line, sizeof line, PATH("user_id=1&%s"), good[i]);
        is_opened(line, UPGRADE KEY);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(line, sizeof line, PATH("user_id=1&%s"), bad[i]);
        is_refused(line, UPGRADE KEY, "403");
    }
}

static void a_user_is_1_to_128_bytes_of_utf8_without_nul(void **state)
{
    (void)state;
    char id[USER_ID_BYTES_MAX + 2] = {0}, line[256];
    is_refused(PATH("vsn=2.0.0"), UPGRADE KEY, "403");
    is_refused(PATH("vsn=2.0.0&user_id="), UPGRADE KEY, "403");
    is_refused(PATH("vsn=2.0.0&user_id=a%00b"), UPGRADE KEY, "403");
    is_refused(PATH("vsn=2.0.0&user_id=%c3"), UPGRADE KEY, "403");
    is_refused(PATH("vsn=2.0.0&user_id=%zz"), UPGRADE KEY, "403");
    is_refused(PATH("vsn=2.0.0&User_id=1"), UPGRADE KEY, "403");
    is_opened(PATH("vsn=2.0.0&user_id=%c3%a9+%2a%0d%0a%22"), UPGRADE KEY);
    memset(id, 'u', USER_ID_BYTES_MAX);
    snprintf(line, sizeof line, PATH("user_id=%s"), id);
    is_opened(line, UPGRADE KEY);
    id[USER_ID_BYTES_MAX] = 'u';
    snprintf(line, sizeof line, PATH("user_id=%s"), id);
    is_refused(line, UPGRADE KEY, "403");
}

static void a_device_is_at_most_64_bytes(void **state)
{
    (void)state;
    char device[DEVICE_BYTES_MAX + 2] = {0}, line[256];
    memset(device, 'd', DEVICE_BYTES_MAX);
    snprintf(line, sizeof line, PATH("user_id=1&device=%s"), device);
    is_opened(line, UPGRADE KEY);
    device[DEVICE_BYTES_MAX] = 'd';
    snprintf(line, sizeof line, PATH("user_id=1&device=%s"), device);
    is_refused(line, UPGRADE KEY, "403");
    is_refused(PATH("user_id=1&device=%f"), UPGRADE KEY, "403");
}

static void a_session_begins_hidden_or_visible(void **state)
{
    (void)state;
    is_opened(PATH("user_id=1&session=hidden"), UPGRADE KEY);
    is_opened(PATH("user_id=1&session=visible"), UPGRADE KEY);
    is_refused(PATH("user_id=1&session=secret"), UPGRADE KEY, "403");
    is_refused(PATH("user_id=1&session=%f"), UPGRADE KEY, "403");
}

static void who_is_asked_before_how(void **state)
{
    (void)state;
    is_refused(PATH("user_id="), "", "403");
    is_refused(PATH("user_id=1&vsn=9"), "", "403");
    is_refused(PATH("user_id=1"), "origin: http://evil.example\r\n", "403");
    is_refused(PATH("user_id=1"), "", "400 'connection' header must contain 'upgrade'");
}

static void another_method_is_a_bad_request_without_words(void **state)
{
    (void)state;
    static const char *const methods[] = {"POST", "HEAD", "PUT", "OPTIONS", "get"};
    char line[128];
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        snprintf(line, sizeof line, "%s /socket/websocket?user_id=1", methods[i]);
        is_refused(line, UPGRADE KEY, "400");
    }
    is_refused("POST /socket/websocket?user_id=1", UPGRADE KEY "content-length: 0\r\n", "400");
}

static void each_header_is_required_and_single(void **state)
{
    (void)state;
    const char *ok = PATH("user_id=1");
    is_refused(ok,
               "connection: keep-alive\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n" KEY,
               "400 'connection' header must contain 'upgrade'");
    is_opened(ok, "connection: keep-alive, UPGRADE\r\nupgrade: h2c, "
                  "WebSocket\r\nsec-websocket-version: 13\r\n" KEY);
    is_refused(ok, "connection: upgrade\r\nsec-websocket-version: 13\r\n" KEY,
               "400 'upgrade' header must contain 'websocket'");
    is_refused(ok, UPGRADE KEY "upgrade: websocket\r\n", "400 'upgrade' header is not single");
    is_refused(ok, UPGRADE KEY "upgrade: h2c\r\n", "400 'upgrade' header is not single");
    is_refused(ok, UPGRADE, "400 'sec-websocket-key' header is absent or not single");
    is_refused(ok, UPGRADE KEY KEY, "400 'sec-websocket-key' header is absent or not single");
    static const char *const keys[] = {"",
                                       "short",
                                       "dGhlIHNhbXBsZSBub25jZQ=",
                                       "dGhlIHNhbXBsZSBub25jZQ",
                                       "dGhlIHNhbXBsZSBub25jZQ===",
                                       "dGhlIHNhbXBsZSBub25jZQQ=",
                                       "dGhlIHNhbXBsZSBub25j*Q==",
                                       "dGhlIHNhbXBsZSBub25jZQ== x"};
    char headers[512];
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        snprintf(headers, sizeof headers, UPGRADE "sec-websocket-key: %s\r\n", keys[i]);
        request(ok, headers);
        assert_memory_equal(heard_raw(&rig, 0).ptr, "HTTP/1.1 400 ", 13);
    }
    is_refused(ok, UPGRADE KEY "sec-websocket-protocol:\r\n",
               "400 a 'sec-websocket-...' header is empty");
    is_refused(ok, UPGRADE KEY "Sec-WebSocket-Extensions: \r\n",
               "400 a 'sec-websocket-...' header is empty");
    is_refused(ok, UPGRADE KEY "content-length: 5\r\n", "400 an upgrade has no body");
    is_refused(ok, UPGRADE KEY "transfer-encoding: chunked\r\n", "400 an upgrade has no body");
}

static void another_websocket_version_is_told_which_to_use(void **state)
{
    (void)state;
    static const char *const versions[] = {
        "sec-websocket-version: 12\r\n", "", "sec-websocket-version: 013\r\n",
        "sec-websocket-version: 13\r\nsec-websocket-version: 13\r\n",
        "sec-websocket-version: 13, 8\r\n"};
    char headers[512];
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        snprintf(headers, sizeof headers, "connection: upgrade\r\nupgrade: websocket\r\n%s" KEY,
                 versions[i]);
        request(PATH("user_id=1"), headers);
        kith_slice got = heard_raw(&rig, 0);
        assert_memory_equal(got.ptr, "HTTP/1.1 426 Upgrade Required\r\n", 31);
        assert_non_null(memmem(got.ptr, got.len, "sec-websocket-version: 13\r\n", 27));
        assert_non_null(memmem(got.ptr, got.len, "connection: close\r\n", 19));
    }
}

static void http_1_0_cannot_upgrade(void **state)
{
    (void)state;
    assert_true(rig_open(&rig, 0, 0, false));
    rig_feed(&rig, 0, KITH_LIT("GET /socket/websocket?user_id=1 HTTP/1.0\r\n" UPGRADE KEY "\r\n"));
    HEARS(&rig, 0, "400", "end");
}

static void an_origin_is_the_hosts_or_listed_or_absent(void **state)
{
    (void)state;
    const char *ok = PATH("user_id=1");
    is_opened(ok, UPGRADE KEY "origin: https://kith.example\r\n");
    is_opened(ok, UPGRADE KEY "origin: http://KITH.example:8080\r\n");
    is_refused(ok, UPGRADE KEY "origin: http://kith.example.evil\r\n", "403");
    is_refused(ok, UPGRADE KEY "origin: null\r\n", "403");
    is_refused(ok, UPGRADE KEY "origin: \r\n", "403");
    is_refused(ok, UPGRADE KEY "origin: http://kith.example\r\norigin: http://kith.example\r\n",
               "403");
    rig.mount.origins = (struct origins){.allowed = {"//app.example"}, .count = 1};
    is_opened(ok, UPGRADE KEY "origin: https://app.example\r\n");
}

/* By a page of it: a request bears no Origin, or that of the host. */
static bool is_open_to(const char *host, const char *path)
{
    char headers[256];
    size_t opened = 0;
    for (int says = 0; says < 2; says++) {
        snprintf(headers, sizeof headers, UPGRADE KEY "%s%s%s", says ? "origin: http://" : "",
                 says ? host : "", says ? "\r\n" : "");
        request_to(host, path, headers);
        kith_slice got = heard_raw(&rig, 0);
        bool polls = strstr(path, "longpoll");
        opened += memmem(got.ptr, got.len, polls ? "\"token\"" : "HTTP/1.1 101", polls ? 7 : 12) !=
                  NULL;
        if (!opened) assert_non_null(memmem(got.ptr, got.len, "403", 3));
    }
    assert_int_not_equal(opened, 1);
    return opened;
}

#define BOTH(host)                                                                                 \
    (is_open_to(host, PATH("user_id=1")) + is_open_to(host, "GET /socket/longpoll?user_id=1"))

static void who_believes_anybody_is_called_by_its_own_names_alone(void **state)
{
    (void)state;
    static const char *const own[] = {"localhost",        "LocalHost:4000", "127.0.0.1:4000",
                                      "127.3.2.1",        "[::1]:4000",     "kith.example",
                                      "Kith.Example:4000"},
                             *const others[] = {"evil.example",           "evil.example:4000",
                                                "localhost.evil.example", "127.0.0.1.evil.example",
                                                "kith.example.evil",      "10.0.0.1",
                                                "[fd00::1]:4000"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        assert_int_equal(BOTH(own[i]), 2);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(BOTH(others[i]), 0);
}

static void or_from_a_page_that_is_listed(void **state)
{
    (void)state;
    static const char to[] = PATH("user_id=1"),
                      from[] = UPGRADE KEY "origin: http://app.example\r\n";
    request_to("app.example", to, from);
    HEARS(&rig, 0, "403", "end");
    rig.mount.origins = (struct origins){.allowed = {"//app.example"}, .count = 1};
    request_to("app.example", to, from);
    HEARS(&rig, 0, "101");
    request_to("app.example", to, UPGRADE KEY);
    HEARS(&rig, 0, "403", "end");
    rig.mount.origins.any = true;
    assert_int_equal(BOTH("app.example"), 2);
}

static kith_err is_anybody(struct kith_socket *s) { return socket_set_user(s, KITH_LIT("1")); }

static void who_asks_for_more_is_called_by_any_name(void **state)
{
    (void)state;
    struct kith_socket_behaviour judging = rig_socket;
    judging.connect = is_anybody;
    rig.mount.behaviour = &judging;
    assert_int_equal(BOTH("app.example"), 2);
    rig.mount.behaviour = &rig_socket;
    rig_want_tokens(&rig);
    struct buf path = {0};
    buf_puts(&path, PATH("token="));
    rig_token(&rig, "1", 60, &path);
    buf_putc(&path, 0);
    assert_true(is_open_to("app.example", (const char *)path.ptr));
    buf_fini(&path);
}

/* phoenix.js 1.8 sends its token as a subprotocol, others in the query. */
static void a_token_comes_as_subprotocol_or_in_the_query(void **state)
{
    (void)state;
    struct buf token = {0};
    char line[1024], headers[1024], b64[1024];
    rig_want_tokens(&rig);
    rig_token(&rig, "7", 60, &token);
    snprintf(line, sizeof line, PATH("token=%.*s"), (int)token.len, token.ptr);
    is_opened(line, UPGRADE KEY);
    base64url_encode(buf_slice(&token), b64);
    snprintf(headers, sizeof headers,
             UPGRADE KEY "sec-websocket-protocol: phoenix , base64url.bearer.phx.%.*s\t, other\r\n",
             (int)base64url_len(token.len), b64);
    request(PATH("vsn=2.0.0"), headers);
    kith_slice got = heard_raw(&rig, 0);
    assert_memory_equal(got.ptr, "HTTP/1.1 101 ", 13);
    assert_non_null(memmem(got.ptr, got.len, "sec-websocket-protocol: phoenix\r\n", 33));
    buf_fini(&token);
}

static void without_a_good_token_nobody_comes_in(void **state)
{
    (void)state;
    struct buf token = {0};
    char line[1024];
    rig_want_tokens(&rig);
    is_refused(PATH("user_id=1"), UPGRADE KEY, "403");
    is_refused(PATH("token="), UPGRADE KEY, "403");
    is_refused(PATH("token=a.b.c"), UPGRADE KEY, "403");
    is_refused(PATH("user_id=1"), UPGRADE KEY "sec-websocket-protocol: phoenix\r\n", "403");
    is_refused(PATH("user_id=1"),
               UPGRADE KEY "sec-websocket-protocol: phoenix, base64url.bearer.phx.\r\n", "403");
    is_refused(PATH("user_id=1"),
               UPGRADE KEY "sec-websocket-protocol: phoenix, base64url.bearer.phx.!!\r\n", "403");
    rig_token(&rig, "7", 60, &token);
    /* A bad one as subprotocol is not made good by the query. */
    snprintf(line, sizeof line, PATH("token=%.*s"), (int)token.len, token.ptr);
    is_refused(line, UPGRADE KEY "sec-websocket-protocol: phoenix, base64url.bearer.phx.YWJj\r\n",
               "403");
    rig_wait(&rig, 60000 + TOKEN_LEEWAY_MS);
    is_refused(line, UPGRADE KEY, "403");
    buf_fini(&token);
}

static void without_tokens_a_browser_that_offers_phoenix_is_answered_so(void **state)
{
    (void)state;
    request(PATH("user_id=1"),
            UPGRADE KEY "sec-websocket-protocol: phoenix, base64url.bearer.phx.YWJj\r\n");
    kith_slice got = heard_raw(&rig, 0);
    assert_non_null(memmem(got.ptr, got.len, "sec-websocket-protocol: phoenix\r\n", 33));
    request(PATH("user_id=1"), UPGRADE KEY "sec-websocket-protocol: chat\r\n");
    got = heard_raw(&rig, 0);
    assert_null(memmem(got.ptr, got.len, "sec-websocket-protocol", 22));
}

static void the_operators_listener_opens_no_sockets(void **state)
{
    (void)state;
    assert_true(rig_open(&rig, 0, 0, true));
    rig_feed(&rig, 0,
             KITH_LIT("GET /socket/websocket?user_id=1 HTTP/1.1\r\nhost: localhost\r\n" UPGRADE KEY
                      "\r\n"));
    struct buf got = {0};
    heard(&rig, 0, &got);
    assert_memory_equal(got.ptr, "404 ", 4);
    buf_fini(&got);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_request_gets_exactly_these_headers),
        TEST(the_version_is_1_0_or_2_0_with_any_patch),
        TEST(a_user_is_1_to_128_bytes_of_utf8_without_nul),
        TEST(a_device_is_at_most_64_bytes),
        TEST(a_session_begins_hidden_or_visible),
        TEST(who_is_asked_before_how),
        TEST(another_method_is_a_bad_request_without_words),
        TEST(each_header_is_required_and_single),
        TEST(another_websocket_version_is_told_which_to_use),
        TEST(http_1_0_cannot_upgrade),
        TEST(an_origin_is_the_hosts_or_listed_or_absent),
        TEST(who_believes_anybody_is_called_by_its_own_names_alone),
        TEST(or_from_a_page_that_is_listed),
        TEST(who_asks_for_more_is_called_by_any_name),
        TEST(a_token_comes_as_subprotocol_or_in_the_query),
        TEST(without_a_good_token_nobody_comes_in),
        TEST(without_tokens_a_browser_that_offers_phoenix_is_answered_so),
        TEST(the_operators_listener_opens_no_sockets),
    };
    return RUN_HOWEVER_FED("upgrade", tests);
}
