/* tests/sim/rules.c -- who may see whom. */
#include "sim/rules.h"

#include "sim/nodes.h"

#include <string.h>

enum { SEES_OF_THOUSAND = 300, FIRST_NUMBER = 5 };

void rules_plan(struct trial *t)
{
    for (unsigned a = 0; a < t->user_count; a++)
        for (unsigned b = 0; b < t->user_count; b++)
            t->watches[a][b] = chance_of(t, SEES_OF_THOUSAND);
    t->change_ms = t->o.constant || chance_of(t, 400) ? UINT64_MAX : SETTLED_MS;
}

void rules_begin(struct trial *t, unsigned node)
{
    struct node *n = &t->nodes[node];
    for (unsigned a = 0; a < t->user_count; a++)
        memcpy(n->sim->watches[a], t->watches[a], t->user_count * sizeof t->watches[a][0]);
    for (unsigned i = 0; i < t->change_count; i++)
        sim_commit(n->sim, &t->changes[i]);
    n->told = t->change_count;
    n->tell_ms = UINT64_MAX;
    sim_heard(n->sim, FIRST_NUMBER + n->told);
}

static void tell_node(struct trial *t, unsigned node)
{
    struct node *n = &t->nodes[node];
    n->tell_ms = UINT64_MAX;
    nodes_set_time(t, node);
    for (; n->told < t->change_count; n->told++)
        sim_tell(n->sim, &t->changes[n->told], n->awaited[n->told]);
    sim_heard(n->sim, FIRST_NUMBER + n->told);
    trial_say(t, NOBODY, node, "%s is told all up to change %u", nodes_name(n->name),
              FIRST_NUMBER + n->told);
    nodes_turn(t, node);
}

/* Mostly soon. */
static void await(struct trial *t, struct node *n, const struct sim_change *c)
{
    uint64_t at_ms = t->now_ms + (chance_of(t, 850) ? between(t, 1, 300) : between(t, 300, 6000));
    n->awaited[t->change_count] = sim_await(n->sim, c);
    n->tell_ms = earlier(n->tell_ms, at_ms);
}

static struct sim_change new_change(struct trial *t)
{
    struct sim_change c = {.kind = SIM_WATCH,
                           .watcher = below(t, t->user_count),
                           .user = below(t, t->user_count),
                           .number = FIRST_NUMBER + t->change_count + 1};
    const struct sim *any = NULL;
    for (unsigned i = 0; i < t->node_count; i++)
        if (t->nodes[i].runs) any = t->nodes[i].sim;
    if (chance_of(t, 400)) c.kind = below(t, 2) ? SIM_BLOCK : SIM_NOBODY;
    switch (c.kind) {
    case SIM_WATCH: c.on = any && !any->watches[c.watcher][c.user]; break;
    case SIM_BLOCK: c.on = any && !any->blocks[c.watcher][c.user]; break;
    case SIM_NOBODY: c.on = any && !any->nobody[c.user]; break;
    }
    return c;
}

static void make(struct trial *t)
{
    static const char *const names[] = {"watches", "is blocked by", "invisible:"};
    struct sim_change c = new_change(t);
    trial_say(t, c.user, NOBODY, "change %u: user %u %s user %u: %s", (unsigned)c.number, c.watcher,
              names[c.kind], c.user, c.on ? "yes" : "no");
    for (unsigned i = 0; i < t->node_count; i++) {
        if (!t->nodes[i].runs) continue;
        sim_commit(t->nodes[i].sim, &c);
        await(t, &t->nodes[i], &c);
    }
    t->changes[t->change_count++] = c;
    if (c.kind == SIM_NOBODY) t->nobody_ms[c.user] = t->now_ms;
}

static uint64_t due_of(const struct node *n)
{
    return n->runs && !n->paused ? n->tell_ms : UINT64_MAX;
}

uint64_t rules_due(const struct trial *t)
{
    uint64_t due = t->change_ms;
    for (unsigned i = 0; i < t->node_count; i++)
        due = earlier(due, due_of(&t->nodes[i]));
    return due;
}

void rules_turn(struct trial *t)
{
    if (t->change_ms <= t->now_ms) {
        make(t);
        t->change_ms = t->now_ms + between(t, 100, 2500);
        if (t->change_count == CHANGES_MAX) t->change_ms = UINT64_MAX;
    }
    for (unsigned i = 0; i < t->node_count; i++)
        if (due_of(&t->nodes[i]) <= t->now_ms) tell_node(t, i);
}

void rules_rest(struct trial *t)
{
    t->change_ms = UINT64_MAX;
    for (unsigned i = 0; i < t->node_count; i++)
        if (t->nodes[i].runs && t->nodes[i].tell_ms != UINT64_MAX)
            t->nodes[i].tell_ms = t->now_ms + below(t, 200);
}
