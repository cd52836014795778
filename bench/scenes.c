/* bench/scenes.c -- connections, joins, and users who come and go. */
#include "scenes.h"

#include "tool.h"

#include <stdlib.h>

/* What memory grew by since `before`, for each user. */
static void note_memory(struct stage *s, const char *what, struct memory before,
                        struct target target)
{
    struct memory now = server_memory(&s->server);
    double users = s->plan->users;
    note(s, "B", (now.rss - before.rss) / users, target, "RSS of %s", what);
    note(s, "B", (now.pss - before.pss) / users, none, "PSS of %s", what);
}

void scene_idle(struct stage *s)
{
    struct filled filled;
    struct memory before = server_memory(&s->server);
    stage_fill(s, FILL_OPEN, &filled);
    stage_settle(s, 0.5);
    note_memory(s, "a connection, only upgraded", before, none);
    stage_fill(s, FILL_JOIN, &filled);
    stage_settle(s, 0.5);
    note_memory(s, "a joined user without friends", before, at_most(600));
    s->idle_rss = server_memory(&s->server).rss;
}

/* Of two friends, the second to join is told of the first in its state, and the first of the second
 * by a diff: one diff a friendship. */
static void note_told(struct stage *s, const struct meter *m)
{
    double told = (double)m->stats.count[LOAD_CHANGED];
    double expected = (double)s->plan->users * s->graph->friends / 2;
    note(s, "", told / expected, always(1), "join storm: diffs received of those expected");
}

void scene_storm(struct stage *s)
{
    struct filled filled;
    struct meter m, all;
    double users = s->plan->users, friends = s->graph->friends;
    uint64_t told = load_stats(s->load)->count[LOAD_CHANGED];
    struct memory before = server_memory(&s->server);
    char what[64];
    meter_start(&m, s);
    all = m;
    stage_fill(s, FILL_ALL, &filled);
    meter_stop(&m, s);
    stage_await(s, LOAD_CHANGED, told + s->plan->users * s->graph->friends / 2);
    stage_settle(s, 0.5);
    meter_stop(&all, s);
    note(s, "/s", users / filled.seconds, at_least(4000), "join storm: joins");
    note(s, "ms", all.server_us / users / 1e3, at_most(0.25), "join storm: CPU for each join");
    note(s, "ms", percentiles_us(&filled.took, 0.5) / 1e3, none, "join storm: dial to state, p50");
    note(s, "ms", percentiles_us(&filled.took, 0.99) / 1e3, at_most(50),
         "join storm: dial to state, p99");
    note_told(s, &all);
    note_busy(s, &m, "join storm");
    snprintf(what, sizeof what, "a joined user with %.0f friends", friends);
    note_memory(s, what, before, at_most(2500));
    if (s->idle_rss > 0)
        note(s, "B", (server_memory(&s->server).rss - s->idle_rss) / (users * friends), at_most(12),
             "RSS of a subscription");
}

/* Users go and come back */

enum { LEAVES_PER_S = 50 };

struct churn {
    struct stage *s;
    double period_us, away_us, begin_us;
    uint32_t first, total, gone, back, joined;
};

static void on_churn(void *ctx, const struct load_event *e)
{
    struct churn *c = ctx;
    if (e->kind == LOAD_OPEN) load_join(c->s->load, e->who);
    if (e->kind == LOAD_STATE) c->joined++;
}

static uint32_t nth(const struct stage *s, uint32_t n)
{
    return s->graph->user[n % s->plan->users];
}

/* Does what is due; returns when there is more. */
static double churn_step(struct churn *c, double now)
{
    double gone_at = c->begin_us + c->gone * c->period_us;
    double back_at = c->begin_us + c->away_us + c->back * c->period_us;
    if (c->gone < c->total && gone_at <= now)
        load_drop(c->s->load, nth(c->s, c->first + c->gone++));
    if (c->back < c->gone && back_at <= now) load_dial(c->s->load, nth(c->s, c->first + c->back++));
    return gone_at < back_at && c->gone < c->total ? gone_at : back_at;
}

/* `total` users go, each for a little longer than grace, and come back. */
static void churn_slice(struct stage *s, uint32_t first, uint32_t total, struct meter *sum)
{
    struct meter m;
    struct churn c = {.s = s, .first = first, .total = total, .period_us = 1e6 / LEAVES_PER_S};
    c.away_us = (s->plan->grace_s + 0.5) * 1e6;
    c.begin_us = now_us();
    load_listen(s->load, on_churn, &c);
    meter_start(&m, s);
    while (c.joined < c.total) {
        double next = churn_step(&c, now_us());
        load_poll(s->load, c.back < c.total ? next - now_us() : 1e5);
        if (now_us() - c.begin_us > total * c.period_us + 60e6) die("not all came back");
    }
    load_listen(s->load, NULL, NULL);
    stage_settle(s, 0.2);
    meter_stop(&m, s);
    meter_add(sum, &m);
}

/* Each user who goes and comes back is two diffs; the bare loop sends as many, at their pace. */
void scene_churn(struct stage *s)
{
    struct meter sum = {0};
    uint32_t slices = s->plan->seconds < 4 ? 1 : (uint32_t)(s->plan->seconds / 2), bytes;
    uint32_t total = (uint32_t)(s->plan->seconds * LEAVES_PER_S) / slices;
    double bare = 0, told = 0;
    for (uint32_t i = 0; i < slices; i++) {
        churn_slice(s, i * total, total, &sum);
        told = (double)(sum.stats.count[LOAD_CHANGED] + sum.stats.count[LOAD_WENT]);
        bytes = (uint32_t)((double)sum.stats.diff_bytes / told);
        bare += bare_us(s->bare, &(struct bare_order){.rate = 2 * LEAVES_PER_S,
                                                      .flips = 2 * total,
                                                      .first = i * total,
                                                      .frame_bytes = bytes});
    }
    note(s, "µs", sum.server_us / told, none, "churn: CPU for each leave or join delivered");
    note(s, "µs", bare / slices, none, "churn: bare loop, CPU for each send");
    note(s, "", sum.server_us / told / (bare / slices), at_most(1.5), "churn: ratio");
}

/* Many go at once */

struct vanish {
    const struct stage *s;
    uint32_t count; /* those at places 0 to count - 1 */
    uint64_t told;
    double last_us;
};

static void on_vanish(void *ctx, const struct load_event *e)
{
    struct vanish *v = ctx;
    if (e->kind != LOAD_WENT) return;
    v->told++;
    v->last_us = now_us();
}

/* Friends of theirs who are still there to be told. */
static uint64_t left_behind(const struct vanish *v)
{
    const struct graph *g = v->s->graph;
    uint64_t n = 0;
    for (uint32_t i = 0; i < v->count; i++)
        for (uint32_t k = 0; k < g->friends; k++)
            n += g->place[graph_friend(g, g->user[i], k)] >= v->count;
    return n;
}

void scene_vanish(struct stage *s)
{
    struct vanish v = {.s = s, .count = s->plan->users / 20};
    uint64_t expected = left_behind(&v);
    double begin = now_us(), grace_us = s->plan->grace_s * 1e6;
    load_listen(s->load, on_vanish, &v);
    for (uint32_t i = 0; i < v.count; i++)
        load_drop(s->load, nth(s, i));
    while (v.told < expected && now_us() - begin < grace_us + 30e6)
        load_poll(s->load, 1e5);
    load_listen(s->load, NULL, NULL);
    note(s, "ms", (v.last_us - begin - grace_us) / 1e3, at_most(150),
         "%u vanish at once: last friend told, beyond grace", v.count);
    note(s, "", (double)v.told / (double)expected, always(1),
         "%u vanish at once: leaves received of those expected", v.count);
}
