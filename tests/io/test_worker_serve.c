/* tests/io/test_worker_serve.c -- what a worker does with its sockets in one turn, on real ones: so
 * much, and no more. */
#include "base/limits.h"
#include "edge/polls.h"
#include "edge/rig_rooms.h"
#include "io/conn.h"
#include "io/sockets.h"
#include "shard/home.h"
#include "shard/shard.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 256, LONG = 20000, PACE = 100 };
#define HEARTBEAT "[null,\"1\",\"phoenix\",\"heartbeat\",{}]"

static struct edge_options options;
static struct worker *worker;
static _Atomic uint32_t connections;
static int peers[MOST];
static unsigned peer_count;

/* A listener of the system's choice, without a file. */
static int listen_somewhere(struct sockaddr_un *at, socklen_t *len)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    *at = (struct sockaddr_un){.sun_family = AF_UNIX};
    *len = sizeof *at;
    assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof at->sun_family), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)at, len), 0);
    assert_int_equal(listen(fd, MOST), 0);
    return fd;
}

static int set_up(void **state)
{
    (void)state;
    static const struct edge_mount mount = {.behaviour = &rig_socket};
    options = (struct edge_options){.auth_none = true,
                                    .mounts = &mount,
                                    .mount_count = 1,
                                    .handshake_ms = HANDSHAKE_MS,
                                    .ping_ms = PING_MS,
                                    .idle_ms = IDLE_MS,
                                    .grace_ms = GRACE_MS,
                                    .messages_s = PACE,
                                    .message_bytes_max = MESSAGE_BYTES_MAX};
    worker = calloc(1, sizeof *worker);
    assert_non_null(worker);
    worker->world = shard_new(&(struct world_options){
        .count = 1, .inc = 7, .join_wait_ms = JOIN_WAIT_MS, .outbox_bytes_max = OUTBOX_BYTES_MAX});
    assert_non_null(worker->world);
    worker->world->now = (struct now){.mono_ms = 1000000, .unix_ms = 1795487065000};
    worker->public_ctx = (struct edge_context){.options = &options, .world = worker->world};
    worker->o.edge = &options;
    worker->o.connections = &connections;
    worker->o.connections_max = MOST;
    worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    worker->polls = polls_new(&worker->public_ctx);
    assert_non_null(worker->polls);
    assert_int_equal(writes_init(&worker->writes, false), 0);
    connections = peer_count = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (uint32_t slot = 0; slot < worker->conn_cap; slot++)
        if (worker->conns[slot]) sockets_close(worker, worker->conns[slot], 0);
    for (unsigned i = 0; i < peer_count; i++)
        if (peers[i] >= 0) close(peers[i]);
    assert_int_equal(worker->timers.count, 0);
    assert_int_equal(worker->begun.count, 0);
    writes_fini(&worker->writes);
    timers_fini(&worker->timers);
    timers_fini(&worker->begun);
    polls_free(worker->polls);
    close(worker->epoll_fd);
    shard_free(worker->world);
    free(worker->conns);
    free(worker);
    return 0;
}

static void connect_peers(unsigned count)
{
    struct sockaddr_un at;
    socklen_t len;
    int listener = listen_somewhere(&at, &len);
    for (; count; count--) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&at, len), 0);
        peers[peer_count++] = fd;
    }
    for (uint32_t before = UINT32_MAX; before != worker->conn_count;) {
        before = worker->conn_count;
        sockets_accept(worker, listener, &worker->public_ctx);
    }
    assert_int_equal(worker->conn_count, peer_count);
    close(listener);
}

static void hurry(uint64_t ms)
{
    worker->world->now.mono_ms += ms;
    worker->world->now.unix_ms += ms;
}

static void peer_sends(unsigned peer, const void *bytes, size_t len)
{
    assert_int_equal(send(peers[peer], bytes, len, MSG_NOSIGNAL), len);
}

/* What the loop says at once; the worker's turn with it. */
static void turn(void)
{
    struct epoll_event events[MOST];
    int n = epoll_wait(worker->epoll_fd, events, MOST, 0);
    assert_true(n >= 0);
    worker_serve(worker, events, n);
    sockets_flush(worker);
}

static void upgrade_all(void)
{
    static const char head[] =
        "GET /socket/websocket?user_id=1&vsn=2.0.0 HTTP/1.1\r\nhost: localhost\r\n"
        "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    for (unsigned i = 0; i < peer_count; i++)
        peer_sends(i, head, sizeof head - 1);
    turn();
    for (uint32_t slot = 0; slot < worker->conn_cap; slot++)
        if (worker->conns[slot]) assert_int_equal(worker->conns[slot]->edge.phase, EDGE_SOCKET);
}

/* A frame's head, with a mask of 0. */
static void peer_begins_long(unsigned peer)
{
    static uint8_t bytes[8 + LONG] = {0x81, 0xfe, 0xff, 0xff};
    memset(bytes + 8, ' ', LONG);
    peer_sends(peer, bytes, sizeof bytes);
}

/* Of what peers have sent, sockets with something unread. */
static unsigned unread(void)
{
    unsigned count = 0;
    for (uint32_t slot = 0; slot < worker->conn_cap; slot++) {
        int bytes = 0;
        if (!worker->conns[slot]) continue;
        assert_int_equal(ioctl(worker->conns[slot]->fd, FIONREAD, &bytes), 0);
        count += bytes > 0;
    }
    return count;
}

static unsigned over(void)
{
    unsigned count = 0;
    for (uint32_t slot = 0; slot < worker->conn_cap; slot++)
        count += worker->conns[slot] && worker->conns[slot]->edge.phase == EDGE_DONE;
    return count;
}

static void of_those_whose_time_is_over_so_many_end_in_a_turn(void **state)
{
    (void)state;
    connect_peers(2 * DUE_PER_TURN + 10);
    hurry(HANDSHAKE_MS + 1);
    worker_run_timers(worker);
    assert_int_equal(over(), DUE_PER_TURN);
    worker_run_timers(worker);
    worker_run_timers(worker);
    assert_int_equal(over(), peer_count);
}

static void of_those_in_the_middle_of_a_long_message_so_many_are_read_in_a_turn(void **state)
{
    (void)state;
    enum { MANY = 20 };
    connect_peers(MANY + 1);
    upgrade_all();
    for (unsigned i = 0; i < MANY; i++)
        peer_begins_long(i);
    turn();
    assert_int_equal(unread(), 0);
    assert_int_equal(worker->begun.count, MANY);
    for (unsigned i = 0; i <= MANY; i++)
        peer_sends(i, "\x89\x80\0\0\0\0", 6); /* of the last a ping, of the others six more bytes */
    for (unsigned left = MANY; left; left -= LONG_PER_TURN) {
        turn();
        assert_int_equal(unread(), left - LONG_PER_TURN);
    }
}

static void of_those_who_end_so_many_are_closed_in_a_turn(void **state)
{
    (void)state;
    connect_peers(2 * ENDS_PER_TURN + 10);
    for (unsigned i = 0; i < peer_count; i++) {
        close(peers[i]);
        peers[i] = -1;
    }
    turn();
    assert_int_equal(worker->conn_count, peer_count - ENDS_PER_TURN);
    turn();
    turn();
    assert_int_equal(worker->conn_count, 0);
}

/* Its next message is due sooner than its next ping, again and again. */
static void who_speaks_above_its_pace_has_one_deadline(void **state)
{
    (void)state;
    enum { AT_ONCE = 5000 };
    static uint8_t bytes[AT_ONCE][6 + sizeof HEARTBEAT - 1];
    uint64_t ticks = 0;
    connect_peers(2);
    upgrade_all();
    for (int i = 0; i < AT_ONCE; i++) {
        memcpy(bytes[i], "\x81\xa3\0\0\0\0", 6);
        memcpy(bytes[i] + 6, HEARTBEAT, sizeof HEARTBEAT - 1);
    }
    assert_int_equal(bytes[0][1] & 0x7f, sizeof HEARTBEAT - 1);
    (void)fcntl(peers[0], F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 1000; i++) {
        static uint8_t heard[1 << 16];
        while (recv(peers[0], heard, sizeof heard, MSG_DONTWAIT) > 0)
            ;
        (void)!send(peers[0], bytes, sizeof bytes, MSG_NOSIGNAL);
        turn();
        hurry(10);
        const struct deadline *next = timers_min(&worker->timers);
        ticks += next && next->at_ms <= worker->world->now.mono_ms;
        worker_run_timers(worker);
        assert_true(worker->timers.count <= 2);
    }
    assert_true(ticks > 50); /* it was looked at so often, or nothing was tried */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_those_whose_time_is_over_so_many_end_in_a_turn),
        TEST(of_those_in_the_middle_of_a_long_message_so_many_are_read_in_a_turn),
        TEST(of_those_who_end_so_many_are_closed_in_a_turn),
        TEST(who_speaks_above_its_pace_has_one_deadline),
    };
    return cmocka_run_group_tests_name("worker_serve", tests, NULL, NULL);
}
