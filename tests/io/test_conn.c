/* tests/io/test_conn.c -- reading and writing: what the system takes only in parts, a peer that
 * asks much, and one that reads slowly. */
#include "conn_fixture.h"

static void all_answers_of_a_turn_leave_in_one_call(void **state)
{
    (void)state;
    upgrade();
    uint64_t before = world->stats.sendmsg_calls;
    peer_says(HEARTBEAT);
    peer_says(HEARTBEAT);
    peer_says(HEARTBEAT);
    assert_int_equal(turn(), CONN_OPEN);
    assert_int_equal(world->stats.sendmsg_calls - before, 1);
    peer_reads(SIZE_MAX);
    assert_int_equal(times_heard("phx_reply"), 3);
}

static void a_call_takes_64_frames(void **state)
{
    (void)state;
    upgrade();
    uint8_t pings[200 * 6];
    uint64_t before = world->stats.sendmsg_calls;
    for (size_t i = 0; i < 200; i++)
        put_frame(pings + 6 * i, 0x89, "", 0);
    peer_sends(pings, sizeof pings);
    assert_int_equal(turn(), CONN_OPEN);
    assert_int_equal(world->stats.sendmsg_calls - before, 4);
    peer_reads(SIZE_MAX);
    assert_int_equal(got_len, 400);
}

static void what_the_system_takes_in_parts_arrives_whole(void **state)
{
    (void)state;
    struct frame *large = frame_new(200000), *small = frame_new(3);
    assert_true(large && small);
    for (uint32_t i = 0; i < large->len; i++)
        large->bytes[i] = (uint8_t)(i * 2654435761u >> 24);
    memcpy(small->bytes, "end", 3);
    clients_push(world->clients, conn.edge.slot, small);
    clients_push(world->clients, conn.edge.slot, large);
    clients_push(world->clients, conn.edge.slot, small);
    enum conn_state s = flush();
    assert_int_equal(s, CONN_BLOCKED);
    while (s == CONN_BLOCKED) {
        peer_reads(777);
        s = flush();
    }
    assert_int_equal(s, CONN_OPEN);
    peer_reads(SIZE_MAX);
    assert_int_equal(got_len, 200006);
    assert_memory_equal(got, "end", 3);
    assert_memory_equal(got + 3, large->bytes, large->len);
    assert_memory_equal(got + 200003, "end", 3);
    frame_unref(large);
    frame_unref(small);
}

static void a_peer_that_asks_much_and_takes_it_slowly_gets_it_all(void **state)
{
    (void)state;
    upgrade();
    size_t asked = 0;
    while (conn_reads(&conn)) {
        asked += flood(100);
        assert_int_not_equal(turn(), CONN_CLOSED);
        assert_true(client()->outbox.bytes <= OUTBOX_BYTES_MAX);
    }
    assert_true(asked > 200);
    hurry(IDLE_MS + 1); /* it is alive: what it sent since waits with the system */
    conn.stalled_ms = world->now.mono_ms;
    assert_int_equal(tick(), CONN_OPEN);
    while (client()->outbox.count || !conn_reads(&conn)) {
        peer_reads(1000);
        assert_int_not_equal(flush(), CONN_CLOSED);
    }
    assert_int_equal(turns_until_quiet(), CONN_OPEN);
    assert_int_equal(times_heard("phx_reply"), asked);
}

/* A friend changes until the peer is behind; when it has read all, its last state is the truth. */
static void a_slow_reader_gets_one_full_state_when_it_has_drained(void **state)
{
    (void)state;
    const struct home_session f = {.user = KITH_LIT("f"), .owner = 99};
    upgrade();
    peer_says("[\"1\",\"1\",\"friends\",\"phx_join\",{}]");
    assert_int_equal(turns_until_quiet(), CONN_OPEN);
    assert_int_equal(times_heard("presence_state"), 1);
    home_track(world, &f, KITH_LIT("{\"status\":\"first\"}"));
    for (int i = 0; i < 3000; i++) {
        home_status(world, &f, KITH_LIT("{\"status\":\"away\"}"));
        assert_int_not_equal(flush(), CONN_CLOSED);
    }
    assert_true(client()->behind);
    home_status(world, &f, KITH_LIT("{\"status\":\"the truth\"}"));
    assert_int_equal(turns_until_quiet(), CONN_OPEN);
    assert_false(client()->behind);
    assert_int_equal(times_heard("presence_state"), 2);
    assert_int_equal(times_heard("the truth"), 1);
    const char *last = memmem(got + got_len - 200, 200, "the truth", 9);
    assert_non_null(last);
    assert_int_equal(world->stats.resyncs, 1);
}

/* By the first frame of each write, from the change to when it was written. */
static void how_long_a_change_took_is_noted_of_what_tells_it(void **state)
{
    (void)state;
    const struct home_session f = {.user = KITH_LIT("f"), .owner = 99};
    upgrade();
    peer_says("[\"1\",\"1\",\"friends\",\"phx_join\",{}]");
    assert_int_equal(turns_until_quiet(), CONN_OPEN);
    assert_int_equal(latency_count(&world->stats.delivery), 0);
    world->now.mono_us = ((uint64_t)1 << 32) - 1000; /* of which the low bits begin anew */
    home_track(world, &f, KITH_LIT("{\"status\":\"here\"}"));
    home_status(world, &f, KITH_LIT("{\"status\":\"away\"}"));
    world->written_us = 2000;
    assert_int_equal(turns_until_quiet(), CONN_OPEN);
    assert_int_equal(times_heard("away"), 1);
    assert_int_equal(latency_count(&world->stats.delivery), 1);
    assert_int_equal(world->stats.delivery.sum_us, 3000);
    peer_says(HEARTBEAT);
    assert_int_equal(turns_until_quiet(), CONN_OPEN);
    assert_int_equal(latency_count(&world->stats.delivery), 1);
}

static void input_is_kept_only_while_it_is_needed(void **state)
{
    (void)state;
    uint8_t frame[200];
    upgrade();
    size_t n = put_frame(frame, 0x81, HEARTBEAT, sizeof HEARTBEAT - 1);
    for (size_t i = 0; i + 1 < n; i++) {
        peer_sends(frame + i, 1);
        assert_int_equal(turn(), CONN_OPEN);
        assert_int_equal(conn.rest.len, i + 1);
    }
    peer_sends(frame + n - 1, 1);
    assert_int_equal(turn(), CONN_OPEN);
    assert_int_equal(conn.rest.cap, 0);
    peer_reads(SIZE_MAX);
    assert_int_equal(times_heard("phx_reply"), 1);
}

static void a_large_frame_gets_its_room_at_once(void **state)
{
    (void)state;
    upgrade();
    uint8_t head[14] = {0x81, 0xff, 0, 0, 0, 0, 0, 8, 0, 0}; /* 512 KiB follow */
    peer_sends(head, sizeof head);
    assert_int_equal(turn(), CONN_OPEN);
    assert_true(conn.rest.cap >= (1 << 19) + sizeof head);
    assert_true(conn.rest.cap < (1 << 20) + sizeof head);
}

static void without_memory_for_input_the_socket_is_closed(void **state)
{
    (void)state;
    upgrade();
    peer_sends("\x81", 1);
    alloc_fail(0, 1);
    enum conn_state s = conn_read(&conn, scratch, READ_BYTES_MAX);
    alloc_heal();
    assert_int_equal(s, CONN_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_answers_of_a_turn_leave_in_one_call),
        TEST(how_long_a_change_took_is_noted_of_what_tells_it),
        TEST(a_call_takes_64_frames),
        TEST(what_the_system_takes_in_parts_arrives_whole),
        TEST(a_peer_that_asks_much_and_takes_it_slowly_gets_it_all),
        TEST(a_slow_reader_gets_one_full_state_when_it_has_drained),
        TEST(input_is_kept_only_while_it_is_needed),
        TEST(a_large_frame_gets_its_room_at_once),
        TEST(without_memory_for_input_the_socket_is_closed),
    };
    return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
