/* tests/sim/moves.c -- what a reload and a move are to everybody else. */
#include "sim/moves.h"

#include "sim/nodes.h"
#include "sim/people.h"
#include "sim/rules.h"

#include <stdio.h>
#include <string.h>

enum { MOVES = 3, HEARD_MS = 600, AWAY_MS_MAX = SIM_GRACE_MS - 1500 };

/* How much each client has been told. */
static unsigned before[NODES_MAX][SIM_CLIENTS_MAX];

static void count(const struct trial *t)
{
    for (unsigned node = 0; node < t->node_count; node++)
        for (unsigned i = 0; t->core[node] && i < t->nodes[node].sim->client_count; i++)
            before[node][i] = t->nodes[node].sim->clients[i].events;
}

/* Who was told more or less than `updates` of the user, if it may see it; else than nothing. */
static void compare(struct trial *t, const struct device *d, unsigned updates, const char *what)
{
    for (unsigned node = 0; node < t->node_count; node++)
        for (unsigned i = 0; t->core[node] && i < t->nodes[node].sim->client_count; i++) {
            const struct sim *s = t->nodes[node].sim;
            const struct sim_client *c = &s->clients[i];
            bool itself = node == d->now.node && i == d->now.client;
            if (!c->open || !c->joined || itself) continue;
            unsigned told = c->events - before[node][i];
            if (told != (sim_may_see(s, i, d->user) ? updates : 0))
                trial_fail(t, d->user, node, "%s of user %u: client %u of user %u is told %u times",
                           what, d->user, i, c->user, told);
        }
}

/* The only session of its user, or NULL. */
static struct device *choose(struct trial *t)
{
    struct device *d = &t->devices[below(t, t->device_count)];
    uint32_t tokens[8];
    if (!d->now.open || !d->id || d->hidden || !t->core[d->now.node]) return NULL;
    return people_truth(t, d->user, tokens) == 1 ? d : NULL;
}

static void come_back(struct trial *t, struct device *d, unsigned node)
{
    people_leave(t, d);
    trial_run_until(t, t->now_ms + below(t, AWAY_MS_MAX));
    people_come(t, d, node);
    trial_run_until(t, t->now_ms + HEARD_MS);
}

/* False: an earlier session of the device was hidden, on a node that died meanwhile, and so this
 * one is. What it has left behind goes in its own time. */
static bool reload(struct trial *t, struct device *d)
{
    count(t);
    come_back(t, d, d->now.node);
    if (people_hides(t, d)) return false;
    compare(t, d, 0, "a reload");
    return true;
}

/* And what is left of it on the first node ends in silence. */
static bool move(struct trial *t, struct device *d)
{
    unsigned node = d->now.node;
    while (node == d->now.node || !t->core[node])
        node = below(t, t->node_count);
    count(t);
    come_back(t, d, node);
    if (people_hides(t, d)) return false;
    compare(t, d, 1, "a move");
    if (!chance_of(t, 200)) return true;
    trial_run_until(t, t->now_ms + 2 * SIM_GRACE_MS);
    compare(t, d, 1, "a move that is long over");
    return true;
}

void moves_check(struct trial *t)
{
    for (unsigned moves = 0, tries = 0; moves < MOVES && tries < 30; tries++) {
        struct device *d = choose(t);
        if (!d) continue;
        moves++;
        if (!(below(t, 3) ? move(t, d) : reload(t, d))) return;
    }
}
