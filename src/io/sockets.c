/* io/sockets.c -- a worker's sockets: accepted, served, written to, and closed. */
#include "io/sockets.h"

#include "edge/polls.h"
#include "edge/whence.h"
#include "io/conn.h"
#include "io/listener.h"
#include "io/log.h"
#include "io/system.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ACCEPTS_PER_TURN = 64, /* a storm of new sockets lets the old ones have their turn */
    AHEAD = 16,            /* whose memory is asked for before it is their turn */
    ACCEPT_PAUSE_MS = 200, /* when the system is out of descriptors: no spinning */
};

#define READ_EVENTS ((uint32_t)(EPOLLIN | EPOLLRDHUP))

bool sockets_await(struct worker *w, int fd, uint32_t events, uint64_t what, int op)
{
    struct epoll_event ev = {.events = events, .data.u64 = what};
    return epoll_ctl(w->epoll_fd, op, fd, &ev) == 0;
}

static uint64_t handle_of(const struct worker *w, const struct conn *c)
{
    return clients_handle(w->world->clients, c->edge.slot);
}

struct conn *sockets_find(const struct worker *w, uint64_t handle)
{
    uint32_t slot;
    bool there = clients_find(w->world->clients, handle, &slot) && slot < w->conn_cap;
    return there ? w->conns[slot] : NULL;
}

static void enter(struct worker *w, const struct conn *c, const struct address *from)
{
    if (c->edge.ctx->api)
        api_room_enter(&w->api, c->edge.slot,
                       siphash13(&w->world->o.hash_key, address_owner(from)));
    else
        atomic_fetch_add_explicit(w->o.connections, 1, memory_order_relaxed);
}

static void leave(struct worker *w, const struct conn *c)
{
    if (c->edge.ctx->api)
        api_room_leave(&w->api, c->edge.slot);
    else
        atomic_fetch_sub_explicit(w->o.connections, 1, memory_order_relaxed);
}

void sockets_close(struct worker *w, struct conn *c, uint32_t grace_ms)
{
    uint32_t slot = c->edge.slot;
    leave(w, c);
    timers_drop(&w->timers, slot);
    timers_drop(&w->begun, slot);
    edge_fini(&c->edge, grace_ms);
    clients_close(w->world->clients, slot);
    conn_free(c);
    w->conns[slot] = NULL;
    w->conn_count--;
    w->world->stats.connections_closed++;
}

/* Sees that the connection's tick comes at `at_ms`, or earlier. */
static bool schedule(struct worker *w, struct conn *c, uint64_t at_ms)
{
    if (at_ms >= c->due_ms) return true;
    if (timers_set(&w->timers, c->edge.slot, at_ms) != KITH_OK) return false;
    c->due_ms = at_ms;
    return true;
}

void sockets_tick(struct worker *w, struct conn *c)
{
    uint64_t next = UINT64_MAX;
    if (conn_tick(c, &next) == CONN_CLOSED || !schedule(w, c, next))
        sockets_close(w, c, w->o.edge->grace_ms);
}

/* Those who have begun much
 *
 * Whoever is refused for what all have begun is not who has just begun, for that may be anybody,
 * but who began first and has had the most time. The line is looked at only when there is too much:
 * who has ended meanwhile what it had begun stands in it for what it has begun since. */

static bool stand_in_line(struct worker *w, const struct conn *c)
{
    uint64_t now_ms = w->world->now.mono_ms;
    uint32_t ago_ms = (uint32_t)now_ms - c->begun_ms;
    return timers_set(&w->begun, c->edge.slot, now_ms - ago_ms) == KITH_OK;
}

/* NULL: nobody. */
static struct conn *first_in_line(struct worker *w)
{
    while (w->begun.count) {
        struct deadline first = *timers_min(&w->begun);
        struct conn *c = w->conns[first.what];
        timers_drop(&w->begun, c->edge.slot);
        if (!conn_begins_much(c)) continue;
        if ((uint32_t)first.at_ms == c->begun_ms || !stand_in_line(w, c)) return c;
    }
    return NULL;
}

/* `c` has been read from. Without memory to stand in line it may still have what others leave. */
static void make_room(struct worker *w, struct conn *c)
{
    if (conn_begins_much(c) && !timers_has(&w->begun, c->edge.slot)) (void)stand_in_line(w, c);
    while (w->world->stats.unfinished_bytes > UNFINISHED_BYTES_MAX - UNFINISHED_ROOM_BYTES &&
           (c = first_in_line(w))) {
        conn_refuse(c);
        sockets_tick(w, c);
    }
}

/* New sockets */

static bool room_for(struct worker *w, uint32_t slot)
{
    if (slot < w->conn_cap) return true;
    uint32_t cap = w->conn_cap ? w->conn_cap : 64;
    while (cap <= slot)
        cap *= 2;
    struct conn **conns = realloc(w->conns, cap * sizeof *conns);
    if (!conns) return false;
    for (uint32_t i = w->conn_cap; i < cap; i++)
        conns[i] = NULL;
    w->conns = conns;
    w->conn_cap = cap;
    return true;
}

static struct tls *tls_of(const struct worker *w, const struct edge_context *ctx)
{
    return ctx->api ? w->o.api_tls : w->o.public_tls;
}

/* `from` NULL: nobody asks, which operators' room does. False: `fd` is the caller's still. */
static bool admit(struct worker *w, int fd, const struct address *from, struct edge_context *ctx)
{
    uint32_t slot;
    if (clients_open(w->world->clients, &slot) != KITH_OK) return false;
    struct conn *c = room_for(w, slot) ? conn_new(fd, tls_of(w, ctx), &w->handshakes) : NULL;
    if (!c) {
        clients_close(w->world->clients, slot);
        return false;
    }
    edge_init(&c->edge, ctx, slot);
    if (from && !whence_begin(&c->edge, from)) {
        c->fd = -1;
        conn_free(c);
        clients_close(w->world->clients, slot);
        return false;
    }
    w->conns[slot] = c;
    w->conn_count++;
    enter(w, c, from);
    w->world->stats.connections_opened++;
    c->events = READ_EVENTS;
    if (!sockets_await(w, fd, c->events, handle_of(w, c), EPOLL_CTL_ADD))
        sockets_close(w, c, 0);
    else
        sockets_tick(w, c);
    return true;
}

/* There is no room: says so, and when to come again, without keeping anything. By TLS it would take
 * a handshake to say it. */
static void turn_away(int fd, bool tls)
{
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n"
                               "content-length: 0\r\nconnection: close\r\n\r\n";
    ssize_t n = tls ? 0 : send(fd, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)n;
    close(fd);
}

void sockets_listen(struct worker *w, bool on)
{
    uint32_t events = on ? EPOLLIN : 0;
    if (w->o.public_fd >= 0) sockets_await(w, w->o.public_fd, events, EVENT_PUBLIC, EPOLL_CTL_MOD);
    if (w->o.api_fd >= 0) sockets_await(w, w->o.api_fd, events, EVENT_API, EPOLL_CTL_MOD);
    w->accept_again_ms = on ? 0 : w->world->now.mono_ms + ACCEPT_PAUSE_MS;
}

static bool api_finds_room(struct worker *w)
{
    struct conn *idlest = api_room_is_full(&w->api) ? api_room_idlest(&w->api, w->conns) : NULL;
    if (idlest) sockets_close(w, idlest, 0);
    return !api_room_is_full(&w->api);
}

/* Operators have room of their own, so that neither they nor clients can take the other's. */
static bool finds_room(struct worker *w, const struct edge_context *ctx)
{
    if (ctx->api) return api_finds_room(w);
    return atomic_load_explicit(w->o.connections, memory_order_relaxed) < w->o.connections_max;
}

void sockets_accept(struct worker *w, int listener, struct edge_context *ctx)
{
    bool asks = ctx->api || ctx->options->per_address_max || ctx->options->proxies.count;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct address from;
        int fd = listener_accept(listener, asks ? &from : NULL);
        if (fd < 0) {
            bool out_of_room = errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
                               errno == ENOBUFS;
            if (out_of_room) sockets_listen(w, false);
            if (out_of_room || errno == EAGAIN || errno == EWOULDBLOCK) return;
            continue; /* that one connection failed: the next may be well */
        }
        if (!finds_room(w, ctx) || !admit(w, fd, asks ? &from : NULL, ctx)) {
            w->world->stats.connections_refused++;
            turn_away(fd, tls_of(w, ctx));
        }
    }
}

/* Sockets in use */

/* After a write: waits for room if there was none, and for nothing where nothing is read. */
static void settle(struct worker *w, struct conn *c, ssize_t n)
{
    bool held = c->held;
    enum conn_state state = conn_wrote(c, n);
    if (state == CONN_CLOSED) {
        sockets_close(w, c, w->o.edge->grace_ms);
        return;
    }
    bool blocked = state == CONN_BLOCKED;
    uint32_t events = (conn_reads(c) ? READ_EVENTS : 0u) | (blocked ? EPOLLOUT : 0u);
    if (events != c->events && !sockets_await(w, c->fd, events, handle_of(w, c), EPOLL_CTL_MOD)) {
        sockets_close(w, c, w->o.edge->grace_ms);
        return;
    }
    c->events = events;
    if (held || blocked || c->edge.phase == EDGE_DONE) sockets_tick(w, c);
}

/* Nobody is closed between what is put down for them and what has come of it: only settle closes,
 * and only whom it is called for. */
static void write_down(struct worker *w)
{
    struct writes *all = &w->writes;
    bool together = all->ring;
    w->world->stats.sendmsg_calls += writes_go(all);
    if (together && !all->ring)
        log_warn("io_uring has failed: each socket is written to by a system call of its own from "
                 "now on; a restart tries it again");
    w->world->written_us = (uint32_t)system_us();
    for (size_t i = 0; i < all->count; i++) {
        if (i + AHEAD < all->count) conn_fetch_more(all->all[i + AHEAD].who);
        settle(w, all->all[i].who, all->all[i].result);
    }
    writes_clear(all);
}

/* Puts down what one connection has to write, or does what else there is to do with it. */
static void put_down(struct worker *w, struct conn *c)
{
    struct iovec *room;
    if (c->writing) return; /* more for it came meanwhile: conn_wrote sees to it */
    while (!(room = writes_room(&w->writes)))
        write_down(w);
    size_t n = conn_pieces(c, room);
    if (n) {
        writes_add(&w->writes, c->fd, n, c);
    } else {
        w->world->written_us = (uint32_t)system_us(); /* what it writes it writes by itself */
        settle(w, c, 0);
    }
}

/* The next of those who have something to write. They lie anywhere in memory, which is fetched for
 * all of them before any is looked at. */
static uint32_t next_dirty(struct worker *w, uint32_t slots[AHEAD])
{
    uint32_t n = 0;
    while (n < AHEAD && (slots[n] = clients_next_dirty(w->world->clients)) != UINT32_MAX)
        n++;
    for (uint32_t i = 0; i < n; i++)
        if (slots[i] < w->conn_cap) __builtin_prefetch(w->conns[slots[i]], 1);
    return n;
}

static void flush(struct worker *w, uint32_t slot)
{
    if (!clients_at(w->world->clients, slot)->open) return; /* closed since it was taken up */
    if (slot < w->conn_cap && w->conns[slot])
        put_down(w, w->conns[slot]);
    else
        polls_flush(w->polls, slot);
}

void sockets_flush(struct worker *w)
{
    uint32_t slots[AHEAD], n;
    do {
        n = next_dirty(w, slots);
        for (uint32_t i = 0; i < n; i++)
            flush(w, slots[i]);
        if (n == 0) write_down(w);
    } while (n || w->writes.count);
}

void sockets_serve(struct worker *w, struct conn *c, uint32_t events)
{
    if (events & EPOLLOUT) {
        conn_unblock(c);
        clients_mark_dirty(w->world->clients, c->edge.slot);
        if (c->tls) events |= EPOLLIN; /* a handshake may have waited for that */
    }
    if (!(events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))) return;
    uint64_t handle = handle_of(w, c);
    if (conn_read(c, w->scratch, w->read_max) == CONN_CLOSED) {
        sockets_close(w, c, w->o.edge->grace_ms);
        return;
    }
    make_room(w, c);
    c = sockets_find(w, handle);
    if (c) sockets_tick(w, c);
}
