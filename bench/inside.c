/* bench/inside.c -- nodes of one cluster in this process. */
#include "inside.h"

#include "tool.h"

#include "shard/cluster.h"
#include "shard/home.h"
#include "shard/shard.h"

#include <stdio.h>

enum { HEARTBEAT_MS = 1000 };

void inside_start(struct inside *in, unsigned node)
{
    static char names[INSIDE_MAX][8];
    static uint64_t epoch;
    struct inside_node *n = &in->nodes[node];
    kith_problem why;
    *n = (struct inside_node){.inc = ++epoch << 24 | node};
    snprintf(names[node], sizeof names[node], "n%u", node);
    n->w = shard_new(&(struct world_options){.count = 1,
                                             .node = names[node],
                                             .inc = n->inc,
                                             .ref_key = {1, 2},
                                             .hash_key = {n->inc, 4},
                                             .grace_ms = 5000,
                                             .join_wait_ms = 5000,
                                             .outbox_bytes_max = OUTBOX_BYTES_MAX,
                                             .clustered = true,
                                             .node_grace_ms = 4000,
                                             .stale_hold_ms = 60000});
    if (!n->w) die("out of memory");
    n->w->now = in->now;
    struct cluster_options o = {.name = "people",
                                .key = {7, 8},
                                .heartbeat_ms = HEARTBEAT_MS,
                                .suspect_ms = 3 * HEARTBEAT_MS,
                                .down_ms = 6 * HEARTBEAT_MS,
                                .gone_ms = 20 * 60000,
                                .join_ms = 10000,
                                .seed = n->inc};
    if (cluster_begin(n->w, &o, &why)) die("%s", why.text);
    cluster_connected(n->w, true);
}

/* Mail that it had for itself. */
static bool work(struct world *w)
{
    bool any = false;
    (void)shard_tick(w);
    for (struct mail *m; (m = mail_take(&w->out[0])); any = true)
        shard_receive(w, m);
    mail_queue_fini(&w->wants);
    mail_queue_fini(&w->news);
    cluster_tick(w);
    return any;
}

static void deliver(struct inside *in, unsigned from, const struct cluster_frame *f)
{
    for (unsigned to = 0; to < in->count; to++) {
        struct inside_node *n = &in->nodes[to];
        if (!n->w || (f->to && f->to != n->inc)) continue;
        in->sent.delivered += to != from && !f->heartbeat;
        double began = cpu_us(0);
        cluster_receive(n->w, f->to != 0, f->bytes);
        n->cpu_us += cpu_us(0) - began;
        n->fed = true;
    }
}

static bool carry(struct inside *in, unsigned from)
{
    struct cluster_frame f;
    bool any = false;
    for (; cluster_next(in->nodes[from].w, &f); any = true) {
        in->sent.frames += !f.heartbeat;
        in->sent.bytes += f.heartbeat ? 0 : f.bytes.len;
        deliver(in, from, &f);
    }
    return any;
}

static bool turn(struct inside *in, unsigned node)
{
    struct inside_node *n = &in->nodes[node];
    n->w->now = in->now;
    double began = cpu_us(0);
    bool fed = n->fed, any = work(n->w);
    double took = cpu_us(0) - began;
    n->fed = false;
    any |= carry(in, node);
    if (fed || any) n->cpu_us += took;
    return any;
}

void inside_settle(struct inside *in)
{
    for (bool any = true; any;) {
        any = false;
        for (unsigned i = 0; i < in->count; i++)
            if (in->nodes[i].w) any |= turn(in, i);
    }
}

void inside_pass(struct inside *in, uint64_t ms)
{
    for (; ms; ms--) {
        in->now.mono_ms++;
        in->now.unix_ms++;
        inside_settle(in);
    }
}

void inside_begin(struct inside *in, unsigned count)
{
    *in = (struct inside){.count = count, .now = {.mono_ms = 100000, .unix_ms = 1795487065000}};
    for (unsigned i = 0; i < count; i++)
        inside_start(in, i);
    inside_pass(in, 3 * HEARTBEAT_MS);
    for (unsigned i = 0; i < count; i++)
        if (!inside_takes_clients(in, i)) die("node %u is not up", i);
    in->sent = (struct inside_sent){0};
}

void inside_end(struct inside *in)
{
    for (unsigned i = 0; i < in->count; i++)
        shard_free(in->nodes[i].w);
}

/* People */

struct person {
    char id[24];
    struct home_session session;
};

static void person_of(struct person *p, uint64_t id)
{
    snprintf(p->id, sizeof p->id, "%llu", (unsigned long long)id);
    p->session = (struct home_session){
        .user = slice_str(p->id), .owner = home_owner(0, id), .hiding = HIDING_NO};
}

void inside_join(struct inside *in, unsigned node, uint64_t id)
{
    struct person p;
    person_of(&p, id);
    in->nodes[node].w->now = in->now;
    home_track(in->nodes[node].w, &p.session, KITH_LIT("{\"status\":\"online\"}"));
}

void inside_flip(struct inside *in, unsigned node, uint64_t id)
{
    static const char *const fields[] = {"{\"status\":\"away\"}", "{\"status\":\"online\"}"};
    static unsigned which;
    struct person p;
    person_of(&p, id);
    in->nodes[node].w->now = in->now;
    home_status(in->nodes[node].w, &p.session, slice_str(fields[which++ % 2]));
}

uint64_t inside_presences(const struct inside *in, unsigned node)
{
    return presence_count(in->nodes[node].w->presence);
}

bool inside_takes_clients(const struct inside *in, unsigned node)
{
    return cluster_state(in->nodes[node].w) == CLUSTER_UP;
}

bool inside_complete(const struct inside *in, unsigned node, uint64_t presences)
{
    return inside_takes_clients(in, node) && inside_presences(in, node) == presences;
}
