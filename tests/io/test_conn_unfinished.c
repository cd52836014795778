/* tests/io/test_conn_unfinished.c -- a peer that begins what it does not end, while others do. */
#include "conn_fixture.h"

#include "edge/poll_token.h"

enum { LONG = 30000 };
#define COME_AGAIN_FRAME "\x88\x02\x03\xf5"

/* Begun and not ended, on the thread. */
static uint64_t unfinished(void) { return world->stats.unfinished_bytes; }

/* What the others have is as much as there may be. */
static void others_fill_it(void) { world->stats.unfinished_bytes = UNFINISHED_BYTES_MAX; }

/* A heartbeat with `len` bytes of payload, and the opcode's byte before; the length of the frame.
 */
static size_t put_heartbeat(uint8_t *at, uint8_t first, size_t len)
{
    static char text[LONG + 100];
    int n = snprintf(text, sizeof text, "[null,\"1\",\"phoenix\",\"heartbeat\",{\"a\":\"%0*d\"}]",
                     (int)len, 0);
    return put_frame(at, first, text, (size_t)n);
}

static void assert_refused(void)
{
    assert_int_equal(times_heard(COME_AGAIN_FRAME), 1);
    assert_int_equal(conn.edge.phase, EDGE_DONE);
    assert_int_equal(world->stats.unfinished_refused, 1);
    assert_int_equal(unfinished(), UNFINISHED_BYTES_MAX);
    assert_null(conn.rest.ptr);
    assert_int_equal(ws_in_bytes(&conn.edge.ws), 0);
}

static void what_is_begun_is_counted_until_it_ends(void **state)
{
    (void)state;
    static uint8_t bytes[LONG + 200];
    upgrade();
    size_t len = put_heartbeat(bytes, 0x81, LONG);
    peer_sends(bytes, len - 1);
    (void)turns_until_quiet();
    assert_in_range(unfinished(), LONG / 1024 * 1024, LONG + 1024);
    peer_sends(bytes + len - 1, 1);
    (void)turns_until_quiet();
    assert_int_equal(times_heard("phx_reply"), 1);
    assert_int_equal(unfinished(), 0);
}

/* What is set aside for what it announces is nobody's memory before it comes. */
static void a_head_alone_takes_no_room(void **state)
{
    (void)state;
    const uint8_t head[14] = {0x81, 0xff, 0, 0, 0, 0, 0, 8, 0, 0}; /* 512 KiB follow */
    upgrade();
    others_fill_it();
    peer_sends(head, sizeof head);
    (void)turns_until_quiet();
    assert_int_not_equal(conn.edge.phase, EDGE_DONE);
    assert_int_equal(unfinished(), UNFINISHED_BYTES_MAX);
}

static void a_message_in_fragments_is_counted_too(void **state)
{
    (void)state;
    static uint8_t bytes[LONG + 200];
    static char text[LONG];
    upgrade();
    memset(text, ' ', sizeof text);
    peer_sends(bytes, put_frame(bytes, 0x01, text, sizeof text));
    (void)turns_until_quiet();
    assert_in_range(unfinished(), LONG / 1024 * 1024, LONG + 1024);
    peer_sends(bytes, put_heartbeat(bytes, 0x80, 1));
    (void)turns_until_quiet();
    assert_int_equal(times_heard("phx_reply"), 1);
    assert_int_equal(unfinished(), 0);
}

static void who_begins_much_while_others_have_too_much_is_told_to_come_again(void **state)
{
    (void)state;
    static uint8_t bytes[LONG + 200];
    upgrade();
    others_fill_it();
    peer_sends(bytes, put_heartbeat(bytes, 0x81, LONG) - 1);
    (void)turns_until_quiet();
    assert_refused();
}

static void in_fragments_as_well(void **state)
{
    (void)state;
    static uint8_t bytes[LONG + 200];
    static char text[LONG / 3];
    upgrade();
    others_fill_it();
    memset(text, ' ', sizeof text);
    peer_sends(bytes, put_frame(bytes, 0x01, text, sizeof text));
    (void)turns_until_quiet();
    assert_int_equal(times_heard(COME_AGAIN_FRAME), 0);
    peer_sends(bytes, put_frame(bytes, 0x00, text, sizeof text));
    (void)turns_until_quiet();
    assert_refused();
}

static void a_little_is_always_heard(void **state)
{
    (void)state;
    static uint8_t bytes[LONG + 200];
    upgrade();
    others_fill_it();
    size_t len = put_heartbeat(bytes, 0x81, UNFINISHED_FREE_BYTES / 2);
    for (size_t at = 0; at < len; at += 1000) {
        peer_sends(bytes + at, len - at < 1000 ? len - at : 1000);
        (void)turns_until_quiet();
    }
    assert_int_equal(times_heard("phx_reply"), 1);
    assert_int_equal(unfinished(), UNFINISHED_BYTES_MAX);
}

/* It is here whole, and nobody waits for more of it. */
static void so_is_what_comes_at_once(void **state)
{
    (void)state;
    static uint8_t bytes[LONG + 200];
    upgrade();
    others_fill_it();
    peer_sends(bytes, put_heartbeat(bytes, 0x81, LONG));
    (void)turns_until_quiet();
    assert_int_equal(times_heard("phx_reply"), 1);
}

static void the_body_of_a_long_poll_is_refused_with_503(void **state)
{
    (void)state;
    static char bytes[LONG];
    char token[POLL_TOKEN_LEN];
    poll_token_write(&options.poll_keys, &(struct poll_name){.number = 1}, token);
    int n = snprintf(bytes, sizeof bytes,
                     "POST /socket/longpoll?token=%.*s HTTP/1.1\r\nhost: a\r\ncontent-length: "
                     "100000\r\n\r\n",
                     POLL_TOKEN_LEN, token);
    memset(bytes + n, '\n', sizeof bytes - (size_t)n);
    peer_sends(bytes, sizeof bytes);
    (void)turns_until_quiet();
    assert_in_range(unfinished(), LONG / 2, 3 * LONG);
    assert_int_equal(got_len, 0);
    others_fill_it();
    world->stats.unfinished_bytes += conn.unfinished_kib * 1024u;
    peer_sends(bytes + n, sizeof bytes - (size_t)n);
    (void)turns_until_quiet();
    assert_int_equal(times_heard("HTTP/1.1 503 "), 1);
    assert_int_equal(times_heard("retry-after: "), 1);
    assert_int_equal(conn.edge.phase, EDGE_DONE);
    assert_int_equal(unfinished(), UNFINISHED_BYTES_MAX);
}

/* Its session is asked, and what comes behind the question waits meanwhile. */
static void who_says_much_behind_a_poll_is_told_that_it_is_over(void **state)
{
    (void)state;
    static char bytes[LONG];
    char token[POLL_TOKEN_LEN];
    poll_token_write(&options.poll_keys, &(struct poll_name){.number = 1}, token);
    int n = snprintf(bytes, sizeof bytes,
                     "GET /socket/longpoll?token=%.*s HTTP/1.1\r\nhost: a\r\n\r\n", POLL_TOKEN_LEN,
                     token);
    memset(bytes + n, '\n', sizeof bytes - (size_t)n);
    others_fill_it();
    peer_sends(bytes, sizeof bytes);
    (void)turns_until_quiet();
    assert_int_equal(conn.edge.phase, EDGE_DONE);
    assert_int_equal(world->stats.unfinished_refused, 1);
    assert_int_equal(unfinished(), UNFINISHED_BYTES_MAX);
    assert_int_equal(times_heard("\"status\":500"), 1);
    assert_null(conn.edge.longpoll);
}

static void operators_are_not_counted(void **state)
{
    (void)state;
    static const char head[] = "GET / HTTP/1.1\r\nhost: a\r\na: ";
    static char more[10000];
    ctx.api = true;
    memset(more, 'b', sizeof more);
    peer_sends(head, sizeof head - 1);
    peer_sends(more, sizeof more);
    (void)turns_until_quiet();
    assert_true(conn.rest.len > sizeof more);
    assert_int_equal(unfinished(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_begun_is_counted_until_it_ends),
        TEST(a_head_alone_takes_no_room),
        TEST(a_message_in_fragments_is_counted_too),
        TEST(who_begins_much_while_others_have_too_much_is_told_to_come_again),
        TEST(in_fragments_as_well),
        TEST(a_little_is_always_heard),
        TEST(so_is_what_comes_at_once),
        TEST(the_body_of_a_long_poll_is_refused_with_503),
        TEST(who_says_much_behind_a_poll_is_told_that_it_is_over),
        TEST(operators_are_not_counted),
    };
    return cmocka_run_group_tests_name("what conns begin", tests, NULL, NULL);
}
