/* tests/sim/rules.c -- who may see whom. */
#include "sim/rules.h"

#include <string.h>

enum { SEES_OF_THOUSAND = 300 };

void rules_plan(struct trial *t)
{
    for (unsigned a = 0; a < t->user_count; a++)
        for (unsigned b = 0; b < t->user_count; b++)
            t->watches[a][b] = chance_of(t, SEES_OF_THOUSAND);
}

void rules_begin(struct trial *t, unsigned node)
{
    struct sim *s = t->nodes[node].sim;
    for (unsigned a = 0; a < t->user_count; a++)
        memcpy(s->watches[a], t->watches[a], t->user_count * sizeof s->watches[a][0]);
}

uint64_t rules_due(const struct trial *t)
{
    (void)t;
    return UINT64_MAX;
}

void rules_turn(struct trial *t) { (void)t; }

void rules_rest(struct trial *t) { (void)t; }
