/* edge/ops_cluster.c -- what /metrics says of other nodes. */
#include "edge/ops_cluster.h"

#include "shard/cluster.h"
#include "wire/prom.h"

static void put_frames(struct buf *b, const struct cluster_view *v)
{
    const struct {
        const char *name, *help;
        uint64_t value;
    } counters[] = {
        {"kith_cluster_frames_received", "Frames of other nodes", v->frames_in},
        {"kith_cluster_frames_sent", "Frames to other nodes", v->frames_out},
        {"kith_cluster_received_bytes", "Bytes in frames of other nodes", v->bytes_in},
        {"kith_cluster_sent_bytes", "Bytes in frames to other nodes", v->bytes_out},
        {"kith_cluster_frames_forged", "Frames that were not made with the cluster's secret",
         v->forged},
        {"kith_cluster_frames_repeated",
         "Frames that were heard before, are for another node, or are broadcasts of a run "
         "that this one does not know as alive",
         v->repeated},
        {"kith_cluster_frames_garbled", "Frames, or what is in them, that no node sends",
         v->garbled},
        {"kith_cluster_frames_foreign", "Frames of another version, or of another cluster",
         v->other_version + v->other_cluster},
        {"kith_cluster_frames_unknown", "Frames of a kind that later versions know", v->unknown},
        {"kith_cluster_heartbeats_refused",
         "Heartbeats of nodes that there is no room for: they are not seen here", v->refused},
    };
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        prom_put(b, PROM_COUNTER, counters[i].name, counters[i].help, counters[i].value);
}

const char *ops_peer_text(const struct peer_view *p)
{
    if (p->state == PEER_DOWN) return "down";
    if (p->leaving) return "leaving";
    return p->state == PEER_UP ? "up" : "suspect";
}

const char *ops_own_text(const struct world *w, bool isolated)
{
    enum cluster_state s = cluster_state(w);
    if (s == CLUSTER_JOINING) return "joining";
    if (s != CLUSTER_UP) return "leaving";
    return isolated ? "isolated" : "up";
}

static void put_own(const struct world *w, const struct cluster_view *v, struct buf *b)
{
    buf_printf(b,
               "# HELP kith_cluster_node What this node is called, and how it is\n"
               "# TYPE kith_cluster_node gauge\n"
               "kith_cluster_node{cluster=\"%s\",node=\"%s\",state=\"%s\"} 1\n",
               v->name, w->o.node, ops_own_text(w, v->isolated));
}

/* A sample for each: a name is letters, digits, dots, - and _. */
static void put_peers(const struct world *w, struct buf *b)
{
    struct peer_view p;
    static const char silent[] = "kith_cluster_peer_silent_seconds";
    buf_printf(b,
               "# HELP %s How long ago each other node was heard, by state; relayed: by others "
               "alone\n# TYPE %s gauge\n",
               silent, silent);
    for (uint32_t at = 0; cluster_next_peer(w, &at, &p);)
        buf_printf(b, "%s{node=\"%.*s\",state=\"%s\",relayed=\"%s\"} %.3f\n", silent,
                   (int)p.name.len, (const char *)p.name.ptr, ops_peer_text(&p),
                   p.via ? "yes" : "no", (double)p.silent_ms / 1000);
}

static void put_counts(const struct world *w, struct buf *b)
{
    struct peer_view p;
    uint64_t counts[3] = {0};
    for (uint32_t at = 0; cluster_next_peer(w, &at, &p);)
        counts[p.state]++;
    prom_put(b, PROM_GAUGE, "kith_cluster_peers_up", "Other nodes that are up", counts[PEER_UP]);
    prom_put(b, PROM_GAUGE, "kith_cluster_peers_suspect",
             "Other nodes that have been silent for three heartbeats", counts[PEER_SUSPECT]);
    prom_put(b, PROM_GAUGE, "kith_cluster_peers_down", "Other nodes that are taken for dead",
             counts[PEER_DOWN]);
}

void ops_put_cluster(const struct world *w, struct buf *b)
{
    struct cluster_view v;
    cluster_look(w, &v);
    put_own(w, &v, b);
    put_counts(w, b);
    put_peers(w, b);
    prom_put_ms(b, PROM_GAUGE, "kith_cluster_stale_seconds",
                "For how long this node has been cut off from the others; 0: it is not",
                v.isolated_ms);
    put_frames(b, &v);
}
