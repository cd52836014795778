/* io/worker_serve.c -- the sockets of a worker in one turn: of what is dear so many are served, and
 * the others in the next. */
#include "edge/edge.h"
#include "io/conn.h"
#include "io/sockets.h"
#include "shard/ended.h"

#include <sys/epoll.h>

static bool ends(const struct epoll_event *e)
{
    return e->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
}

/* Of many who say much at once each is heard a little in a turn, and the loop tells of the rest
 * again: so nobody waits for what others have to say at their length. */
static size_t share_of(int sockets)
{
    size_t share = READ_TURN_BYTES / (size_t)sockets;
    if (share < READ_SHARE_BYTES) return READ_SHARE_BYTES;
    return share < READ_BYTES_MAX ? share : READ_BYTES_MAX;
}

/* Of some kinds so many are served in a turn, and the loop tells of the others again, in the same
 * order: so each turn begins with another one. */
struct turn {
    int ended, long_ones;
};

static bool has_turn(const struct worker *w, struct turn *t, const struct conn *c,
                     const struct epoll_event *e)
{
    if (ends(e)) return t->ended++ < ENDS_PER_TURN && ended_has_room(w->world);
    return !conn_begins_much(c) || t->long_ones++ < LONG_PER_TURN;
}

/* Nobody new is taken before the last of those who end: who comes back finds what it had as it is
 * behind its end. */
void worker_serve(struct worker *w, const struct epoll_event *events, int n)
{
    struct turn turn = {0};
    unsigned first = n ? w->turns++ % (unsigned)n : 0;
    w->read_max = n ? share_of(n) : READ_BYTES_MAX;
    for (unsigned i = first; i < first + (unsigned)n; i++) {
        const struct epoll_event *e = &events[i % (unsigned)n];
        struct conn *c = e->data.u64 > UINT32_MAX ? sockets_find(w, e->data.u64) : NULL;
        if (c && has_turn(w, &turn, c, e)) sockets_serve(w, c, e->events);
    }
    for (int i = 0; i < n; i++) {
        if (events[i].data.u64 == EVENT_PUBLIC && turn.ended <= ENDS_PER_TURN &&
            ended_has_room(w->world))
            sockets_accept(w, w->o.public_fd, &w->public_ctx);
        if (events[i].data.u64 == EVENT_API) sockets_accept(w, w->o.api_fd, &w->api_ctx);
    }
}

void worker_run_timers(struct worker *w)
{
    const struct deadline *d;
    for (int served = 0;
         served < DUE_PER_TURN && (d = timers_min(&w->timers)) && d->at_ms <= w->world->now.mono_ms;
         served++) {
        struct conn *c = w->conns[d->what];
        uint64_t handle = clients_handle(w->world->clients, c->edge.slot);
        timers_drop(&w->timers, c->edge.slot);
        c->due_ms = UINT64_MAX;
        /* After a pause, of the process or the machine, what the peer has sent waits unread: it is
         * not idle. */
        sockets_serve(w, c, conn_reads(c) ? EPOLLIN : 0u);
        c = sockets_find(w, handle);
        if (c && c->due_ms == UINT64_MAX) sockets_tick(w, c);
    }
    if (w->accept_again_ms && w->accept_again_ms <= w->world->now.mono_ms) sockets_listen(w, true);
}
