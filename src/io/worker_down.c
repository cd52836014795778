/* io/worker_down.c -- the way down of one thread, phase by phase as the host announces them. */
#include "edge/edge.h"
#include "edge/polls.h"
#include "io/conn.h"
#include "io/worker_state.h"
#include "shard/cluster.h"
#include "shard/home.h"

#include <unistd.h>

void worker_close_public(struct worker *w)
{
    if (w->o.public_fd >= 0) close(w->o.public_fd);
    w->o.public_fd = -1;
}

static void take_nobody(struct worker *w)
{
    worker_close_public(w);
    w->public_ctx.draining = w->api_ctx.draining = true;
}

/* Few need no such time. */
static void begin_to_leave(struct worker *w)
{
    take_nobody(w);
    uint64_t for_ms = (uint64_t)w->conn_count * LEAVE_PAUSE_MS;
    w->leaving.from_ms = w->world->now.mono_ms;
    w->leaving.for_ms = earlier(for_ms, w->o.leave_ms);
    w->leaving.count = w->conn_count;
}

void worker_leave(struct worker *w)
{
    uint64_t passed_ms = w->world->now.mono_ms - w->leaving.from_ms, for_ms = w->leaving.for_ms;
    bool all = passed_ms >= for_ms;
    uint64_t due = all ? w->conn_cap : (uint64_t)w->leaving.count * passed_ms / for_ms;
    for (; w->leaving.slot < w->conn_cap && w->leaving.told < due; w->leaving.slot++) {
        struct conn *c = w->conns[w->leaving.slot];
        if (!c || c->edge.ctx->api) continue;
        edge_shutdown(&c->edge, w->o.restart_grace_ms);
        w->leaving.told++;
    }
    if (!all || w->leaving.over) return;
    w->leaving.over = true;
    atomic_fetch_add(w->o.left, 1);
}

static void drain(struct worker *w)
{
    take_nobody(w);
    w->stop_ms = w->world->now.mono_ms + w->o.drain_ms;
    for (uint32_t slot = 0; slot < w->conn_cap; slot++)
        if (w->conns[slot]) edge_shutdown(&w->conns[slot]->edge, w->o.restart_grace_ms);
    polls_end(w->polls, w->o.restart_grace_ms);
}

bool worker_follow(struct worker *w, enum worker_phase phase)
{
    if (w->phase == phase) return false;
    w->phase = phase;
    if (w->phase == WORKER_LEAVE) begin_to_leave(w);
    if (w->phase == WORKER_DRAIN) drain(w);
    if (w->phase == WORKER_SAVE && !w->o.nodes) home_save(w->world);
    if (w->phase == WORKER_SAVE && w->nodes.link) cluster_leave(w->world);
    return phase != WORKER_LEAVE;
}

bool worker_ended(const struct worker *w)
{
    if (w->phase != WORKER_STOP) return false;
    return (w->conn_count == 0 && nodes_done(&w->nodes)) || w->world->now.mono_ms >= w->stop_ms;
}
