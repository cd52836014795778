/* load/graph.c -- who watches whom: edges, each user's sorted, in one list. */
#include "load/graph.h"

#include <stdlib.h>

void graph_pairs_fini(struct graph_pairs *p)
{
    free(p->at);
    *p = (struct graph_pairs){0};
}

static bool make_room(struct graph_pairs *p)
{
    uint64_t room = p->room ? 2 * p->room : 1024;
    if (p->count < p->room) return true;
    void *at = p->failed ? NULL : realloc(p->at, room * sizeof *p->at);
    p->failed = !at;
    if (!at) return false;
    p->at = at;
    p->room = room;
    return true;
}

void graph_pairs_add(struct graph_pairs *p, uint32_t watcher, uint32_t watched)
{
    if (!make_room(p)) return;
    p->at[p->count][0] = watcher;
    p->at[p->count++][1] = watched;
}

void graph_fini(struct graph *g)
{
    free(g->first);
    free(g->watched);
    free(g->audience);
    *g = (struct graph){0};
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Sorts the edges in [from, to) and moves them to `at`, each once; returns behind them. */
static uint64_t settle(struct graph *g, uint64_t from, uint64_t to, uint64_t at)
{
    qsort(g->watched + from, to - from, sizeof *g->watched, by_number);
    for (uint64_t i = from; i < to; i++)
        if (i == from || g->watched[i] != g->watched[i - 1]) g->watched[at++] = g->watched[i];
    return at;
}

/* Each watcher's edges come together: first[u + 1] is the beginning of u's at first, and their end
 * when all are in their place. */
static void sort_in(struct graph *g, const struct graph_pairs *p)
{
    for (uint64_t i = 0; i < p->count; i++)
        g->first[p->at[i][0] + 2]++;
    for (uint32_t u = 2; u <= g->users + 1; u++)
        g->first[u] += g->first[u - 1];
    for (uint64_t i = 0; i < p->count; i++)
        g->watched[g->first[p->at[i][0] + 1]++] = p->at[i][1];
}

static void settle_all(struct graph *g)
{
    uint64_t from = 0, at = 0;
    for (uint32_t u = 0; u < g->users; u++) {
        uint64_t to = g->first[u + 1], begin = at;
        /* What is moved down overwrites nothing that is still to be read: at <= from. */
        at = settle(g, from, to, at);
        g->first[u] = begin;
        from = to;
    }
    g->first[g->users] = at;
    for (uint64_t i = 0; i < at; i++)
        g->audience[g->watched[i]]++;
}

kith_err graph_build(struct graph *g, uint32_t users, struct graph_pairs *p)
{
    *g = (struct graph){.users = users,
                        .first = calloc((size_t)users + 2, sizeof *g->first),
                        .watched = malloc((p->count + 1) * sizeof *g->watched),
                        .audience = calloc((size_t)users + 1, sizeof *g->audience)};
    bool whole = !p->failed && g->first && g->watched && g->audience;
    if (whole) {
        sort_in(g, p);
        settle_all(g);
    } else {
        graph_fini(g);
    }
    graph_pairs_fini(p);
    return whole ? KITH_OK : KITH_NOMEM;
}

uint64_t graph_edge(const struct graph *g, uint32_t watcher, uint32_t watched)
{
    uint64_t low = g->first[watcher], high = g->first[watcher + 1];
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (g->watched[middle] < watched)
            low = middle + 1;
        else
            high = middle;
    }
    return low < g->first[watcher + 1] && g->watched[low] == watched ? low : GRAPH_NONE;
}
