/* tests/edge/test_edge.c -- one connection: its requests one after the other, bodies, and what it
 * may ask at once. */
#include "edge/heard.h"

static struct rig rig;

static const struct kith_page pages[] = {
    {"/demo/", "text/html; charset=utf-8", {(const uint8_t *)"<p>demo</p>", 11}},
    {"/demo/empty", "text/plain", {NULL, 0}},
};

static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, 1, ""));
    rig.how = fed_how;
    rig.options.pages = pages;
    rig.options.page_count = 2;
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
#define GET(path)   "GET " path " HTTP/1.1\r\nhost: a\r\n\r\n"

static void again(void)
{
    rig_drop(&rig, 0);
    assert_true(rig_open(&rig, 0, 0, false));
}

static void a_path_that_is_nowhere_is_404_and_the_connection_stays(void **state)
{
    (void)state;
    FEED(GET("/nowhere"));
    HEAR("404 not found");
    FEED(GET("/socket"));
    HEAR("404 not found");
    FEED(GET("/socket/websocket/"));
    HEAR("404 not found");
    FEED(GET("/demo/"));
    HEAR("200 <p>demo</p>");
    FEED("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    HEAR("404 not found", "end");
}

static void requests_may_come_all_at_once(void **state)
{
    (void)state;
    FEED(GET("/demo/") GET("/nowhere") GET("/demo/empty") "\r\n" GET("/demo/"));
    HEAR("200 <p>demo</p>", "404 not found", "200", "200 <p>demo</p>");
    FEED(GET("/demo/") "GET /demo/ HTTP/1.0\r\n\r\n" GET("/demo/")); /* after a close: nothing */
    HEAR("200 <p>demo</p>", "200 <p>demo</p>", "end");
}

static void what_follows_an_upgrade_in_one_piece_are_frames(void **state)
{
    (void)state;
    static uint8_t bytes[1024];
    const char *head =
        "GET /socket/websocket?user_id=1&vsn=2.0.0 HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\n"
        "connection: upgrade\r\nsec-websocket-version: 13\r\n"
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    size_t n = strlen(head);
    memcpy(bytes, head, n);
    uint8_t *end =
        rig_put_frame(bytes + n, 0x81, KITH_LIT("[null,\"1\",\"phoenix\",\"heartbeat\",{}]"));
    end = rig_put_frame(end, 0x89, KITH_LIT("x"));
    rig_feed(&rig, 0, slice_of(bytes, (size_t)(end - bytes)));
    HEAR("101", OK("null", "'1'", "'phoenix'"), "pong x");
}

static void a_malformed_request_is_answered_and_the_connection_ends(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *status;
    } bad[] = {
        {"nonsense\r\n\r\n", "400 malformed request\n"},
        {"GET / HTTP/1.1\r\n\r\n", "400 malformed request\n"},
        {"GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n", "400 malformed request\n"},
        {"GET / HTTP/2.0\r\nhost: a\r\n\r\n", "505 malformed request\n"},
        {"GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", "400 malformed request\n"},
        {"\x16\x03\x01\x02", "400 malformed request\n"}, /* TLS on the wrong port */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        again();
        rig_feed(&rig, 0, slice_str(bad[i].bytes));
        struct buf got = {0};
        heard(&rig, 0, &got);
        if (got.len < 3 || memcmp(got.ptr, bad[i].status, 3) != 0)
            fail_msg("%zu: %s: %.*s", i, bad[i].status, (int)got.len, got.ptr);
        assert_non_null(memmem(got.ptr, got.len, "end\n", 4));
        buf_fini(&got);
    }
}

static void a_head_without_end_is_refused_at_its_bound(void **state)
{
    (void)state;
    static char line[HTTP_HEAD_BYTES_MAX + 1024];
    memset(line, 'x', sizeof line);
    memcpy(line, "GET /", 5);
    rig_feed(&rig, 0, slice_of(line, sizeof line));
    HEAR("414 the request line has over 8192 bytes: send the token as authToken\n", "end");
    again();
    memset(line, 'x', sizeof line);
    memcpy(line, "GET / HTTP/1.1\r\nhost: a\r\nx: ", 28);
    rig_feed(&rig, 0, slice_of(line, sizeof line));
    HEAR("431 the request's head has over 16384 bytes: send less, as of cookies\n", "end");
}

static void no_body_is_taken_where_none_is_wanted(void **state)
{
    (void)state;
    FEED("POST /demo/ HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
    HEAR("405");
    FEED("GET /demo/ HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc");
    HEAR("413 no body is taken here\n", "end");
    again();
    FEED("PUT /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    HEAR("413 no body is taken here\n", "end");
}

static void the_echo_path_is_there_only_if_asked_for(void **state)
{
    (void)state;
#define UPGRADE_ECHO                                                                               \
    "GET /echo HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n"               \
    "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    FEED(UPGRADE_ECHO);
    HEAR("404 not found");
    rig.options.echo = true;
    FEED(UPGRADE_ECHO);
    HEAR("101");
    rig_frame(&rig, 0, 0x81, KITH_LIT("not json"));
    HEAR("not json");
    rig_frame(&rig, 0, 0x02, KITH_LIT("\1"));
    rig_frame(&rig, 0, 0x00, KITH_LIT(""));
    rig_frame(&rig, 0, 0x80, KITH_LIT("\2"));
    HEAR("binary 0102");
    rig_frame(&rig, 0, 0x88, KITH_LIT("\17\240"));
    HEAR("close 4000", "end");
}

/* However much a client asks at once: it is answered as fast as it takes the answers. */

static size_t count(const struct buf *text, const char *word)
{
    size_t n = 0;
    const uint8_t *at = text->ptr, *end = text->ptr + text->len;
    while (at && (at = memmem(at, (size_t)(end - at), word, strlen(word)))) {
        n++;
        at += strlen(word);
    }
    return n;
}

/* `times` frames in one piece. */
static void flood(uint8_t first, kith_slice payload, int times)
{
    static uint8_t bytes[RIG_IN_MAX];
    uint8_t *end = bytes;
    for (int i = 0; i < times; i++)
        end = rig_put_frame(end, first, payload);
    rig_feed(&rig, 0, slice_of(bytes, (size_t)(end - bytes)));
}

static void assert_answers(const char *word, size_t times)
{
    struct buf got = {0};
    heard(&rig, 0, &got);
    assert_int_equal(count(&got, word), times);
    assert_int_equal(count(&got, "\n"), times);
    buf_fini(&got);
}

static void a_burst_of_messages_is_answered_whole(void **state)
{
    (void)state;
    rig_drop(&rig, 0);
    connect_as(&rig, 0, "1", "2.0.0");
    flood(0x81, KITH_LIT("[null,\"1\",\"phoenix\",\"heartbeat\",{}]"), 3000);
    assert_answers("phx_reply", 3000);
    flood(0x89, KITH_LIT(""), 20000);
    assert_answers("pong", 20000);
}

static void large_replies_in_a_row_are_no_overrun(void **state)
{
    (void)state;
    static char text[100000];
    rig_drop(&rig, 0);
    connect_as(&rig, 0, "1", "2.0.0");
    rig_say(&rig, 0, "['1','1','room:a','phx_join',{}]");
    HEAR(OK("'1'", "'1'", "'room:a'"));
    static const char begin[] = "[\"1\",\"2\",\"room:a\",\"echo\",\"";
    memset(text, 'x', sizeof text);
    memcpy(text, begin, sizeof begin - 1);
    memcpy(text + sizeof text - 2, "\"]", 2);
    rig.how = CUT_WHOLE; /* byte by byte it takes long */
    flood(0x81, slice_of(text, sizeof text), 8);
    assert_answers("phx_reply", 8);
}

static void a_client_that_takes_nothing_is_read_no_further(void **state)
{
    (void)state;
    rig_drop(&rig, 0);
    connect_as(&rig, 0, "1", "2.0.0");
    struct rig_client *c = &rig.clients[0];
    const struct client *k = clients_at(rig.worlds[0]->clients, c->edge.slot);
    c->stuck = true;
    flood(0x81, KITH_LIT("[null,\"1\",\"phoenix\",\"heartbeat\",{}]"), 3000);
    assert_true(edge_waits(&c->edge));
    assert_true(k->outbox.bytes < OUTBOX_BYTES_MAX);
    assert_true(c->in_len > 0);
    c->stuck = false;
    clients_mark_dirty(rig.worlds[0]->clients, c->edge.slot);
    rig_turn(&rig);
    FEED("");
    rig_frame(&rig, 0, 0x89, KITH_LIT("last"));
    struct buf got = {0};
    heard(&rig, 0, &got);
    assert_int_equal(count(&got, "phx_reply"), 3000);
    assert_int_equal(count(&got, "pong last"), 1);
    buf_fini(&got);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_path_that_is_nowhere_is_404_and_the_connection_stays),
        TEST(requests_may_come_all_at_once),
        TEST(what_follows_an_upgrade_in_one_piece_are_frames),
        TEST(a_malformed_request_is_answered_and_the_connection_ends),
        TEST(a_head_without_end_is_refused_at_its_bound),
        TEST(no_body_is_taken_where_none_is_wanted),
        TEST(the_echo_path_is_there_only_if_asked_for),
        TEST(a_burst_of_messages_is_answered_whole),
        TEST(large_replies_in_a_row_are_no_overrun),
        TEST(a_client_that_takes_nothing_is_read_no_further),
    };
    return RUN_HOWEVER_FED("edge", tests);
}
