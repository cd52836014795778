/* tests/io/test_conn_end.c -- how a socket ends: a peer that is deaf, half gone or gone, and our
 * own last bytes. */
#include "conn_fixture.h"

static void a_peer_that_takes_nothing_for_30_s_is_cut(void **state)
{
    (void)state;
    upgrade();
    flood(1000);
    while (turn() == CONN_OPEN)
        flood(1000);
    assert_true(conn.stalled_ms);
    hurry(WRITE_STALL_MS - 1);
    assert_int_equal(tick(), CONN_OPEN);
    peer_reads(5000); /* it takes a little, and again nothing */
    assert_int_equal(flush(), CONN_BLOCKED);
    hurry(WRITE_STALL_MS - 1);
    assert_int_equal(tick(), CONN_OPEN);
    hurry(1);
    assert_int_equal(tick(), CONN_CLOSED);
}

static void a_peer_that_is_gone_closes_without_a_signal(void **state)
{
    (void)state;
    upgrade();
    peer_says(HEARTBEAT);
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_OPEN);
    close(peer);
    peer = -1;
    assert_int_equal(flush(), CONN_CLOSED);
}

static void one_that_went_with_nothing_waiting_is_seen_by_reading(void **state)
{
    (void)state;
    upgrade();
    close(peer);
    peer = -1;
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_CLOSED);
}

static void a_peer_that_stops_sending_still_gets_its_answers(void **state)
{
    (void)state;
    upgrade();
    size_t asked = flood(60);
    peer_stops();
    enum conn_state s = CONN_OPEN;
    while (s != CONN_CLOSED) {
        s = turn();
        peer_reads(500);
    }
    peer_reads(SIZE_MAX);
    assert_int_equal(times_heard("phx_reply"), asked);
}

static void one_that_stops_sending_while_much_waits_too(void **state)
{
    (void)state;
    upgrade();
    size_t asked = 0;
    while (turn() == CONN_OPEN)
        asked += flood(30);
    peer_stops();
    enum conn_state s = CONN_OPEN;
    for (int i = 0; s != CONN_CLOSED; i++) {
        assert_true(i < 100000);
        peer_reads(500);
        s = turn();
    }
    peer_reads(SIZE_MAX);
    assert_int_equal(times_heard("phx_reply"), asked);
}

static void after_the_last_byte_the_socket_is_half_closed_and_lingers(void **state)
{
    (void)state;
    uint8_t frame[16];
    upgrade();
    peer_sends(frame, put_frame(frame, 0x88, "\3\350", 2));
    assert_int_equal(turn(), CONN_OPEN);
    assert_false(peer_reads(SIZE_MAX)); /* the end, behind the close frame */
    assert_int_equal(got_len, 4);
    assert_int_equal(tick(), CONN_OPEN);
    peer_says("what comes now is dropped");
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_OPEN);
    assert_int_equal(client()->outbox.count, 0);
    hurry(999);
    assert_int_equal(tick(), CONN_OPEN);
    hurry(1);
    assert_int_equal(tick(), CONN_CLOSED);
}

static void who_goes_on_sending_after_the_end_is_cut(void **state)
{
    (void)state;
    static const uint8_t junk[32768];
    uint8_t frame[16];
    upgrade();
    peer_sends(frame, put_frame(frame, 0x88, "", 0));
    assert_int_equal(turn(), CONN_OPEN);
    size_t sent = 0;
    while (conn_read(&conn, scratch, READ_BYTES_MAX) == CONN_OPEN) {
        assert_true(sent < 16 * 1024 * 1024);
        assert_int_equal(send(peer, junk, sizeof junk, MSG_NOSIGNAL), sizeof junk);
        sent += sizeof junk;
    }
    assert_int_equal(sent, 16 * 1024 * 1024); /* more than two systems' buffers hold */
}

static void the_last_bytes_have_ten_seconds(void **state)
{
    (void)state;
    upgrade();
    while (turn() == CONN_OPEN)
        flood(30);
    edge_shutdown(&conn.edge, 0);
    assert_int_equal(flush(), CONN_BLOCKED);
    hurry(9999);
    assert_int_equal(tick(), CONN_OPEN);
    hurry(1);
    assert_int_equal(tick(), CONN_CLOSED);
}

static void what_does_not_fit_closes_once_the_system_takes_no_more(void **state)
{
    (void)state;
    upgrade();
    peer_says(HEARTBEAT);
    assert_int_equal(conn_read(&conn, scratch, READ_BYTES_MAX), CONN_OPEN);
    client()->overrun = true;
    assert_int_equal(flush(), CONN_CLOSED);
    peer_reads(SIZE_MAX);
    assert_int_equal(times_heard("phx_reply"), 1); /* what was in got out */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_peer_that_takes_nothing_for_30_s_is_cut),
        TEST(a_peer_that_is_gone_closes_without_a_signal),
        TEST(one_that_went_with_nothing_waiting_is_seen_by_reading),
        TEST(a_peer_that_stops_sending_still_gets_its_answers),
        TEST(one_that_stops_sending_while_much_waits_too),
        TEST(after_the_last_byte_the_socket_is_half_closed_and_lingers),
        TEST(who_goes_on_sending_after_the_end_is_cut),
        TEST(the_last_bytes_have_ten_seconds),
        TEST(what_does_not_fit_closes_once_the_system_takes_no_more),
    };
    return cmocka_run_group_tests_name("conn_end", tests, NULL, NULL);
}
