/* bench/desk.c -- a worker's turn without sockets. */
#include "desk.h"

#include "desk_state.h"
#include "tool.h"

#include "base/ids.h"
#include "edge/session.h"
#include "io/conn.h"
#include "io/system.h"
#include "shard/coalesce.h"
#include "shard/shard.h"
#include "shard/states.h"

#include <poll.h>
#include <stdlib.h>

enum { REST_MS = 5, POLL_US = 20, AHEAD = 16 };

/* The server: what io/worker.c, sockets.c and conn.c do */

static void take_mail(struct desk *d)
{
    struct mailbox *box = &d->all->boxes[d->id];
    if (!d->rung && !atomic_load_explicit(&box->newest, memory_order_relaxed)) return;
    struct mail_queue in = mailbox_take(box);
    for (struct mail *m; (m = mail_take(&in)); d->busy = true)
        shard_receive(d->world, m);
    (void)session_news(d->world);
}

static void room_for(struct desk *d, uint32_t slot)
{
    while (slot >= d->conn_cap) {
        d->conn_cap = d->conn_cap ? d->conn_cap * 2 : 64;
        d->conns = realloc(d->conns, d->conn_cap * sizeof(struct conn *));
        if (!d->conns) die("out of memory");
    }
}

static void schedule(struct desk *d, struct conn *c)
{
    uint64_t next = edge_tick(&c->edge);
    if (next >= c->due_ms) return;
    c->due_ms = next;
    if (heap_push(&d->timers, next, clients_handle(d->world->clients, c->edge.slot)) != KITH_OK)
        die("out of memory");
}

static void open_client(struct desk *d, uint32_t user)
{
    uint32_t slot;
    struct conn *c = calloc(1, sizeof *c);
    if (!c || clients_open(d->world->clients, &slot) != KITH_OK) die("out of memory");
    room_for(d, slot);
    c->fd = -1;
    c->due_ms = UINT64_MAX;
    edge_init(&c->edge, &d->ctx, slot);
    d->conns[slot] = c;
    d->world->stats.connections_opened++;
    d->user_of[slot] = user;
    d->slot_of[user / DESKS] = slot;
    schedule(d, c);
}

/* False: its edge waits until its client has taken what it was sent. */
static bool feed(struct desk *d, const struct said *s)
{
    if (s->opens) open_client(d, s->user);
    struct conn *c = d->conns[d->slot_of[s->user / DESKS]];
    size_t need = 0, used = edge_feed(&c->edge, d->bytes.ptr + s->at, s->len, &need);
    if (used != s->len && !edge_waits(&c->edge)) die("an edge wants more than its client sent");
    d->world->stats.received_bytes += used;
    schedule(d, c);
    if (used == s->len) return true;
    clients_mark_dirty(d->world->clients, c->edge.slot);
    return false;
}

static void feed_all(struct desk *d)
{
    d->held_count = 0;
    for (uint32_t i = 0; i < d->said_count; i++)
        if (!feed(d, &d->said[i])) d->held[d->held_count++] = d->said[i];
}

/* What waited, once that is written. */
static void feed_held(struct desk *d)
{
    for (uint32_t i = 0; i < d->held_count; i++)
        if (!feed(d, &d->held[i])) die("a client is not heard, though it has taken all");
}

/* As if the kernel took all. */
static void write_all(struct desk *d, uint32_t slot)
{
    struct client *k = clients_at(d->world->clients, slot);
    kith_slice pieces[IOV_MAX_PIECES];
    uint64_t all = 0;
    for (size_t n; (n = outbox_peek(&k->outbox, pieces, IOV_MAX_PIECES));) {
        size_t bytes = 0;
        for (size_t i = 0; i < n; i++) {
            desk_take(d, slot, outbox_at(&k->outbox, i));
            bytes += pieces[i].len;
        }
        d->world->stats.sent_bytes += bytes;
        clients_sent(d->world->clients, slot, bytes);
        all += bytes;
    }
    if (all > d->outbox_bytes) d->outbox_bytes = all;
    if (k->overrun) die("an outbox has overrun");
}

static void flush(struct desk *d, uint32_t slot)
{
    struct conn *c = d->conns[slot];
    edge_settle(&c->edge);
    write_all(d, slot);
    edge_drained(&c->edge);
    if (clients_at(d->world->clients, slot)->behind) states_catch_up(d->world, slot);
}

/* As sockets_flush: the memory of some is fetched before any of them is looked at. */
static void flush_all(struct desk *d)
{
    uint32_t slots[AHEAD], n;
    do {
        for (n = 0; n < AHEAD; n++)
            if ((slots[n] = clients_next_dirty(d->world->clients)) == UINT32_MAX) break;
        for (uint32_t i = 0; i < n; i++)
            __builtin_prefetch(d->conns[slots[i]], 1);
        for (uint32_t i = 0; i < n; i++)
            conn_fetch_more(d->conns[slots[i]]);
        for (uint32_t i = 0; i < n; i++)
            flush(d, slots[i]);
    } while (n);
}

static void post_mail(struct desk *d)
{
    for (struct mail *m; (m = mail_take(&d->world->wants));)
        mail_append(&d->wants, m);
    for (unsigned i = 0; i < DESKS; i++)
        if (d->world->out[i].first) mailbox_post(&d->all->boxes[i], &d->world->out[i]);
}

static void run_timers(struct desk *d)
{
    const struct deadline *due = heap_min(&d->timers);
    if (due && due->at_ms <= d->world->now.mono_ms) die("a client has timed out");
}

static uint64_t serve(struct desk *d)
{
    d->world->now = system_now();
    take_mail(d);
    feed_all(d);
    run_timers(d);
    (void)shard_tick(d->world);
    (void)session_news(d->world);
    post_mail(d);
    if (clients_waiting(d->world->clients) > d->outboxes)
        d->outboxes = clients_waiting(d->world->clients);
    coalesce_release(d->world, d->idle);
    flush_all(d);
    feed_held(d);
    flush_all(d);
    post_mail(d);
    return d->world->news.first ? 0 : earlier(shard_due(d->world), coalesce_due(d->world));
}

/* Between turns */

/* The store's answers. */
static void answer_wants(struct desk *d)
{
    struct mail_queue answers = {0};
    for (struct mail *m; (m = mail_take(&d->wants));) {
        struct mail *answer = desk_answer(d, m);
        if (answer) mail_append(&answers, answer);
        mail_free(m);
    }
    mailbox_post(&d->all->boxes[d->id], &answers);
}

/* A thread that did not have to wait has other work. */
static void wait(struct desk *d, uint64_t due_ms, double until_us)
{
    const struct mailbox *box = &d->all->boxes[d->id];
    struct pollfd fd = {.fd = box->event_fd, .events = POLLIN};
    double now = now_us(), at = now + REST_MS * 1000;
    if (due_ms != UINT64_MAX && (double)due_ms * 1000 < at) at = (double)due_ms * 1000;
    if (until_us < at) at = until_us;
    bool waits = at > now && !atomic_load(&box->newest);
    struct timespec t = {.tv_nsec = waits ? (long)((at - now) * 1000) : 0};
    int n = ppoll(&fd, 1, &t, NULL);
    d->rung = n > 0;
    d->idle = n <= 0 || now_us() - now > POLL_US;
}

static void count_turn(struct desk *d, double begin, double served_from, double served_to)
{
    desk_sink(d);
    answer_wants(d);
    if (!d->busy) return;
    d->server_us += served_to - served_from;
    d->others_us += (served_from - begin) + (thread_us() - served_to);
    histogram_add(&d->turn_us, whole_us(served_to - served_from));
}

static void turn(struct desk *d, enum desk_work work)
{
    double begin = thread_us();
    double until = desk_say(d, work);
    d->busy = d->said_count;
    double from = thread_us();
    uint64_t due_ms = serve(d);
    double to = thread_us();
    count_turn(d, begin, from, to);
    atomic_fetch_add(&d->turns, 1); /* what was written before is for whoever reads this */
    wait(d, due_ms, until);
}

static void *run(void *arg)
{
    struct desk *d = arg;
    for (int work; (work = atomic_load(&d->all->work)) != DESK_END;)
        turn(d, (enum desk_work)work);
    return NULL;
}

void desks_start(struct desks *all)
{
    for (unsigned i = 0; i < DESKS; i++)
        if (pthread_create(&all->desk[i].thread, NULL, run, &all->desk[i]) != 0)
            die("cannot start a thread");
}

void desks_end(struct desks *all)
{
    atomic_store(&all->work, DESK_END);
    for (unsigned i = 0; i < DESKS; i++)
        pthread_join(all->desk[i].thread, NULL);
}
