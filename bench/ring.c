/* bench/ring.c -- who is whose friend. */
#include "ring.h"

#include "tool.h"

#include "base/chance.h"

#include <stdlib.h>

/* 0 to count - 1 in any order. */
static uint32_t *shuffled(uint32_t count, uint64_t *seed)
{
    uint32_t *out = malloc(count * sizeof *out);
    if (!out) die("out of memory");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t j = (uint32_t)(chance_next(seed) % (i + 1));
        out[i] = out[j];
        out[j] = i;
    }
    return out;
}

void ring_init(struct ring *g, uint32_t users, uint32_t friends)
{
    uint64_t seed = 1;
    if (users < 3 || friends >= users) die("%u users cannot have %u friends", users, friends);
    *g = (struct ring){.users = users, .friends = friends / 2 * 2};
    g->user = shuffled(users, &seed);
    g->steps = shuffled((users - 1) / 2, &seed);
    g->place = malloc(users * sizeof *g->place);
    if (!g->place) die("out of memory");
    for (uint32_t i = 0; i < users; i++)
        g->place[g->user[i]] = i;
    for (uint32_t i = 0; i < (users - 1) / 2; i++)
        g->steps[i]++;
}

void ring_fini(struct ring *g)
{
    free(g->user);
    free(g->steps);
    free(g->place);
}

uint32_t ring_friend(const struct ring *g, uint32_t user, uint32_t k)
{
    uint32_t step = g->steps[k / 2], place = g->place[user] + (k % 2 ? step : g->users - step);
    return g->user[place % g->users];
}

/* Puts the steps 1, 2, .. before the others. */
void ring_cluster(struct ring *g)
{
    for (uint32_t near = 0; near < g->friends / 4; near++)
        for (uint32_t i = near; i < (g->users - 1) / 2; i++)
            if (g->steps[i] == near + 1) {
                g->steps[i] = g->steps[near];
                g->steps[near] = near + 1;
            }
}

void ring_write(const struct ring *g, bool both_ways, FILE *out)
{
    for (uint32_t u = 0; u < g->users; u++)
        for (uint32_t k = 0; k < g->friends; k += both_ways ? 1 : 2)
            fprintf(out, "%u %u\n", RING_FIRST_ID + u, RING_FIRST_ID + ring_friend(g, u, k));
}
