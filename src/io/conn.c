/* io/conn.c -- one accepted socket. */
#include "io/conn.h"

#include "base/assert.h"
#include "edge/room.h"
#include "edge/unfinished.h"
#include "shard/states.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LAST_BYTES_MS = 10000, /* how long the last bytes may take to leave, on a slow line */
    LINGER_MS = 1000,      /* and then the peer, to close */
    /* What a peer may have sent before it saw our close: all that both systems' buffers hold, by
     * default 4 and 6 MiB at most. With less, a refusal of much is lost to the reset. */
    LINGER_BYTES = 16 * 1024 * 1024,
};

static struct world *world(const struct conn *c) { return c->edge.ctx->world; }

static struct client *client(const struct conn *c)
{
    return clients_at(world(c)->clients, c->edge.slot);
}

static bool again(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

static struct tls_conn *tls_of(const struct conn *c)
{
    _Static_assert(offsetof(struct conn_tls, conn) == 0, "one is the other's first part");
    KITH_ASSERT(c->tls);
    return &((struct conn_tls *)(uintptr_t)c)->tls;
}

struct conn *conn_new(int fd, struct tls *tls, struct tls_handshakes *h)
{
    struct conn *c = calloc(1, tls ? sizeof(struct conn_tls) : sizeof(struct conn));
    if (!c) return NULL;
    c->fd = fd;
    c->due_ms = UINT64_MAX;
    c->tls = tls != NULL;
    if (tls) tls_conn_init(tls_of(c), fd, tls, h);
    return c;
}

static void count_unfinished(struct conn *c, size_t bytes)
{
    uint64_t kib = bytes / 1024; /* it has little, and so do all that have less */
    if (!conn_begins_much(c) && kib * 1024 > UNFINISHED_FREE_BYTES)
        c->begun_ms = (uint32_t)world(c)->now.mono_ms;
    world(c)->stats.unfinished_bytes += (kib - c->unfinished_kib) * 1024; /* or fewer: it wraps */
    c->unfinished_kib = (uint16_t)kib;
}

void conn_free(struct conn *c)
{
    count_unfinished(c, 0);
    if (c->tls) tls_conn_fini(tls_of(c));
    close(c->fd);
    buf_fini(&c->rest);
    free(c);
}

void conn_refuse(struct conn *c)
{
    unfinished_refuse(&c->edge);
    buf_fini(&c->rest);
    c->held = false;
    count_unfinished(c, 0);
}

/* What was set aside for the rest of a message is nobody's memory before it comes: a head alone
 * would take a megabyte. Whoever takes more than before is refused if that is too much, with what
 * the others take. */
static enum conn_state weigh(struct conn *c)
{
    size_t bytes = c->edge.ctx->api ? 0 : c->rest.len + unfinished_bytes(&c->edge);
    unsigned before = c->unfinished_kib;
    count_unfinished(c, bytes);
    if (c->unfinished_kib <= before || room_for(world(c), bytes, 0)) return CONN_OPEN;
    conn_refuse(c);
    return CONN_OPEN;
}

/* What the edge has not used is kept, with room for what it needs to go on. */
static enum conn_state keep(struct conn *c, size_t need)
{
    c->held = c->rest.len && edge_waits(&c->edge);
    if (c->held) clients_mark_dirty(world(c)->clients, c->edge.slot);
    if (c->rest.len == 0) buf_fini(&c->rest);
    if (need > c->rest.len && !buf_reserve(&c->rest, need - c->rest.len)) return CONN_CLOSED;
    return weigh(c);
}

static enum conn_state feed_rest(struct conn *c)
{
    size_t need = 0, used = edge_feed(&c->edge, c->rest.ptr, c->rest.len, &need);
    c->rest.len -= used;
    if (used && c->rest.len) memmove(c->rest.ptr, c->rest.ptr + used, c->rest.len);
    return keep(c, c->rest.len ? need : 0);
}

/* Feeds `len` new bytes, behind those that were left. */
static enum conn_state feed(struct conn *c, uint8_t *bytes, size_t len)
{
    bool fresh = c->rest.len == 0;
    size_t need = 0, used = fresh ? edge_feed(&c->edge, bytes, len, &need) : 0;
    if (used == len) return weigh(c);
    if (need < len - used) need = len - used;
    if (!buf_reserve(&c->rest, need)) return CONN_CLOSED;
    buf_put(&c->rest, slice_of(bytes + used, len - used));
    return fresh ? keep(c, 0) : feed_rest(c);
}

/* A peer that only stopped sending still gets its answers. */
static enum conn_state end_of_input(struct conn *c)
{
    bool owed = client(c)->outbox.count || c->edge.phase == EDGE_API;
    if (c->lingering || !owed) return CONN_CLOSED;
    c->ended = true;
    clients_mark_dirty(world(c)->clients, c->edge.slot);
    return CONN_OPEN;
}

bool conn_reads(const struct conn *c) { return !c->held && !c->ended; }

/* What the last bytes of a TLS socket had behind them is not told again by the loop. */
static enum conn_state feed_tls(struct conn *c, uint8_t *bytes, size_t len)
{
    enum conn_state state = feed(c, bytes, len);
    if (state == CONN_CLOSED || tls_of(c)->failed) return CONN_CLOSED;
    return tls_of(c)->ended ? end_of_input(c) : state;
}

static ssize_t read_tls(struct conn *c, uint8_t *scratch, size_t max)
{
    ssize_t n = tls_conn_read(tls_of(c), scratch, max);
    if (n != -ENOBUFS) return n;
    c->blocked = true; /* conn_wrote has the loop asked for room */
    clients_mark_dirty(world(c)->clients, c->edge.slot);
    return -EAGAIN;
}

static ssize_t read_some(struct conn *c, uint8_t *scratch, size_t max)
{
    if (c->tls && !c->lingering) return read_tls(c, scratch, max);
    ssize_t n = recv(c->fd, scratch, max, 0);
    return n < 0 ? -errno : n;
}

enum conn_state conn_read(struct conn *c, uint8_t *scratch, size_t max)
{
    ssize_t n = read_some(c, scratch, max);
    if (n < 0) return again((int)-n) ? CONN_OPEN : CONN_CLOSED;
    if (n == 0) return end_of_input(c);
    world(c)->stats.received_bytes += (uint64_t)n;
    if (!c->lingering) return (c->tls ? feed_tls : feed)(c, scratch, (size_t)n);
    if ((size_t)n >= c->linger_left) return CONN_CLOSED;
    c->linger_left -= (uint32_t)n;
    return CONN_OPEN;
}

static size_t peek(const struct conn *c, struct iovec out[])
{
    kith_slice pieces[IOV_MAX_PIECES];
    size_t n = outbox_peek(&client(c)->outbox, pieces, IOV_MAX_PIECES);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct iovec){(void *)(uintptr_t)pieces[i].ptr, pieces[i].len};
    return n;
}

size_t conn_pieces(struct conn *c, struct iovec out[])
{
    size_t n = c->blocked || c->tls ? 0 : peek(c, out);
    c->writing = n > 0;
    return n;
}

static ssize_t write_some(struct conn *c)
{
    struct iovec iov[IOV_MAX_PIECES];
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = peek(c, iov)};
    world(c)->stats.sendmsg_calls++;
    if (c->tls) return tls_conn_write(tls_of(c), iov, message.msg_iovlen);
    ssize_t n = sendmsg(c->fd, &message, MSG_NOSIGNAL);
    return n < 0 ? -errno : n;
}

/* The first frame of a write has waited longest. Who is written the rest of one was timed before.
 */
static void time_delivery(struct world *w, const struct outbox *o)
{
    if (!o->count || o->sent) return;
    uint32_t since_us = outbox_at(o, 0)->since_us, took_us = w->written_us - since_us;
    if (since_us && took_us <= INT32_MAX) latency_note(&w->stats.delivery, took_us);
}

/* What came of one write. */
static enum conn_state take(struct conn *c, ssize_t n)
{
    world(c)->stats.socket_writes++;
    if (n < 0 && !again((int)-n)) return CONN_CLOSED;
    if (n == -EINTR) return CONN_OPEN;
    c->blocked = n < 0;
    if (n < 0) {
        if (!c->stalled_ms) c->stalled_ms = world(c)->now.mono_ms;
        return CONN_BLOCKED;
    }
    c->stalled_ms = 0;
    world(c)->stats.sent_bytes += (uint64_t)n;
    time_delivery(world(c), &client(c)->outbox);
    clients_sent(world(c)->clients, c->edge.slot, (size_t)n);
    return CONN_OPEN;
}

static enum conn_state write_all(struct conn *c)
{
    const struct client *k = client(c);
    enum conn_state state = c->blocked ? CONN_BLOCKED : CONN_OPEN;
    while (state == CONN_OPEN && k->outbox.count)
        state = take(c, write_some(c));
    return k->overrun ? CONN_CLOSED : state;
}

void conn_unblock(struct conn *c) { c->blocked = false; }

static enum conn_state linger(struct conn *c)
{
    int e = c->tls ? tls_conn_end(tls_of(c)) : 0;
    c->blocked = e == -EAGAIN;
    if (c->blocked) return CONN_BLOCKED;
    c->lingering = true;
    c->linger_left = LINGER_BYTES;
    c->edge.since_ms = world(c)->now.mono_ms;
    return e || shutdown(c->fd, SHUT_WR) != 0 ? CONN_CLOSED : CONN_OPEN;
}

static enum conn_state drained(struct conn *c)
{
    if (c->ended && c->edge.phase != EDGE_API) return CONN_CLOSED;
    if (c->edge.phase == EDGE_DONE && !c->lingering) return linger(c);
    edge_drained(&c->edge);
    if (client(c)->behind) states_catch_up(world(c), c->edge.slot);
    return CONN_OPEN;
}

enum conn_state conn_wrote(struct conn *c, ssize_t n)
{
    enum conn_state state = c->writing ? take(c, n) : CONN_OPEN;
    c->writing = false;
    edge_settle(&c->edge);
    if (state != CONN_CLOSED) state = write_all(c);
    while (state == CONN_OPEN && c->held && !edge_waits(&c->edge)) {
        state = feed_rest(c);
        if (state == CONN_OPEN) state = write_all(c);
    }
    return state == CONN_OPEN ? drained(c) : state;
}

enum conn_state conn_tick(struct conn *c, uint64_t *next_ms)
{
    uint64_t now = world(c)->now.mono_ms;
    if (c->stalled_ms && now - c->stalled_ms >= WRITE_STALL_MS) return CONN_CLOSED;
    if (c->edge.phase == EDGE_DONE) {
        uint64_t end = c->edge.since_ms + (c->lingering ? LINGER_MS : LAST_BYTES_MS);
        *next_ms = end;
        return now >= end ? CONN_CLOSED : CONN_OPEN;
    }
    if (c->held) {
        c->edge.received_ms = now; /* it has sent more, which waits with the kernel */
        if (!c->blocked && !edge_waits(&c->edge))
            clients_mark_dirty(world(c)->clients, c->edge.slot);
    }
    *next_ms = edge_tick(&c->edge);
    if (c->edge.phase == EDGE_DONE) *next_ms = now + LAST_BYTES_MS;
    if (c->stalled_ms && c->stalled_ms + WRITE_STALL_MS < *next_ms)
        *next_ms = c->stalled_ms + WRITE_STALL_MS;
    return CONN_OPEN;
}
