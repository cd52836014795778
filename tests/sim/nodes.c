/* tests/sim/nodes.c -- the nodes' lives. */
#include "sim/nodes.h"

#include "shard/rule_numbers.h"
#include "sim/checks.h"
#include "sim/engine.h"
#include "sim/people.h"
#include "sim/rules.h"
#include "support/must.h"

#include <stdio.h>
#include <stdlib.h>

enum { TURNS_MAX = 10000 }; /* within one millisecond */

const char *nodes_name(unsigned name)
{
    static const char names[NODES_MAX][3] = {"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"};
    return names[name];
}

/* Time */

static uint64_t mono_of(const struct trial *t, const struct node *n)
{
    return (uint64_t)(n->mono_base + (int64_t)(t->now_ms - BEGIN_MS) * n->rate_ppm / 1000000);
}

/* When its clock says so. */
static uint64_t when(const struct trial *t, const struct node *n, uint64_t mono_ms)
{
    if (mono_ms == UINT64_MAX) return UINT64_MAX;
    int64_t left = (int64_t)mono_ms - n->mono_base;
    if (left <= 0) return t->now_ms;
    uint64_t at = BEGIN_MS + (uint64_t)((left * 1000000 + n->rate_ppm - 1) / n->rate_ppm);
    return at < t->now_ms ? t->now_ms : at;
}

void nodes_set_time(struct trial *t, unsigned node)
{
    struct node *n = &t->nodes[node];
    n->sim->now.mono_ms = mono_of(t, n);
    n->sim->now.unix_ms = (uint64_t)(n->unix_base + (int64_t)n->sim->now.mono_ms - n->mono_base);
    for (unsigned i = 0; i < n->sim->shards; i++)
        n->sim->world[i]->now = n->sim->now;
}

/* Begin and end */

static void mark_bad(struct trial *t, unsigned node)
{
    for (unsigned i = 0; i < NODES_MAX; i++)
        t->bad_ms[node][i] = t->bad_ms[i][node] = t->now_ms;
}

static uint64_t new_run(struct trial *t, unsigned node, unsigned name)
{
    must(t->run_count < RUNS_MAX);
    uint64_t inc = ++t->epoch << 24 | between(t, 1, 1 << 24);
    t->nodes[node].run = t->run_count;
    t->runs[t->run_count++] = (struct run){.inc = inc, .node = node, .name = name};
    return inc;
}

static void set_clock(struct trial *t, struct node *n)
{
    n->rate_ppm = t->o.steady ? 1000000 : between(t, 900000, 1100001);
    n->mono_base = between(t, 1000, 1000000000);
    n->unix_base = 1795487065000 + (int64_t)between(t, 0, 2000000000) * 100 - 100000000000;
}

static void begin_cluster(struct trial *t, struct node *n, uint64_t inc)
{
    kith_problem why;
    struct cluster_options o = {.name = "people",
                                .key = {7, 8},
                                .heartbeat_ms = HEARTBEAT_MS,
                                .suspect_ms = 3 * HEARTBEAT_MS,
                                .down_ms = DOWN_MS,
                                .gone_ms = t->gone_ms,
                                .join_ms = 10000,
                                .seed = inc};
    must(cluster_begin(n->sim->world[0], &o, &why) == KITH_OK);
}

void nodes_start(struct trial *t, unsigned node, unsigned name)
{
    struct node *n = &t->nodes[node];
    struct sim *s = n->sim;
    *n = (struct node){.sim = s, .runs = true, .name = name, .connected = true};
    uint64_t inc = new_run(t, node, name);
    set_clock(t, n);
    struct world_options w = {.node = nodes_name(name),
                              .inc = inc,
                              .outbox_bytes_max = below(t, 3) ? OUTBOX_BYTES_MAX : 3000,
                              .clustered = true,
                              .node_grace_ms = NODE_GRACE_MS,
                              .stale_hold_ms = t->stale_hold_ms,
                              .section_records_max = t->section_records_max,
                              .pull_bytes_max = t->pull_bytes_max};
    sim_begin(s, &(struct sim_options){
                     .shards = between(t, 1, 4),
                     .users = t->user_count,
                     .names = t->names,
                     .seed = chance_next(&t->random),
                     .now = {.mono_ms = mono_of(t, n), .unix_ms = (uint64_t)n->unix_base},
                     .as = &w});
    rules_begin(t, node);
    checks_start(t, node);
    begin_cluster(t, n, inc);
    trial_say(t, NOBODY, node, "%s starts as run %u, %u shards, clock %+d %%", nodes_name(name),
              n->run, s->shards, (int)((n->rate_ppm - 1000000) / 10000));
    mark_bad(t, node);
    nodes_connect(t, node, true);
    nodes_turn(t, node);
}

static void end(struct trial *t, unsigned node, const char *how)
{
    struct node *n = &t->nodes[node];
    trial_say(t, NOBODY, node, "%s run %u %s", nodes_name(n->name), n->run, how);
    t->runs[n->run].over = true;
    t->runs[n->run].over_ms = t->now_ms;
    mark_bad(t, node);
    people_lost(t, node, false);
    sim_fini(n->sim);
    n->runs = false;
}

void nodes_crash(struct trial *t, unsigned node)
{
    if (t->nodes[node].runs) end(t, node, "crashes");
}

void nodes_leave(struct trial *t, unsigned node)
{
    struct node *n = &t->nodes[node];
    if (!n->runs || n->paused || n->leaving || n->state == CLUSTER_JOINING) return;
    trial_say(t, NOBODY, node, "%s leaves", nodes_name(n->name));
    nodes_set_time(t, node);
    mark_bad(t, node);
    n->leaving = true;
    people_lost(t, node, true);
    nodes_turn(t, node);
    if (n->runs) cluster_leave(n->sim->world[0]);
    if (n->runs) nodes_turn(t, node);
}

/* What can happen to one */

void nodes_connect(struct trial *t, unsigned node, bool connected)
{
    struct node *n = &t->nodes[node];
    if (!n->runs) return;
    n->connected = connected;
    mark_bad(t, node);
    nodes_set_time(t, node);
    cluster_connected(n->sim->world[0], connected);
}

void nodes_pause(struct trial *t, unsigned node, bool paused)
{
    struct node *n = &t->nodes[node];
    if (!n->runs || n->paused == paused) return;
    trial_say(t, NOBODY, node, "%s %s", nodes_name(n->name), paused ? "stands still" : "goes on");
    n->paused = paused;
    mark_bad(t, node);
    if (paused) {
        n->stood_ms = t->now_ms;
        return;
    }
    nodes_set_time(t, node);
    uint64_t due_ms = n->due_ms;
    if (t->now_ms > due_ms + LOOP_STALL_MS) cluster_stalled(n->sim->world[0], t->now_ms - due_ms);
    nodes_turn(t, node);
}

/* Turns */

static void note_state(struct trial *t, unsigned node)
{
    static const char *const names[] = {"",     "joins",       "is up",        "is leaving",
                                        "left", "is replaced", "name is taken"};
    struct node *n = &t->nodes[node];
    enum cluster_state state = cluster_state(n->sim->world[0]);
    if (state == n->state) return;
    n->state = state;
    trial_say(t, NOBODY, node, "%s run %u %s", nodes_name(n->name), n->run, names[state]);
    if (state == CLUSTER_UP) n->up_ms = t->now_ms;
    if (state >= CLUSTER_LEFT) end(t, node, "stops");
}

static void read_clients(struct sim *s)
{
    for (unsigned i = 0; i < s->client_count; i++)
        if (s->clients[i].open && !s->clients[i].slow) sim_read_one(s, i);
}

static uint64_t due_of(const struct sim *s)
{
    uint64_t due = cluster_due(s->world[0]);
    for (unsigned i = 0; i < s->shards; i++)
        due = earlier(due, sim_due(s, i));
    return due;
}

void nodes_turn(struct trial *t, unsigned node)
{
    struct node *n = &t->nodes[node];
    struct sim *s = n->sim;
    nodes_set_time(t, node);
    t->result.steps++;
    for (unsigned turns = 0; turns == 0 || due_of(s) <= s->now.mono_ms || sim_busy(s); turns++) {
        if (turns > TURNS_MAX)
            trial_fail(t, NOBODY, node,
                       "a turn of node %u does not end: it is due in %lld ms, its cluster in %lld",
                       node, (long long)(due_of(s) - s->now.mono_ms),
                       (long long)(cluster_due(s->world[0]) - s->now.mono_ms));
        sim_work(s);
        cluster_tick(s->world[0]);
        engine_take(t, node);
        read_clients(s);
    }
    n->due_ms = when(t, n, due_of(s));
    checks_step(t, node);
    note_state(t, node);
}

uint64_t nodes_due(const struct trial *t, unsigned *which)
{
    uint64_t due = UINT64_MAX;
    for (unsigned i = 0; i < t->node_count; i++) {
        const struct node *n = &t->nodes[i];
        if (!n->runs || n->paused || n->due_ms >= due) continue;
        due = n->due_ms;
        *which = i;
    }
    return due;
}

bool nodes_takes_clients(const struct trial *t, unsigned node)
{
    const struct node *n = &t->nodes[node];
    return n->runs && !n->paused && !n->leaving && n->state == CLUSTER_UP &&
           n->sim->client_count < SIM_CLIENTS_MAX - 4;
}
