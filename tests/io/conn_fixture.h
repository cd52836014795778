/* tests/io/conn_fixture.h -- one socket whose other end is in the test's hand. With OVER_TLS both
 * ends speak TLS, and all else is as without. */
#pragma once

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

static struct edge_options options;
static struct edge_context ctx;
static struct world *world;
static struct conn_tls whole; /* a plain socket is its first part */
static int peer;
static uint8_t scratch[READ_BYTES_MAX], got[GOT_MAX];
static size_t got_len;

static inline void small_buffers(int fd)
{
    int bytes = 4096;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), 0);
}

#define conn whole.conn

#ifdef OVER_TLS
#include "tls_peer.h"
#else
enum { fetched = 0 }; /* of what is not got yet */
static inline void peer_begins(void) {}
static inline void peer_ends(void) {}
static inline ssize_t peer_send(const void *bytes, size_t len)
{
    return send(peer, bytes, len, MSG_NOSIGNAL);
}
static inline ssize_t peer_recv(void *out, size_t len) { return recv(peer, out, len, 0); }
static inline void peer_stops(void) { assert_int_equal(shutdown(peer, SHUT_WR), 0); }
#endif

static inline int set_up(void **state)
{
    (void)state;
    int pair[2];
    uint32_t slot;
    static const struct edge_mount mount = {.behaviour = &rig_socket};
    options = (struct edge_options){.auth_none = true,
                                    .api_hosts = {{KITH_LIT("a")}, 1},
                                    .echo = true,
                                    .mounts = &mount,
                                    .mount_count = 1,
                                    .handshake_ms = HANDSHAKE_MS,
                                    .ping_ms = PING_MS,
                                    .idle_ms = IDLE_MS,
                                    .grace_ms = GRACE_MS,
                                    .message_bytes_max = MESSAGE_BYTES_MAX};
    world = shard_new(&(struct world_options){
        .count = 1, .inc = 7, .join_wait_ms = JOIN_WAIT_MS, .outbox_bytes_max = OUTBOX_BYTES_MAX});
    assert_non_null(world);
    world->now = (struct now){.mono_ms = 1000, .unix_ms = 1795487065000};
    ctx = (struct edge_context){.options = &options, .world = world};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(clients_open(world->clients, &slot), KITH_OK);
    whole = (struct conn_tls){0};
    conn.fd = pair[0];
    peer = pair[1];
    got_len = 0;
    small_buffers(pair[0]);
    edge_init(&conn.edge, &ctx, slot);
    peer_begins();
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    edge_fini(&conn.edge, 0);
    peer_ends();
    clients_close(world->clients, conn.edge.slot);
    buf_fini(&conn.rest);
    close(conn.fd);
    if (peer >= 0) close(peer);
    shard_free(world);
    return 0;
}

/* The peer's side */

static inline void peer_sends(const void *bytes, size_t len)
{
    assert_int_equal(peer_send(bytes, len), len);
}

/* A masked frame, the mask being 0. */
static inline size_t put_frame(uint8_t *at, uint8_t first, const char *payload, size_t len)
{
    size_t head = len < 126 ? 2 : 4;
    at[0] = first;
    at[1] = (uint8_t)(0x80 | (len < 126 ? len : 126));
    if (len >= 126) at[2] = (uint8_t)(len >> 8), at[3] = (uint8_t)len;
    memset(at + head, 0, 4);
    memcpy(at + head + 4, payload, len);
    return head + 4 + len;
}

static inline void peer_says(const char *text)
{
    uint8_t frame[4096];
    peer_sends(frame, put_frame(frame, 0x81, text, strlen(text)));
}

/* What is there to be read, up to `max` bytes. False: the server has ended. */
static inline bool peer_reads(size_t max)
{
    while (max > 0 && got_len < GOT_MAX) {
        size_t want = max < 4096 ? max : 4096;
        ssize_t n = peer_recv(got + got_len, want);
        if (n < 0 && errno == EAGAIN) return true;
        if (n <= 0) return false;
        got_len += (size_t)n;
        max -= (size_t)n;
    }
    return true;
}

static inline size_t times_heard(const char *word)
{
    size_t n = 0, len = strlen(word);
    for (size_t i = 0; i + len <= got_len; i++)
        n += memcmp(got + i, word, len) == 0;
    return n;
}

/* The server's side, as the worker has it */

static inline struct client *client(void) { return clients_at(world->clients, conn.edge.slot); }

static inline enum conn_state flush(void)
{
    conn_unblock(&conn); /* as the loop says when the socket takes more, and here says too often */
    struct iovec pieces[IOV_MAX_PIECES];
    size_t n = conn_pieces(&conn, pieces);
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = n};
    if (!n) return conn_wrote(&conn, 0);
    world->stats.sendmsg_calls++;
    ssize_t sent = sendmsg(conn.fd, &message, MSG_NOSIGNAL);
    return conn_wrote(&conn, sent < 0 ? -errno : sent);
}

static inline enum conn_state turn(void)
{
    enum conn_state state = conn_reads(&conn) ? conn_read(&conn, scratch, READ_BYTES_MAX)
                                              : CONN_OPEN;
    for (struct mail *m; (m = mail_take(&world->wants)); mail_free(m)) {
        struct mail *a = mail_new(MAIL_WATCHED, KITH_LIT("\1f"), (kith_slice){0}, (kith_slice){0});
        a->handle = m->handle, a->serial = m->serial;
        shard_receive(world, a);
    }
    if (state != CONN_OPEN) return state;
    (void)shard_tick(world);
    (void)clients_release(world->clients, UINT32_MAX, 0);
    state = flush();
    while (state == CONN_OPEN && clients_next_dirty(world->clients) == conn.edge.slot)
        state = flush();
    return state;
}

static inline enum conn_state turns_until_quiet(void)
{
    enum conn_state state = CONN_OPEN;
    for (size_t before = SIZE_MAX; state != CONN_CLOSED && before != got_len + fetched;) {
        before = got_len + fetched;
        state = turn();
        if (!peer_reads(SIZE_MAX)) break;
    }
    return state;
}

static inline void upgrade(void)
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

static inline void hurry(uint64_t ms)
{
    world->now.mono_ms += ms;
    world->now.unix_ms += ms;
}

static inline enum conn_state tick(void)
{
    uint64_t next = 0;
    enum conn_state state = conn_tick(&conn, &next);
    if (state == CONN_OPEN) assert_true(next > world->now.mono_ms);
    return state;
}

#define HEARTBEAT "[null,\"1\",\"phoenix\",\"heartbeat\",{}]"

/* Heartbeats in one send, as many as the peer's system takes; returns how many. */
static inline size_t flood(size_t most)
{
    static uint8_t bytes[1 << 18];
    size_t len = 0, one = 6 + sizeof HEARTBEAT - 1;
    for (size_t i = 0; i < most && len + one < sizeof bytes; i++)
        len += put_frame(bytes + len, 0x81, HEARTBEAT, sizeof HEARTBEAT - 1);
    ssize_t n = peer_send(bytes, len / one * one);
    assert_true(n > 0 && (size_t)n % one == 0);
    return (size_t)n / one;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
