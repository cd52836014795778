/* tests/sim/rules.h -- who may see whom: in one place that all nodes share. A change has a number,
 * and each node is told of all changes in the order of their numbers, each after a while of its
 * own. */
#pragma once

#include "sim/trial.h"

void rules_plan(struct trial *t);
/* A node begins: it knows all there is so far. */
void rules_begin(struct trial *t, unsigned node);
uint64_t rules_due(const struct trial *t);
void rules_turn(struct trial *t);
void rules_rest(struct trial *t); /* nothing changes any more */
