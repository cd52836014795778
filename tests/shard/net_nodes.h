/* tests/shard/net_nodes.h -- a few nodes of some shards each, with an engine between them that a
 * test can cut: time goes on when the test says so. It knows no test framework, so that the fuzz
 * target can drive it. */
#pragma once

#include "base/assert.h"
#include "shard/claims.h"
#include "shard/cluster.h"
#include "shard/home.h"
#include "shard/shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 4, NODE_SHARDS = 2, NODE_SHARDS_MAX = 4, HEARTBEAT_MS = 1000, HELD_MAX = 4096 };

struct node {
    unsigned shards;
    struct world *w[NODE_SHARDS_MAX]; /* the first `shards` */
    bool runs, cut;
    uint64_t inc;
};

/* A frame under way. */
struct held {
    unsigned from;
    uint64_t to;
    kith_slice bytes; /* allocated */
};

struct net {
    struct node nodes[NODES_MAX];
    unsigned count;
    struct now now;
    bool (*drops)(const struct cluster_frame *f); /* or NULL */
    bool holds;                                   /* the engine stands still, see net_hold */
    struct held *held;
    unsigned held_count;
    /* What a node would have of its store; takes it. NULL: nobody hears of it. */
    void (*wants)(struct net *n, unsigned node, struct mail *m);
};

static inline void node_start_with(struct net *n, unsigned i, uint64_t inc, unsigned shards)
{
    static char names[NODES_MAX][8];
    struct node *node = &n->nodes[i];
    *node = (struct node){.shards = shards, .runs = true, .inc = inc};
    snprintf(names[i], sizeof names[i], "n%u", i);
    for (unsigned s = 0; s < shards; s++) {
        node->w[s] = shard_new(&(struct world_options){.id = s,
                                                       .count = shards,
                                                       .node = names[i],
                                                       .inc = inc,
                                                       .ref_key = {1, 2},
                                                       .hash_key = {inc, 4},
                                                       .grace_ms = 5000,
                                                       .join_wait_ms = 5000,
                                                       .outbox_bytes_max = OUTBOX_BYTES_MAX,
                                                       .clustered = true,
                                                       .events = true,
                                                       .node_grace_ms = 4000,
                                                       .stale_hold_ms = 60000});
        KITH_ASSERT(node->w[s]);
        node->w[s]->now = n->now;
    }
    kith_problem why;
    struct cluster_options o = {.name = "people",
                                .key = {7, 8},
                                .heartbeat_ms = HEARTBEAT_MS,
                                .suspect_ms = 3 * HEARTBEAT_MS,
                                .down_ms = 6 * HEARTBEAT_MS,
                                .gone_ms = 20 * 60000,
                                .join_ms = 10000,
                                .seed = inc};
    kith_err e = cluster_begin(node->w[0], &o, &why);
    KITH_ASSERT(e == KITH_OK);
    cluster_connected(node->w[0], true);
}

static inline void node_start(struct net *n, unsigned i, uint64_t inc)
{
    node_start_with(n, i, inc, NODE_SHARDS);
}

static inline void node_stop(struct node *node)
{
    for (unsigned s = 0; s < node->shards; s++)
        shard_free(node->w[s]);
    *node = (struct node){0};
}

static inline void net_begin(struct net *n, unsigned count)
{
    *n = (struct net){.count = count, .now = {.mono_ms = 100000, .unix_ms = 1795487065000}};
    for (unsigned i = 0; i < count; i++)
        node_start(n, i, (uint64_t)(i + 1) << 24 | 5);
}

static inline void net_end(struct net *n)
{
    for (unsigned i = 0; i < n->count; i++)
        if (n->nodes[i].runs) node_stop(&n->nodes[i]);
    for (unsigned i = 0; i < n->held_count; i++)
        free((void *)n->held[i].bytes.ptr);
    free(n->held);
}

static inline void net_want(struct net *n, unsigned node, struct mail_queue *wants)
{
    for (struct mail *m; (m = mail_take(wants));)
        if (n->wants)
            n->wants(n, node, m);
        else
            mail_free(m);
}

static inline bool node_turn(struct net *n, unsigned i)
{
    struct node *node = &n->nodes[i];
    bool any = false;
    for (unsigned s = 0; s < node->shards; s++) {
        (void)shard_tick(node->w[s]);
        for (unsigned to = 0; to < node->shards; to++)
            for (struct mail *m; (m = mail_take(&node->w[s]->out[to])); any = true)
                shard_receive(node->w[to], m);
        net_want(n, i, &node->w[s]->wants);
    }
    cluster_tick(node->w[0]);
    return any;
}

static inline void net_deliver(struct net *n, unsigned from, const struct cluster_frame *f)
{
    for (unsigned to = 0; to < n->count; to++) {
        struct node *node = &n->nodes[to];
        bool reaches = node->runs && (to == from || (!node->cut && !n->nodes[from].cut));
        if (!reaches || (f->to && f->to != node->inc) || (n->drops && n->drops(f))) continue;
        cluster_receive(node->w[0], f->to != 0, f->bytes);
    }
}

static inline void net_keep(struct net *n, unsigned from, const struct cluster_frame *f)
{
    if (!n->held) n->held = malloc(HELD_MAX * sizeof *n->held);
    uint8_t *bytes = malloc(f->bytes.len);
    KITH_ASSERT(n->held && bytes && n->held_count < HELD_MAX);
    memcpy(bytes, f->bytes.ptr, f->bytes.len);
    n->held[n->held_count++] = (struct held){from, f->to, slice_of(bytes, f->bytes.len)};
}

static inline bool net_carry(struct net *n, unsigned from)
{
    struct cluster_frame f;
    bool any = false;
    for (; cluster_next(n->nodes[from].w[0], &f); any = true)
        if (n->holds)
            net_keep(n, from, &f);
        else
            net_deliver(n, from, &f);
    return any;
}

/* Until nothing is under way. */
static inline void net_settle(struct net *n)
{
    for (bool any = true; any;) {
        any = false;
        for (unsigned i = 0; i < n->count; i++) {
            if (!n->nodes[i].runs) continue;
            any |= node_turn(n, i);
            any |= net_carry(n, i);
        }
    }
}

static inline void net_run(struct net *n, uint64_t ms)
{
    for (uint64_t end = n->now.mono_ms + ms; n->now.mono_ms < end;) {
        n->now.mono_ms += 20;
        n->now.unix_ms += 20;
        for (unsigned i = 0; i < n->count; i++)
            for (unsigned s = 0; n->nodes[i].runs && s < n->nodes[i].shards; s++)
                n->nodes[i].w[s]->now = n->now;
        net_settle(n);
    }
}

/* The engine stands still for so long: what is said meanwhile comes behind that, one after the
 * other, save what it has no more. */
static inline void net_hold(struct net *n, uint64_t ms,
                            bool (*loses)(const struct cluster_frame *f))
{
    n->holds = true;
    net_run(n, ms);
    n->holds = false;
    for (unsigned i = 0; i < n->held_count; i++) {
        const struct held *h = &n->held[i];
        struct cluster_frame f = {.to = h->to, .bytes = h->bytes};
        if (!loses(&f)) {
            net_deliver(n, h->from, &f);
            net_run(n, 20);
        }
        free((void *)h->bytes.ptr);
    }
    n->held_count = 0;
}

/* Sessions, as their user's home is told of them */

static inline struct world *home_of(const struct net *n, unsigned node, const char *user)
{
    struct node const *at = &n->nodes[node];
    return at->w[world_home(at->w[0], slice_str(user))];
}

static inline struct home_session session(const char *user, uint64_t number, uint64_t device)
{
    return (struct home_session){.user = slice_str(user),
                                 .owner = home_owner(0, number),
                                 .device = device,
                                 .hiding = HIDING_UNSAID};
}

static inline void come(struct net *n, unsigned node, const char *user, uint64_t number,
                        uint64_t device)
{
    struct home_session s = session(user, number, device);
    claims_track(home_of(n, node, user), &s, (kith_slice){0});
    net_settle(n);
}

static inline void say(struct net *n, unsigned node, const char *user, uint64_t number,
                       const char *status)
{
    char fields[64];
    struct home_session s = session(user, number, 0);
    snprintf(fields, sizeof fields, "{\"status\":\"%s\"}", status);
    claims_status(home_of(n, node, user), &s, slice_str(fields));
    net_settle(n);
}

static inline void lose(struct net *n, unsigned node, const char *user, uint64_t number,
                        uint64_t device, uint64_t grace_ms)
{
    struct home_session s = session(user, number, device);
    claims_lost(home_of(n, node, user), &s, grace_ms);
    net_settle(n);
}

/* How many entries of the user a node lists; *last is the latest of them. */
static inline unsigned listed(const struct net *n, unsigned node, const char *user,
                              struct entry *last)
{
    struct presence_topic name;
    struct entry e;
    unsigned count = 0;
    const struct world *w = home_of(n, node, user);
    for (struct tracker_walk walk = {0};
         presence_next(w->presence, presence_topic(&name, slice_str(user)), &walk, &e); count++)
        if (last) *last = e;
    return count;
}

static inline unsigned peers(const struct net *n, unsigned node, enum peer_state as)
{
    struct peer_view p;
    unsigned count = 0;
    for (uint32_t at = 0; cluster_next_peer(n->nodes[node].w[0], &at, &p);)
        count += p.state == as;
    return count;
}

static inline uint64_t announced(const struct net *n, unsigned node)
{
    uint64_t sum = 0;
    for (unsigned s = 0; s < n->nodes[node].shards; s++)
        sum += n->nodes[node].w[s]->stats.announcements;
    return sum;
}
