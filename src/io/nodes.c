/* io/nodes.c -- the first worker's way to other nodes. */
#include "io/nodes.h"

#include "io/log.h"
#include "shard/cluster.h"

#include <signal.h>
#include <unistd.h>

/* The log says it now and then: with another secret nodes do not meet, and each is well. */
static void say_forged(struct nodes *n, const struct world *w)
{
    struct cluster_view v;
    uint64_t now_ms = w->now.mono_ms;
    cluster_look(w, &v);
    if (v.forged == n->forged || (n->said_ms && now_ms - n->said_ms < NODES_SAY_MS)) return;
    n->forged = v.forged;
    n->said_ms = now_ms;
    log_warn(
        "cluster: frames come that are not made with this node's secret, and are ignored, %llu "
        "so far; see that cluster.secret_file and store.url are the same on every node of %s, or "
        "who else publishes to its subjects",
        (unsigned long long)v.forged, v.name);
}

void nodes_serve(struct nodes *n, struct world *w)
{
    struct link_message m;
    uint64_t now_ms = w->now.mono_ms;
    if (!n->link) return;
    if (n->due_ms && now_ms > n->due_ms + LOOP_STALL_MS) cluster_stalled(w, now_ms - n->due_ms);
    link_serve(n->link, w->now);
    bool connected = link_connected(n->link, LINK_LIVE);
    if (connected != n->connected) cluster_connected(w, connected);
    n->connected = connected;
    while (link_next(n->link, &m))
        cluster_receive(w, m.where == LINK_INBOX, m.bytes);
    say_forged(n, w);
}

/* What does not go now is asked for by those who miss it. */
static void publish(struct nodes *n, struct world *w)
{
    struct cluster_frame f;
    while (cluster_next(w, &f)) {
        enum link_where where = f.to ? LINK_INBOX : f.heartbeat ? LINK_HEARTBEAT : LINK_ALL;
        kith_err e =
            link_post(n->link, f.bulk ? LINK_BULK : LINK_LIVE, where, f.to, cluster_take(w));
        w->stats.cluster_frames_unsent += e != KITH_OK;
    }
    link_flush(n->link);
    struct link_stats s = link_stats(n->link);
    w->stats.cluster_frames_lost = s.lost;
    w->stats.cluster_frames_huge = s.huge;
    w->stats.cluster_connections_lost = s.losses;
}

/* Of two runs of one name the later is the one: this one goes, as if it were told to. */
static void tell(struct nodes *n, const struct world *w, enum cluster_state state)
{
    int before = atomic_exchange_explicit(n->state, (int)state, memory_order_acq_rel);
    if (before == (int)state || state != CLUSTER_REPLACED) return;
    log_error("cluster: a later run of node %s is up; this one stops", w->o.node);
    (void)kill(getpid(), SIGTERM);
}

static void look(struct nodes *n, const struct world *w)
{
    struct peer_view p;
    uint64_t now_ms = w->now.mono_ms;
    if (now_ms < n->look_ms) return;
    n->look_ms = now_ms + NODES_LOOK_MS;
    for (uint32_t at = 0; cluster_next_peer(w, &at, &p);)
        nodes_log_note(&n->log, &p, now_ms);
}

uint64_t nodes_flush(struct nodes *n, struct world *w)
{
    if (!n->link) return UINT64_MAX;
    cluster_tick(w);
    look(n, w);
    publish(n, w);
    tell(n, w, cluster_state(w));
    uint64_t due = cluster_due(w);
    n->due_ms = due == UINT64_MAX ? 0 : due;
    uint64_t link = link_due(n->link);
    return link < due ? link : due;
}

bool nodes_done(const struct nodes *n)
{
    return !n->link || atomic_load_explicit(n->state, memory_order_relaxed) >= (int)CLUSTER_LEFT;
}

void nodes_fini(struct nodes *n)
{
    link_close(n->link);
    n->link = NULL;
}
