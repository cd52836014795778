/* tests/io/test_conn_pace.c -- a peer that says too much in too short a time. */
#include "conn_fixture.h"

enum { A_SECOND = 100, AT_ONCE = A_SECOND * OWED_MS_MAX / 1000 };

static int set_up_paced(void **state)
{
    int e = set_up(state);
    options.messages_s = A_SECOND;
    if (!e) upgrade();
    return e;
}

#define PACED(name) cmocka_unit_test_setup_teardown(name, set_up_paced, tear_down)

/* So many, and no more; returns how many of them are answered. */
static size_t says(size_t count)
{
    for (size_t left = count; left && conn_reads(&conn);) {
        left -= flood(left);
        (void)turns_until_quiet();
    }
    return times_heard("phx_reply");
}

/* The loop calls a tick, and flushes who is marked then. */
static void time_passes(uint64_t ms)
{
    hurry(ms);
    assert_int_equal(tick(), CONN_OPEN);
    (void)clients_release(world->clients, UINT32_MAX, 0);
    if (clients_next_dirty(world->clients) == conn.edge.slot) (void)flush();
    (void)turns_until_quiet();
}

static void what_goes_beyond_its_pace_waits_at_its_own_end(void **state)
{
    (void)state;
    assert_in_range(says(4 * AT_ONCE), AT_ONCE, AT_ONCE + 1);
    assert_false(conn_reads(&conn));
}

static void a_pace_that_is_no_part_of_a_second_is_kept_too(void **state)
{
    (void)state;
    size_t at_once = 130 * OWED_MS_MAX / 1000;
    options.messages_s = 130;
    assert_in_range(says(2 * at_once), at_once, at_once + at_once / 100);
}

static void it_is_heard_in_time_and_whole(void **state)
{
    (void)state;
    size_t at_once = says(AT_ONCE + 250), seconds = 0;
    for (; !conn_reads(&conn) && seconds < 10; seconds++) {
        size_t before = times_heard("phx_reply");
        time_passes(1000);
        assert_in_range(times_heard("phx_reply") - before, 1, A_SECOND + 10);
    }
    assert_in_range(seconds, 2, 4);
    assert_int_equal(times_heard("phx_reply"), AT_ONCE + 250);
    assert_true(at_once < AT_ONCE + 250);
}

static void it_may_say_all_it_likes_where_there_is_no_bound(void **state)
{
    (void)state;
    options.messages_s = 0;
    assert_int_equal(says(2 * AT_ONCE), 2 * AT_ONCE);
    assert_true(conn_reads(&conn));
}

static void a_join_counts_for_ten(void **state)
{
    (void)state;
    char text[100];
    for (int i = 0; i < 2 * AT_ONCE / JOIN_MESSAGES && conn_reads(&conn); i++) {
        snprintf(text, sizeof text, "[\"1\",\"%d\",\"nowhere:%d\",\"phx_join\",{}]", i, i);
        peer_says(text);
        (void)turns_until_quiet();
    }
    assert_in_range(times_heard("phx_reply"), AT_ONCE / JOIN_MESSAGES, AT_ONCE / JOIN_MESSAGES + 1);
}

/* Sends `bytes` again and again while they are read, as often at most. */
static void repeats(const uint8_t *bytes, size_t len, size_t most)
{
    for (size_t i = 0; i < most && conn_reads(&conn); i++) {
        peer_sends(bytes, len);
        (void)turns_until_quiet();
    }
    assert_false(conn_reads(&conn));
}

static void a_ping_counts_like_a_message(void **state)
{
    (void)state;
    uint8_t bytes[100 * 7];
    size_t len = 0;
    while (len < sizeof bytes)
        len += put_frame(bytes + len, 0x89, "p", 1);
    repeats(bytes, len, 2 * AT_ONCE / 100);
    assert_in_range(times_heard("\x8a\x01p"), AT_ONCE, AT_ONCE + 1);
}

static void a_pong_that_nobody_asked_for_counts_too(void **state)
{
    (void)state;
    uint8_t bytes[100 * 6];
    size_t len = 0;
    while (len < sizeof bytes)
        len += put_frame(bytes + len, 0x8a, "", 0);
    repeats(bytes, len, 2 * AT_ONCE / 100);
}

static void each_fragment_counts(void **state)
{
    (void)state;
    uint8_t bytes[100 * 6 + sizeof HEARTBEAT];
    size_t len = put_frame(bytes, 0x01, HEARTBEAT, sizeof HEARTBEAT - 1);
    while (len < 99 * 6 + sizeof HEARTBEAT - 1)
        len += put_frame(bytes + len, 0x00, "", 0);
    len += put_frame(bytes + len, 0x80, "", 0);
    repeats(bytes, len, 2 * AT_ONCE / 100);
    assert_in_range(times_heard("phx_reply"), AT_ONCE / 100, AT_ONCE / 100 + 1);
}

static void a_long_message_counts_for_many(void **state)
{
    (void)state;
    static char text[3 * LONG_BYTES + 100];
    static uint8_t bytes[sizeof text + 8];
    (void)snprintf(text, sizeof text, "[null,\"1\",\"phoenix\",\"heartbeat\",{\"a\":\"%0*d\"}]",
                   3 * LONG_BYTES, 0);
    repeats(bytes, put_frame(bytes, 0x81, text, strlen(text)), AT_ONCE);
    assert_in_range(times_heard("phx_reply"), AT_ONCE / 4, AT_ONCE / 4 + 1);
}

#define REQUEST "GET /nowhere HTTP/1.1\r\nhost: localhost\r\n\r\n"

static void asks(size_t count)
{
    for (size_t i = 0; i < count; i++)
        peer_sends(REQUEST, sizeof REQUEST - 1);
    (void)turns_until_quiet();
}

/* Before it is anybody's socket. */
static void who_asks_for_too_much_is_answered_later(void **state)
{
    (void)state;
    asks(REQUESTS_AT_ONCE + 20);
    assert_int_equal(times_heard("404 Not Found"), REQUESTS_AT_ONCE);
    assert_false(conn_reads(&conn));
    time_passes(10 * REQUEST_MS - 1);
    assert_int_equal(times_heard("404 Not Found"), REQUESTS_AT_ONCE);
    time_passes(1);
    assert_int_equal(times_heard("404 Not Found"), REQUESTS_AT_ONCE + 10);
    time_passes(10 * REQUEST_MS);
    assert_int_equal(times_heard("404 Not Found"), REQUESTS_AT_ONCE + 20);
}

static void who_asks_now_and_then_never_waits(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3 * REQUESTS_AT_ONCE; i++) {
        asks(1);
        time_passes(REQUEST_MS);
    }
    assert_true(conn_reads(&conn));
    assert_int_equal(times_heard("404 Not Found"), 3 * REQUESTS_AT_ONCE);
}

static void operators_may_ask_all_that_they_like(void **state)
{
    (void)state;
    ctx.api = true;
    asks(REQUESTS_AT_ONCE + 20);
    assert_int_equal(times_heard("HTTP/1.1 404"), REQUESTS_AT_ONCE + 20);
    assert_true(conn_reads(&conn));
}

static void who_waits_is_alive(void **state)
{
    (void)state;
    says(4 * AT_ONCE);
    for (int i = 0; i < 4; i++)
        time_passes(IDLE_MS / 2);
    assert_int_not_equal(conn.edge.phase, EDGE_DONE);
}

/* What it says between two fragments is what it waits for, and so its own doing. */
static void who_keeps_itself_waiting_has_no_more_time_for_a_message(void **state)
{
    (void)state;
    uint8_t bytes[100 * 7];
    size_t len = put_frame(bytes, 0x01, "begun", 5), waited = 0;
    uint64_t begun_ms = world->now.mono_ms;
    peer_sends(bytes, len);
    for (len = 0; len < sizeof bytes;)
        len += put_frame(bytes + len, 0x89, "p", 1);
    while (conn.edge.phase != EDGE_DONE && world->now.mono_ms < begun_ms + 2 * MESSAGE_MS) {
        while (conn_reads(&conn) && conn.edge.phase != EDGE_DONE) {
            peer_sends(bytes, len);
            (void)turns_until_quiet();
        }
        waited += !conn_reads(&conn);
        time_passes(1000);
    }
    assert_in_range(waited, MESSAGE_MS / 2000, MESSAGE_MS / 1000 + 1);
    assert_int_equal(world->now.mono_ms, begun_ms + MESSAGE_MS);
    assert_int_equal(times_heard("\x88\x02\x03\xf0"), 1); /* 1008 */
}

/* It costs more than the time that a message has. */
static void peer_says_much(void)
{
    enum { BYTES = 2 * MESSAGE_MS / 1000 * LONG_BYTES, PIECE = 32768 };
    static uint8_t text[BYTES];
    uint8_t head[14] = {0x81, 0xff, [7] = BYTES >> 16, [8] = BYTES >> 8 & 0xff, [9] = BYTES & 0xff};
    memset(text, ' ', BYTES);
    memcpy(text, HEARTBEAT, sizeof HEARTBEAT - 1);
    peer_sends(head, sizeof head);
    for (size_t at = 0; at < BYTES; at += PIECE) {
        peer_sends(text + at, BYTES - at < PIECE ? BYTES - at : PIECE);
        (void)turns_until_quiet();
    }
}

/* It may be whole: nobody has looked. */
static void a_message_that_waits_has_not_begun(void **state)
{
    (void)state;
    options.messages_s = 1;
    peer_says_much();
    peer_says(HEARTBEAT);
    peer_says(HEARTBEAT);
    (void)turns_until_quiet();
    assert_false(conn_reads(&conn));
    for (uint32_t s = 0; !conn_reads(&conn) && s < 3 * MESSAGE_MS / 1000; s++)
        time_passes(1000);
    assert_int_not_equal(conn.edge.phase, EDGE_DONE);
    assert_int_equal(times_heard("phx_reply"), 3);
}

/* Else the loop would look at it for ever: it can only go on when the system takes more. */
static void who_takes_nothing_meanwhile_is_not_looked_at_again(void **state)
{
    (void)state;
    (void)says(4 * AT_ONCE);
    hurry(1000);
    for (int full = 1; full >= 0; full--) {
        conn.blocked = full;
        while (clients_next_dirty(world->clients) != UINT32_MAX)
            continue;
        assert_int_equal(tick(), CONN_OPEN);
        assert_int_equal(clients_next_dirty(world->clients), full ? UINT32_MAX : conn.edge.slot);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PACED(what_goes_beyond_its_pace_waits_at_its_own_end),
        PACED(a_pace_that_is_no_part_of_a_second_is_kept_too),
        PACED(it_is_heard_in_time_and_whole),
        PACED(it_may_say_all_it_likes_where_there_is_no_bound),
        PACED(a_join_counts_for_ten),
        PACED(a_ping_counts_like_a_message),
        PACED(a_pong_that_nobody_asked_for_counts_too),
        PACED(each_fragment_counts),
        PACED(a_long_message_counts_for_many),
        TEST(who_asks_for_too_much_is_answered_later),
        TEST(who_asks_now_and_then_never_waits),
        TEST(operators_may_ask_all_that_they_like),
        PACED(who_waits_is_alive),
        PACED(who_keeps_itself_waiting_has_no_more_time_for_a_message),
        PACED(a_message_that_waits_has_not_begun),
        PACED(who_takes_nothing_meanwhile_is_not_looked_at_again),
    };
    return cmocka_run_group_tests_name("conn's pace", tests, NULL, NULL);
}
