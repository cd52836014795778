/* io/worker.c -- one thread: its loop, its sockets, its shard. */
#include "io/worker.h"

#include "base/assert.h"
#include "base/heap.h"
#include "edge/longpoll.h"
#include "edge/polls.h"
#include "edge/session.h"
#include "io/conn.h"
#include "io/system.h"
#include "shard/home.h"
#include "shard/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS_MAX = 256,
    ACCEPTS_PER_TURN = 64, /* a storm of new sockets lets the old ones have their turn */
    ACCEPT_PAUSE_MS = 200, /* when the system is out of descriptors: no spinning */
    STATS_MS = 1000,       /* how often other shards' figures come together */
};

#define READ_EVENTS ((uint32_t)(EPOLLIN | EPOLLRDHUP))

/* What an event is about: a client's handle (>= 2^32), or one of these. */
enum { EVENT_PUBLIC = 1, EVENT_API = 2, EVENT_MAIL = 3 };

struct worker {
    struct worker_options o;
    pthread_t thread;
    struct world *world;
    struct edge_context public_ctx, api_ctx;
    struct polls *polls;     /* on public_ctx */
    uint32_t polls_reported; /* of them are counted in o.connections */
    int epoll_fd;
    struct conn **conns; /* by slot */
    uint32_t conn_cap, conn_count;
    struct heap timers;       /* of (time, client handle) */
    uint64_t accept_again_ms; /* listeners are out of the loop until then; 0: they are in */
    uint64_t stats_ms;        /* when figures may next be reported */
    struct stats reported;    /* what had been counted then */
    enum worker_phase phase;
    uint64_t stop_ms; /* the drain's deadline */
    uint8_t scratch[READ_BYTES_MAX];
};

static bool watch(struct worker *w, int fd, uint32_t events, uint64_t what, int op)
{
    struct epoll_event ev = {.events = events, .data.u64 = what};
    return epoll_ctl(w->epoll_fd, op, fd, &ev) == 0;
}

static uint64_t handle_of(const struct worker *w, const struct conn *c)
{
    return clients_handle(w->world->clients, c->edge.slot);
}

static struct conn *conn_of(const struct worker *w, uint64_t handle)
{
    uint32_t slot;
    bool there = clients_find(w->world->clients, handle, &slot) && slot < w->conn_cap;
    return there ? w->conns[slot] : NULL;
}

static void close_conn(struct worker *w, struct conn *c, uint32_t grace_ms)
{
    uint32_t slot = c->edge.slot;
    edge_fini(&c->edge, grace_ms);
    clients_close(w->world->clients, slot);
    close(c->fd);
    buf_fini(&c->rest);
    free(c);
    w->conns[slot] = NULL;
    w->conn_count--;
    atomic_fetch_sub_explicit(w->o.connections, 1, memory_order_relaxed);
    w->world->stats.connections_closed++;
}

/* Sees that the connection's tick comes at `at_ms`, or earlier. */
static bool schedule(struct worker *w, struct conn *c, uint64_t at_ms)
{
    if (at_ms >= c->due_ms) return true;
    if (heap_push(&w->timers, at_ms, handle_of(w, c)) != KITH_OK) return false;
    c->due_ms = at_ms;
    return true;
}

static void tick(struct worker *w, struct conn *c)
{
    uint64_t next = UINT64_MAX;
    if (conn_tick(c, &next) == CONN_CLOSED || !schedule(w, c, next))
        close_conn(w, c, w->o.rules->grace_ms);
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

static bool admit(struct worker *w, int fd, struct edge_context *ctx)
{
    uint32_t slot;
    if (clients_open(w->world->clients, &slot) != KITH_OK) return false;
    struct conn *c = room_for(w, slot) ? calloc(1, sizeof *c) : NULL;
    if (!c) {
        clients_close(w->world->clients, slot);
        return false;
    }
    c->fd = fd;
    c->due_ms = UINT64_MAX;
    edge_init(&c->edge, ctx, slot);
    w->conns[slot] = c;
    w->conn_count++;
    atomic_fetch_add_explicit(w->o.connections, 1, memory_order_relaxed);
    w->world->stats.connections_opened++;
    c->events = READ_EVENTS;
    if (!watch(w, fd, c->events, handle_of(w, c), EPOLL_CTL_ADD))
        close_conn(w, c, 0);
    else
        tick(w, c);
    return true;
}

/* There is no room: says so, and when to come again, without keeping anything. */
static void turn_away(int fd)
{
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n"
                               "content-length: 0\r\nconnection: close\r\n\r\n";
    ssize_t n = send(fd, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)n;
    close(fd);
}

static void listen_again(struct worker *w, bool on)
{
    uint32_t events = on ? EPOLLIN : 0;
    if (w->o.public_fd >= 0) watch(w, w->o.public_fd, events, EVENT_PUBLIC, EPOLL_CTL_MOD);
    if (w->o.api_fd >= 0) watch(w, w->o.api_fd, events, EVENT_API, EPOLL_CTL_MOD);
    w->accept_again_ms = on ? 0 : w->world->now.mono_ms + ACCEPT_PAUSE_MS;
}

static void accept_some(struct worker *w, int listener, struct edge_context *ctx)
{
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            bool out_of_room = errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
                               errno == ENOBUFS;
            if (out_of_room) listen_again(w, false);
            if (out_of_room || errno == EAGAIN || errno == EWOULDBLOCK) return;
            continue; /* that one connection failed: the next may be well */
        }
        bool full = !ctx->api && atomic_load_explicit(w->o.connections, memory_order_relaxed) >=
                                     w->o.connections_max;
        if (full || !admit(w, fd, ctx)) {
            w->world->stats.connections_refused++;
            turn_away(fd);
        }
    }
}

/* Sockets in use */

static void flush(struct worker *w, struct conn *c)
{
    bool held = c->held;
    enum conn_state state = conn_flush(c);
    if (state == CONN_CLOSED) {
        close_conn(w, c, w->o.rules->grace_ms);
        return;
    }
    bool blocked = state == CONN_BLOCKED;
    uint32_t events = (conn_reads(c) ? READ_EVENTS : 0u) | (blocked ? EPOLLOUT : 0u);
    if (events != c->events && !watch(w, c->fd, events, handle_of(w, c), EPOLL_CTL_MOD)) {
        close_conn(w, c, w->o.rules->grace_ms);
        return;
    }
    c->events = events;
    if (held || blocked || c->edge.phase == EDGE_DONE) tick(w, c);
}

static void flush_all(struct worker *w)
{
    for (uint32_t slot; (slot = clients_next_dirty(w->world->clients)) != UINT32_MAX;)
        if (slot < w->conn_cap && w->conns[slot])
            flush(w, w->conns[slot]);
        else
            polls_flush(w->polls, slot);
}

static void serve(struct worker *w, struct conn *c, uint32_t events)
{
    if (events & EPOLLOUT) clients_mark_dirty(w->world->clients, c->edge.slot);
    if (!(events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))) return;
    if (conn_read(c, w->scratch) == CONN_CLOSED)
        close_conn(w, c, w->o.rules->grace_ms);
    else
        tick(w, c);
}

static void serve_events(struct worker *w, const struct epoll_event *events, int n)
{
    for (int i = 0; i < n; i++) {
        uint64_t what = events[i].data.u64;
        if (what == EVENT_PUBLIC) {
            accept_some(w, w->o.public_fd, &w->public_ctx);
        } else if (what == EVENT_API) {
            accept_some(w, w->o.api_fd, &w->api_ctx);
        } else if (what != EVENT_MAIL) {
            struct conn *c = conn_of(w, what);
            if (c) serve(w, c, events[i].events);
        }
    }
}

/* Time and mail */

static void take_mail(struct worker *w)
{
    struct mail_queue in = mailbox_take(&w->o.boxes[w->world->o.id]);
    for (struct mail *m; (m = mail_take(&in));)
        shard_receive(w->world, m);
    (void)session_news(w->world); /* that a join is answered, before what its client says next */
}

/* What connections and long-poll sessions here have to say to each other, and others to them. */
static bool take_polls(struct worker *w)
{
    bool any = false;
    for (struct mail *m; (m = mail_take(&w->world->polls)); any = true) {
        if (m->type != MAIL_POLL_ANSWER) {
            polls_receive(w->polls, m);
            continue;
        }
        struct conn *c = conn_of(w, m->handle);
        longpoll_answered(w->world, c ? &c->edge : NULL, m);
        if (c) tick(w, c);
    }
    return any;
}

/* Sessions that nobody polls at the moment count like sockets. */
static void count_polls(struct worker *w)
{
    uint32_t now = polls_count(w->polls);
    atomic_fetch_add_explicit(w->o.connections, now - w->polls_reported, memory_order_relaxed);
    w->polls_reported = now;
    w->public_ctx.crowded = atomic_load_explicit(w->o.connections, memory_order_relaxed) >=
                            w->o.connections_max;
}

/* The box is looked into when it calls: a look is a system call. */
static bool has_mail(const struct epoll_event *events, int n)
{
    for (int i = 0; i < n; i++)
        if (events[i].data.u64 == EVENT_MAIL) return true;
    return false;
}

static void post_mail(struct worker *w)
{
    for (unsigned i = 0; i < w->world->o.count; i++)
        if (w->world->out[i].first) mailbox_post(&w->o.boxes[i], &w->world->out[i]);
    if (w->world->wants.first) mailbox_post(w->o.store_box, &w->world->wants);
}

static void run_timers(struct worker *w)
{
    const struct deadline *d;
    while ((d = heap_min(&w->timers)) && d->at_ms <= w->world->now.mono_ms) {
        struct deadline due = heap_pop(&w->timers);
        struct conn *c = conn_of(w, due.what);
        if (!c || c->due_ms != due.at_ms) continue; /* gone, or rescheduled */
        c->due_ms = UINT64_MAX;
        /* After a pause, of the process or the machine, what the peer has sent waits unread: it is
         * not idle. */
        serve(w, c, conn_reads(c) ? EPOLLIN : 0u);
        c = conn_of(w, due.what);
        if (c && c->due_ms == UINT64_MAX) tick(w, c);
    }
    if (w->accept_again_ms && w->accept_again_ms <= w->world->now.mono_ms) listen_again(w, true);
}

static enum worker_phase announced(const struct worker *w)
{
    return (enum worker_phase)atomic_load_explicit(w->o.phase, memory_order_acquire);
}

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

static int timeout_ms(const struct worker *w, uint64_t next)
{
    /* Its wake-up may have been taken with the mail of a turn that had not seen it yet. */
    if (announced(w) != w->phase) return 0;
    uint64_t now = w->world->now.mono_ms;
    const struct deadline *d = heap_min(&w->timers);
    if (d) next = earlier(next, d->at_ms);
    if (w->accept_again_ms) next = earlier(next, w->accept_again_ms);
    if (w->phase == WORKER_STOP) next = earlier(next, w->stop_ms);
    if (next <= now) return 0;
    return next - now > 60000 ? 60000 : (int)(next - now);
}

/* The way down */

static void close_listeners(struct worker *w)
{
    if (w->o.public_fd >= 0) close(w->o.public_fd);
    w->o.public_fd = -1;
}

static void drain(struct worker *w)
{
    close_listeners(w);
    w->public_ctx.draining = w->api_ctx.draining = true;
    w->stop_ms = w->world->now.mono_ms + w->o.drain_ms;
    for (uint32_t slot = 0; slot < w->conn_cap; slot++)
        if (w->conns[slot]) edge_shutdown(&w->conns[slot]->edge, w->o.restart_grace_ms);
    polls_end(w->polls, w->o.restart_grace_ms);
}

/* Goes through a phase that the host has announced. */
static bool follow(struct worker *w, enum worker_phase phase)
{
    if (w->phase == phase) return false;
    w->phase = phase;
    if (w->phase == WORKER_DRAIN) drain(w);
    if (w->phase == WORKER_SAVE) home_save(w->world);
    return true;
}

static bool ended(const struct worker *w)
{
    return w->phase == WORKER_STOP && (w->conn_count == 0 || w->world->now.mono_ms >= w->stop_ms);
}

/* The first shard answers /metrics for all. A shard that sleeps has told it all it has to tell. */
static void report(struct worker *w, uint64_t *next)
{
    bool changed = memcmp(&w->world->stats, &w->reported, sizeof w->reported) != 0;
    if (w->world->o.id == 0 || !changed) return;
    if (w->world->now.mono_ms < w->stats_ms) {
        *next = earlier(*next, w->stats_ms);
        return;
    }
    w->stats_ms = w->world->now.mono_ms + STATS_MS;
    shard_report(w->world, 0);
    w->reported = w->world->stats; /* this mail with it */
}

static void turn(struct worker *w, int wait_ms, uint64_t *next)
{
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(w->epoll_fd, events, EVENTS_MAX, wait_ms);
    KITH_ASSERT(n >= 0 || errno == EINTR);
    w->world->now = system_now();
    /* Looked at before the mail: all that the others sent in the phase before is taken below. */
    enum worker_phase phase = announced(w);
    if (has_mail(events, n) || phase != w->phase) take_mail(w);
    serve_events(w, events, n);
    run_timers(w);
    bool reached = follow(w, phase);
    take_polls(w);
    (void)shard_tick(w->world);
    (void)session_news(w->world);
    uint64_t polls = polls_tick(w->polls);
    post_mail(w); /* others can work on it while this one writes */
    do
        flush_all(w);
    while (take_polls(w));
    /* Only here is it known: whoever is closed while it is written to leaves something to do. */
    *next = w->world->news.first ? 0 : earlier(polls, shard_due(w->world));
    count_polls(w);
    report(w, next);
    post_mail(w);
    if (reached) sem_post(w->o.reached);
}

static void *run(void *arg)
{
    struct worker *w = arg;
    uint64_t next = 0;
    while (sem_wait(w->o.go) != 0)
        ;
    w->world->now = system_now();
    while (!ended(w))
        turn(w, timeout_ms(w, next), &next);
    for (uint32_t slot = 0; slot < w->conn_cap; slot++)
        if (w->conns[slot]) close_conn(w, w->conns[slot], w->o.restart_grace_ms);
    polls_end(w->polls, w->o.restart_grace_ms);
    return NULL;
}

void worker_free(struct worker *w)
{
    if (!w) return;
    if (w->epoll_fd >= 0) close(w->epoll_fd);
    heap_fini(&w->timers);
    polls_free(w->polls);
    free(w->conns);
    free(w);
}

static bool set_up(struct worker *w)
{
    const struct worker_options *o = &w->o;
    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (w->epoll_fd < 0) return false;
    w->public_ctx = (struct edge_context){.rules = o->rules, .world = o->world};
    w->api_ctx = w->public_ctx;
    w->api_ctx.api = true;
    w->polls = polls_new(&w->public_ctx);
    return w->polls && watch(w, o->public_fd, EPOLLIN, EVENT_PUBLIC, EPOLL_CTL_ADD) &&
           (o->api_fd < 0 || watch(w, o->api_fd, EPOLLIN, EVENT_API, EPOLL_CTL_ADD)) &&
           watch(w, o->boxes[o->world->o.id].event_fd, EPOLLIN, EVENT_MAIL, EPOLL_CTL_ADD);
}

kith_err worker_start(const struct worker_options *o, struct worker **out)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w) return KITH_NOMEM;
    w->o = *o;
    w->world = o->world;
    w->epoll_fd = -1;
    if (!set_up(w) || pthread_create(&w->thread, NULL, run, w) != 0) {
        worker_free(w);
        return KITH_IO;
    }
    *out = w;
    return KITH_OK;
}

bool worker_is_here(const struct worker *w) { return pthread_equal(pthread_self(), w->thread); }

struct world *worker_world(const struct worker *w) { return w->world; }

void worker_join(struct worker *w)
{
    pthread_join(w->thread, NULL);
    close_listeners(w);
    if (w->o.api_fd >= 0) close(w->o.api_fd);
    shard_free(w->world);
    w->world = NULL;
}
