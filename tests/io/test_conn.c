/* tests/io/test_conn.c -- one socket whose other end is in the test's hand: what the system takes
 * only in parts, a peer that is slow, silent, half gone or gone. */
#include "edge/rig_rooms.h"
#include "failures.h"
#include "io/conn.h"
#include "shard/home.h"
#include "shard/shard.h"
#include "shard/social.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { GOT_MAX = 1 << 22 };

static struct edge_rules rules;
static struct edge_context ctx;
static struct world *world;
static struct conn conn;
static int peer;
static uint8_t scratch[READ_BYTES_MAX], got[GOT_MAX];
static size_t got_len;

static void small_buffers(int fd)
{
    int bytes = 4096;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), 0);
}

static int set_up(void **state)
{
    (void)state;
    int pair[2];
    uint32_t slot;
    rules = (struct edge_rules){.auth_none = true,
                                .echo = true,
                                .channels = rig_rooms,
                                .channel_count = rig_room_count,
                                .handshake_ms = HANDSHAKE_MS,
                                .ping_ms = PING_MS,
                                .idle_ms = IDLE_MS,
                                .grace_ms = GRACE_MS,
                                .message_bytes_max = MESSAGE_BYTES_MAX};
    world = shard_new(&(struct world_options){
        .count = 1, .inc = 7, .join_wait_ms = JOIN_WAIT_MS, .outbox_bytes_max = OUTBOX_BYTES_MAX});
    assert_non_null(world);
    world->now = (struct now){1000, 1795487065000};
    ctx = (struct edge_context){.rules = &rules, .world = world};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(clients_open(world->clients, &slot), KITH_OK);
    conn = (struct conn){.fd = pair[0]};
    peer = pair[1];
    got_len = 0;
    small_buffers(conn.fd);
    edge_init(&conn.edge, &ctx, slot);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    edge_fini(&conn.edge, 0);
    clients_close(world->clients, conn.edge.slot);
    buf_fini(&conn.rest);
    close(conn.fd);
    if (peer >= 0) close(peer);
    shard_free(world);
    return 0;
}

/* The peer's side */

static void peer_sends(const void *bytes, size_t len)
{
    assert_int_equal(send(peer, bytes, len, MSG_NOSIGNAL), len);
}

/* A masked frame, the mask being 0. */
static size_t put_frame(uint8_t *at, uint8_t first, const char *payload, size_t len)
{
    size_t head = len < 126 ? 2 : 4;
    at[0] = first;
    at[1] = (uint8_t)(0x80 | (len < 126 ? len : 126));
    if (len >= 126) at[2] = (uint8_t)(len >> 8), at[3] = (uint8_t)len;
    memset(at + head, 0, 4);
    memcpy(at + head + 4, payload, len);
    return head + 4 + len;
}

static void peer_says(const char *text)
{
    uint8_t frame[4096];
    peer_sends(frame, put_frame(frame, 0x81, text, strlen(text)));
}

/* What is there to be read, up to `max` bytes. False: the server has ended. */
static bool peer_reads(size_t max)
{
    while (max > 0 && got_len < GOT_MAX) {
        size_t want = max < 4096 ? max : 4096;
        ssize_t n = recv(peer, got + got_len, want, 0);
        if (n < 0 && errno == EAGAIN) return true;
        if (n <= 0) return false;
        got_len += (size_t)n;
        max -= (size_t)n;
    }
    return true;
}

static size_t times_heard(const char *word)
{
    size_t n = 0, len = strlen(word);
    for (size_t i = 0; i + len <= got_len; i++)
        n += memcmp(got + i, word, len) == 0;
    return n;
}

/* The server's side, as the worker has it */

static struct client *client(void) { return clients_at(world->clients, conn.edge.slot); }

static enum conn_state turn(void)
{
    enum conn_state state = conn_reads(&conn) ? conn_read(&conn, scratch) : CONN_OPEN;
    for (struct mail *m; (m = mail_take(&world->wants)); mail_free(m)) {
        struct mail *a = mail_new(MAIL_WATCHED, KITH_LIT("\1f"), (kith_slice){0}, (kith_slice){0});
        a->handle = m->handle, a->serial = m->serial;
        shard_receive(world, a);
    }
    if (state != CONN_OPEN) return state;
    state = conn_flush(&conn);
    while (state == CONN_OPEN && clients_next_dirty(world->clients) == conn.edge.slot)
        state = conn_flush(&conn);
    return state;
}

static enum conn_state turns_until_quiet(void)
{
    enum conn_state state = CONN_OPEN;
    for (size_t before = SIZE_MAX; state != CONN_CLOSED && before != got_len;) {
        before = got_len;
        state = turn();
        if (!peer_reads(SIZE_MAX)) break;
    }
    return state;
}

static void upgrade(void)
{
    static const char head[] =
        "GET /socket/websocket?user_id=1&vsn=2.0.0 HTTP/1.1\r\nhost: a\r\n"
        "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    peer_sends(head, sizeof head - 1);
    assert_int_equal(turn(), CONN_OPEN);
    assert_true(peer_reads(SIZE_MAX));
    assert_int_equal(times_heard("HTTP/1.1 101"), 1);
    got_len = 0;
}

static void hurry(uint64_t ms)
{
    world->now.mono_ms += ms;
    world->now.unix_ms += ms;
}

static enum conn_state tick(void)
{
    uint64_t next = 0;
    enum conn_state state = conn_tick(&conn, &next);
    if (state == CONN_OPEN) assert_true(next > world->now.mono_ms);
    return state;
}

#define HEARTBEAT "[null,\"1\",\"phoenix\",\"heartbeat\",{}]"

/* Heartbeats in one send, as many as the peer's system takes; returns how many. */
static size_t flood(size_t most)
{
    static uint8_t bytes[1 << 18];
    size_t len = 0, one = 6 + sizeof HEARTBEAT - 1;
    for (size_t i = 0; i < most && len + one < sizeof bytes; i++)
        len += put_frame(bytes + len, 0x81, HEARTBEAT, sizeof HEARTBEAT - 1);
    ssize_t n = send(peer, bytes, len / one * one, MSG_NOSIGNAL);
    assert_true(n > 0 && (size_t)n % one == 0);
    return (size_t)n / one;
}

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
    enum conn_state s = conn_flush(&conn);
    assert_int_equal(s, CONN_BLOCKED);
    while (s == CONN_BLOCKED) {
        peer_reads(777);
        s = conn_flush(&conn);
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
    assert_int_equal(conn_flush(&conn), CONN_BLOCKED);
    hurry(WRITE_STALL_MS - 1);
    assert_int_equal(tick(), CONN_OPEN);
    hurry(1);
    assert_int_equal(tick(), CONN_CLOSED);
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
        assert_int_not_equal(conn_flush(&conn), CONN_CLOSED);
    }
    assert_int_equal(turns_until_quiet(), CONN_OPEN);
    assert_int_equal(times_heard("phx_reply"), asked);
}

/* A friend changes until the peer is behind; when it has read all, its last state is the truth. */
static void a_slow_reader_gets_one_full_state_when_it_has_drained(void **state)
{
    (void)state;
    upgrade();
    peer_says("[\"1\",\"1\",\"friends\",\"phx_join\",{}]");
    assert_int_equal(turns_until_quiet(), CONN_OPEN);
    assert_int_equal(times_heard("presence_state"), 1);
    home_track(world, KITH_LIT("f"), 99, 0, KITH_LIT("{\"status\":\"first\"}"));
    for (int i = 0; i < 3000; i++) {
        home_status(world, KITH_LIT("f"), 99, KITH_LIT("{\"status\":\"away\"}"));
        assert_int_not_equal(conn_flush(&conn), CONN_CLOSED);
    }
    assert_true(client()->behind);
    home_status(world, KITH_LIT("f"), 99, KITH_LIT("{\"status\":\"the truth\"}"));
    assert_int_equal(turns_until_quiet(), CONN_OPEN);
    assert_false(client()->behind);
    assert_int_equal(times_heard("presence_state"), 2);
    assert_int_equal(times_heard("the truth"), 1);
    const char *last = memmem(got + got_len - 200, 200, "the truth", 9);
    assert_non_null(last);
    assert_int_equal(world->stats.resyncs, 1);
}

static void a_peer_that_is_gone_closes_without_a_signal(void **state)
{
    (void)state;
    upgrade();
    peer_says(HEARTBEAT);
    assert_int_equal(conn_read(&conn, scratch), CONN_OPEN);
    close(peer);
    peer = -1;
    assert_int_equal(conn_flush(&conn), CONN_CLOSED);
}

static void one_that_went_with_nothing_waiting_is_seen_by_reading(void **state)
{
    (void)state;
    upgrade();
    close(peer);
    peer = -1;
    assert_int_equal(conn_read(&conn, scratch), CONN_CLOSED);
}

static void a_peer_that_stops_sending_still_gets_its_answers(void **state)
{
    (void)state;
    upgrade();
    size_t asked = flood(60);
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
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
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
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
    assert_int_equal(conn_read(&conn, scratch), CONN_OPEN);
    assert_int_equal(client()->outbox.count, 0);
    hurry(999);
    assert_int_equal(tick(), CONN_OPEN);
    hurry(1);
    assert_int_equal(tick(), CONN_CLOSED);
}

static void who_goes_on_sending_after_the_end_is_cut(void **state)
{
    (void)state;
    uint8_t frame[16], junk[1000] = {0};
    upgrade();
    peer_sends(frame, put_frame(frame, 0x88, "", 0));
    assert_int_equal(turn(), CONN_OPEN);
    size_t sent = 0;
    while (conn_read(&conn, scratch) == CONN_OPEN) {
        assert_true(sent < 70000);
        peer_sends(junk, sizeof junk);
        sent += sizeof junk;
    }
    assert_true(sent > 64000);
}

static void the_last_bytes_have_ten_seconds(void **state)
{
    (void)state;
    upgrade();
    while (turn() == CONN_OPEN)
        flood(30);
    edge_shutdown(&conn.edge, 0);
    assert_int_equal(conn_flush(&conn), CONN_BLOCKED);
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
    assert_int_equal(conn_read(&conn, scratch), CONN_OPEN);
    client()->overrun = true;
    assert_int_equal(conn_flush(&conn), CONN_CLOSED);
    peer_reads(SIZE_MAX);
    assert_int_equal(times_heard("phx_reply"), 1); /* what was in got out */
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
    enum conn_state s = conn_read(&conn, scratch);
    alloc_heal();
    assert_int_equal(s, CONN_CLOSED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_answers_of_a_turn_leave_in_one_call),
        TEST(a_call_takes_64_frames),
        TEST(what_the_system_takes_in_parts_arrives_whole),
        TEST(a_peer_that_takes_nothing_for_30_s_is_cut),
        TEST(a_peer_that_asks_much_and_takes_it_slowly_gets_it_all),
        TEST(a_slow_reader_gets_one_full_state_when_it_has_drained),
        TEST(a_peer_that_is_gone_closes_without_a_signal),
        TEST(one_that_went_with_nothing_waiting_is_seen_by_reading),
        TEST(a_peer_that_stops_sending_still_gets_its_answers),
        TEST(one_that_stops_sending_while_much_waits_too),
        TEST(after_the_last_byte_the_socket_is_half_closed_and_lingers),
        TEST(who_goes_on_sending_after_the_end_is_cut),
        TEST(the_last_bytes_have_ten_seconds),
        TEST(what_does_not_fit_closes_once_the_system_takes_no_more),
        TEST(input_is_kept_only_while_it_is_needed),
        TEST(a_large_frame_gets_its_room_at_once),
        TEST(without_memory_for_input_the_socket_is_closed),
    };
    return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
