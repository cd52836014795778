/* tests/sim/trial.c -- one trial: the next thing that is due, over and over. */
#include "sim/trial.h"

#include "sim/checks.h"
#include "sim/engine.h"
#include "sim/faults.h"
#include "sim/nodes.h"
#include "sim/people.h"
#include "sim/rules.h"
#include "sim/told.h"
#include "sim/views.h"
#include "support/must.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CALM_MS = SIM_GRACE_MS + 1000, /* before the heal nobody goes: what lingers is over by then */
    LIMIT_MS = 25000,              /* from the heal on, until all views are the truth */
    LOOK_MS = 100,
    CHECK_MS = 2500,
};

static struct trial *playing; /* whom must_fail fails */

_Noreturn void trial_fail(struct trial *t, unsigned user, unsigned node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(t->why, sizeof t->why, format, args);
    va_end(args);
    t->why_user = user;
    t->why_node = node;
    checks_explain(t, user);
    longjmp(t->failed, 1);
}

unsigned trial_run(const struct trial *t, uint64_t inc)
{
    for (unsigned i = 0; i < t->run_count; i++)
        if (t->runs[i].inc == inc) return i;
    return NOBODY;
}

_Noreturn void must_fail(const char *file, int line, const char *format, ...)
{
    char why[400];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    if (!playing) abort();
    trial_fail(playing, NOBODY, NOBODY, "%s (%s:%d)", why, file, line);
}

static void plan(struct trial *t)
{
    static const uint32_t records[] = {1, 2, 3, 8}, bytes[] = {1, 60, 60, 200, 200, 4000};
    t->node_count = t->o.nodes ? t->o.nodes : 2 + below(t, 1 + below(t, 1 + below(t, 8)));
    t->section_records_max = records[below(t, 4)];
    t->pull_bytes_max = bytes[below(t, 6)];
    t->stale_hold_ms = chance_of(t, 500) ? 60000 : between(t, 2000, 12000);
    t->gone_ms = chance_of(t, 500) ? 20 * 60000 : between(t, 8000, 30000);
    people_plan(t);
    rules_plan(t);
    faults_plan(t);
}

static void start(struct trial *t)
{
    for (unsigned i = 0; i < t->node_count; i++) {
        t->nodes[i].sim = calloc(1, sizeof *t->nodes[i].sim);
        must(t->nodes[i].sim);
    }
    for (unsigned i = 0; i < t->node_count; i++) {
        nodes_start(t, i, i);
        t->now_ms += below(t, 300);
    }
}

/* The next thing that is due by `until_ms`; false: nothing is, and it is that late. */
static bool step(struct trial *t, uint64_t until_ms)
{
    unsigned node = 0;
    uint64_t at[] = {engine_due(t), nodes_due(t, &node), people_due(t), faults_due(t),
                     rules_due(t)};
    uint64_t next_ms = until_ms;
    for (unsigned i = 0; i < sizeof at / sizeof at[0]; i++)
        next_ms = earlier(next_ms, at[i]);
    if (next_ms > t->now_ms) t->now_ms = next_ms;
    if (next_ms == at[3])
        faults_turn(t);
    else if (next_ms == at[4])
        rules_turn(t);
    else if (next_ms == at[2])
        people_turn(t);
    else if (next_ms == at[0])
        engine_deliver(t);
    else if (next_ms == at[1])
        nodes_turn(t, node);
    else
        return false;
    return true;
}

void trial_run_until(struct trial *t, uint64_t until_ms)
{
    while (t->now_ms < until_ms) {
        uint64_t look_ms = earlier(until_ms, t->now_ms + CHECK_MS);
        while (step(t, look_ms))
            ;
        checks_often(t);
    }
}

/* Most of the nodes, or all. */
static void choose_core(struct trial *t)
{
    bool all = t->node_count == 2 || t->o.quiet || chance_of(t, 400);
    unsigned count = all ? t->node_count : between(t, 2, t->node_count + 1);
    for (unsigned i = 0, left = t->node_count; i < t->node_count; i++, left--)
        if (below(t, left) < count) {
            t->core[i] = true;
            count--;
        }
}

static void converge(struct trial *t)
{
    char why[256];
    unsigned user = NOBODY, node = NOBODY;
    for (;;) {
        trial_run_until(t, t->now_ms + LOOK_MS);
        if (views_converged(t, why, &user, &node)) break;
        if (t->now_ms > t->heal_ms + LIMIT_MS)
            trial_fail(t, user, node, "not the truth after %d ms: %s", LIMIT_MS, why);
    }
    t->result.converged_ms = t->now_ms - t->heal_ms;
    trial_say(t, NOBODY, NOBODY, "all is the truth after %u ms", (unsigned)t->result.converged_ms);
}

static void play(struct trial *t)
{
    plan(t);
    told_init(t);
    checks_begin(t);
    start(t);
    trial_run_until(t, t->heal_ms - CALM_MS);
    people_calm(t);
    trial_run_until(t, t->heal_ms);
    choose_core(t);
    faults_heal(t);
    rules_rest(t);
    people_rest(t);
    t->healed = true;
    converge(t);
    checks_end(t);
}

static void clear(struct trial *t)
{
    engine_clear(t);
    for (unsigned i = 0; i < NODES_MAX; i++) {
        if (t->nodes[i].runs) sim_fini(t->nodes[i].sim);
        free(t->nodes[i].sim);
        t->nodes[i] = (struct node){0};
    }
    told_free(t);
}

bool trial_play(struct trial *t, const struct trial_options *o)
{
    memset(t, 0, sizeof *t);
    t->o = *o;
    t->random = o->seed;
    t->now_ms = BEGIN_MS;
    t->epoch = 1000;
    playing = t;
    volatile bool good = false;
    if (setjmp(t->failed) == 0) {
        play(t);
        good = true;
    }
    playing = NULL;
    if (good) clear(t); /* else nothing is as it should be */
    return good;
}
