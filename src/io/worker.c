/* io/worker.c -- one thread: its loop, its sockets, its shard. */
#include "io/worker.h"

#include "base/assert.h"
#include "edge/api.h"
#include "edge/longpoll.h"
#include "edge/polls.h"
#include "edge/session.h"
#include "io/conn.h"
#include "io/log.h"
#include "io/process.h"
#include "io/sockets.h"
#include "io/system.h"
#include "shard/cluster.h"
#include "shard/coalesce.h"
#include "shard/ended.h"
#include "shard/figures.h"
#include "shard/home.h"
#include "shard/shard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    EVENTS_MAX = 1024,
    POLL_US = 20,   /* longer takes only a look at the loop that found nothing there */
    STATS_MS = 250, /* how often other shards' figures come together */
};

/* Mail */

static void take_mail(struct worker *w)
{
    struct mail_queue in = mailbox_take(&w->o.boxes[w->world->o.id]);
    for (struct mail *m; (m = mail_take(&in));)
        shard_receive(w->world, m);
    (void)session_news(w->world); /* that a join is answered, before what its client says next */
}

/* To the connection whose request it is about. */
static void pass_answer(struct worker *w, struct mail *m)
{
    struct conn *c = sockets_find(w, m->handle);
    struct edge *e = c ? &c->edge : NULL;
    if (m->type == MAIL_CALL_ANSWER)
        api_answered(e, m);
    else
        longpoll_answered(w->world, e, m);
    if (c) sockets_tick(w, c);
}

/* What connections and long-poll sessions here have to say to each other, and others to them. What
 * that brings about is for a later turn: a question in many pages is not answered in one. */
static bool take_for_edge(struct worker *w)
{
    struct mail_queue q = w->world->to_edge;
    bool any = q.first != NULL;
    w->world->to_edge = (struct mail_queue){0};
    for (struct mail *m; (m = mail_take(&q));) {
        if (m->type == MAIL_CALL)
            api_disconnect(w->world, m);
        else if (m->type == MAIL_POLL_ANSWER || m->type == MAIL_CALL_ANSWER)
            pass_answer(w, m);
        else
            polls_receive(w->polls, m);
    }
    return any;
}

/* Sessions that nobody polls at the moment count like sockets. What all threads write to is left
 * alone in turns in which there is nothing to say. */
static void count_polls(struct worker *w)
{
    uint32_t now = polls_count(w->polls), more = now - w->polls_reported;
    if (more) atomic_fetch_add_explicit(w->o.connections, more, memory_order_relaxed);
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

/* To the store first: whoever is told that somebody has left may ask at once when that was. */
static void post_mail(struct worker *w)
{
    if (w->world->wants.first) mailbox_post(w->o.store_box, &w->world->wants);
    for (unsigned i = 0; i < w->world->o.count; i++)
        if (w->world->out[i].first) mailbox_post(&w->o.boxes[i], &w->world->out[i]);
}

/* Clients come once this node knows what the others know. */
static bool may_serve(const struct worker *w)
{
    return !w->o.nodes || atomic_load_explicit(w->o.nodes, memory_order_acquire) == (int)CLUSTER_UP;
}

static void begin_to_serve(struct worker *w)
{
    w->api_ctx.joining = !may_serve(w) && w->phase == WORKER_RUN;
    if (w->serving || w->phase != WORKER_RUN || !may_serve(w)) return;
    w->serving = sockets_await(w, w->o.public_fd, EPOLLIN, EVENT_PUBLIC, EPOLL_CTL_ADD);
}

/* What /metrics tells of the process, before it is asked. */
static void measure(struct worker *w)
{
    uint64_t now_ms = w->world->now.mono_ms;
    if (w->o.api_fd < 0) return;
    if (w->o.store_lost_ms)
        w->api_ctx.store_lost_ms = atomic_load_explicit(w->o.store_lost_ms, memory_order_relaxed);
    if (w->measured_ms && now_ms < w->measured_ms + STATS_MS) return;
    if (!w->measured_ms) w->world->process.start_ms = w->world->now.unix_ms;
    w->measured_ms = now_ms;
    process_measure(&w->world->process);
    struct tls *tls = w->o.public_tls ? w->o.public_tls : w->o.api_tls;
    if (tls) w->api_ctx.certificate_expires_s = tls_expires_s(tls);
}

static enum worker_phase announced(const struct worker *w)
{
    return (enum worker_phase)atomic_load_explicit(w->o.phase, memory_order_acquire);
}

static int timeout_ms(const struct worker *w, uint64_t next)
{
    /* Its wake-up may have been taken with the mail of a turn that had not seen it yet. */
    if (announced(w) != w->phase) return 0;
    uint64_t now = w->world->now.mono_ms;
    const struct deadline *d = timers_min(&w->timers);
    if (d) next = earlier(next, d->at_ms);
    if (w->accept_again_ms) next = earlier(next, w->accept_again_ms);
    if (w->phase == WORKER_STOP) next = earlier(next, w->stop_ms);
    if (w->phase == WORKER_LEAVE && !w->leaving.over) next = earlier(next, now + LEAVE_PAUSE_MS);
    if (next <= now) return 0;
    return next - now > 60000 ? 60000 : (int)(next - now);
}

/* Rounds */

/* What is due on each connection may be due sooner by the new ones. */
static void take_up(struct worker *w, const struct live_settings *s)
{
    w->o.edge = w->public_ctx.options = w->api_ctx.options = s->edge;
    w->o.connections_max = s->connections_max;
    w->o.restart_grace_ms = s->restart_grace_ms;
    w->o.drain_ms = s->drain_ms;
    w->o.leave_ms = s->leave_ms;
    shard_limit(w->world, s->edge->grace_ms, s->outbox_bytes_max, s->edge->per_user_max);
    for (uint32_t slot = 0; slot < w->conn_cap; slot++) {
        if (!w->conns[slot]) continue;
        edge_renew(&w->conns[slot]->edge);
        sockets_tick(w, w->conns[slot]);
    }
}

/* Behind the mail, whose wake-up may have been the one that tells of a round. */
static void go_round(struct worker *w)
{
    struct rounds *r = w->o.rounds;
    uint32_t asked = atomic_load_explicit(&r->asked, memory_order_acquire);
    if (asked == w->round) return;
    if (w->version != r->version) take_up(w, &r->settings);
    w->version = r->version;
    w->round = asked;
    atomic_store_explicit(&r->done[w->world->o.id], asked, memory_order_release);
}

/* The first shard answers /metrics for all. A shard that sleeps has told it all it has to tell. */
static void report(struct worker *w, uint64_t *next)
{
    if (w->world->o.id == 0) return;
    if (memcmp(&w->world->stats, &w->reported, sizeof w->reported) == 0) return;
    if (w->world->now.mono_ms < w->stats_ms) {
        *next = earlier(*next, w->stats_ms);
        return;
    }
    w->stats_ms = w->world->now.mono_ms + STATS_MS;
    figures_report(w->world, 0);
    w->reported = w->world->stats; /* this mail with it */
}

/* Events, and whether the thread had been without work before they came. */
static int await(struct worker *w, struct epoll_event events[EVENTS_MAX], int wait_ms, bool *idle)
{
    uint64_t from_us = system_us();
    int n = epoll_wait(w->epoll_fd, events, EVENTS_MAX, wait_ms);
    KITH_ASSERT(n >= 0 || errno == EINTR);
    w->world->now = system_now();
    *idle = n <= 0 || system_us() - from_us > POLL_US;
    return n;
}

static void turn(struct worker *w, int wait_ms, uint64_t *next)
{
    struct epoll_event events[EVENTS_MAX];
    bool idle;
    int n = await(w, events, wait_ms, &idle);
    w->notes.from = log_from();
    /* Looked at before the mail: all that the others sent in the phase before is taken below. */
    enum worker_phase phase = announced(w);
    if (has_mail(events, n) || phase != w->phase) take_mail(w);
    go_round(w);
    nodes_serve(&w->nodes, w->world);
    begin_to_serve(w);
    measure(w);
    w->handshakes.spent_us = 0;
    worker_serve(w, events, n);
    worker_run_timers(w);
    bool reached = worker_follow(w, phase);
    if (w->phase == WORKER_LEAVE) worker_leave(w);
    take_for_edge(w);
    (void)shard_tick(w->world);
    (void)session_news(w->world);
    uint64_t polls = polls_tick(w->polls);
    uint64_t nodes = nodes_flush(&w->nodes, w->world);
    post_mail(w); /* others can work on it while this one writes */
    coalesce_release(w->world, idle);
    sockets_flush(w);
    if (take_for_edge(w)) sockets_flush(w);
    log_notes(&w->notes); /* behind the answers that it is about */
    /* Only here is it known: whoever is closed while it is written to leaves something to do. */
    *next = earlier(earlier(polls, nodes), earlier(shard_due(w->world), coalesce_due(w->world)));
    if (w->world->news.first || w->world->to_edge.first) *next = 0;
    if (!w->serving && w->phase == WORKER_RUN) *next = earlier(*next, w->world->now.mono_ms + 20);
    count_polls(w);
    report(w, next);
    post_mail(w);
    if (reached) sem_post(w->o.reached);
}

static void begin_to_write(struct worker *w)
{
    int e = writes_init(&w->writes, w->o.together);
    if (e && w->world->o.id == 0)
        log_warn(
            "there is no io_uring here (%s): each socket is written to by a system call of its "
            "own. Allow it, or set server.io_uring = off",
            strerror(e));
}

static void *run(void *arg)
{
    struct worker *w = arg;
    uint64_t next = 0;
    char name[16]; /* as the system has room for; for who looks at threads */
    (void)snprintf(name, sizeof name, "worker-%u", w->world->o.id);
    (void)pthread_setname_np(pthread_self(), name);
    begin_to_write(w);
    atomic_store(&w->tid, gettid());
    while (sem_wait(w->o.go) != 0)
        ;
    w->world->now = system_now();
    while (!worker_ended(w))
        turn(w, timeout_ms(w, next), &next);
    for (uint32_t slot = 0; slot < w->conn_cap; slot++)
        if (w->conns[slot]) sockets_close(w, w->conns[slot], w->o.restart_grace_ms);
    polls_end(w->polls, w->o.restart_grace_ms);
    log_notes(&w->notes);
    writes_fini(&w->writes);
    return NULL;
}

void worker_free(struct worker *w)
{
    if (!w) return;
    if (w->epoll_fd >= 0) close(w->epoll_fd);
    nodes_fini(&w->nodes);
    timers_fini(&w->timers);
    timers_fini(&w->begun);
    polls_free(w->polls);
    free(w->conns);
    free(w);
}

static bool set_up(struct worker *w)
{
    const struct worker_options *o = &w->o;
    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (w->epoll_fd < 0) return false;
    w->public_ctx = (struct edge_context){.options = o->edge, .world = o->world};
    w->api_ctx = w->public_ctx;
    w->api_ctx.api = true;
    w->handshakes.stats = &o->world->stats;
    w->polls = polls_new(&w->public_ctx);
    w->nodes = (struct nodes){.link = o->link, .state = o->nodes};
    return w->polls &&
           (!o->link || sockets_await(w, link_fd(o->link), EPOLLIN, EVENT_NODES, EPOLL_CTL_ADD)) &&
           (o->api_fd < 0 || sockets_await(w, o->api_fd, EPOLLIN, EVENT_API, EPOLL_CTL_ADD)) &&
           sockets_await(w, o->boxes[o->world->o.id].event_fd, EPOLLIN, EVENT_MAIL, EPOLL_CTL_ADD);
}

kith_err worker_start(const struct worker_options *o, struct worker **out)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w) return KITH_NOMEM;
    w->o = *o;
    w->world = o->world;
    w->world->notes = &w->notes;
    w->epoll_fd = -1;
    if (!set_up(w) || pthread_create(&w->thread, NULL, run, w) != 0) {
        w->nodes.link = NULL; /* the caller's still, as the world is */
        worker_free(w);
        return KITH_IO;
    }
    *out = w;
    return KITH_OK;
}

/* By the system's number: a pthread_t is another thread's again once its own has been joined, while
 * somebody may still ask. */
bool worker_is_here(const struct worker *w) { return atomic_load(&w->tid) == gettid(); }

struct world *worker_world(const struct worker *w) { return w->world; }

void worker_join(struct worker *w)
{
    pthread_join(w->thread, NULL);
    worker_close_public(w);
    if (w->o.api_fd >= 0) close(w->o.api_fd);
    shard_free(w->world);
    w->world = NULL;
}
