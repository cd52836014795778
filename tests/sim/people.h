/* tests/sim/people.h -- who uses the cluster: users with friends, on one to three devices each,
 * which connect, say how they are, reload, move to other nodes, hide, and go. */
#pragma once

#include "sim/trial.h"

void people_plan(struct trial *t);
uint64_t people_due(const struct trial *t);
void people_turn(struct trial *t);
/* A node is no more: who was on it comes back elsewhere, or does not. */
void people_lost(struct trial *t, unsigned node, bool closed);
/* Nobody goes or comes any more; who is here says whether it is hidden. */
void people_rest(struct trial *t);
void people_calm(struct trial *t); /* nobody goes any more */

/* Whether the user has a session on this node that is to be seen. */
const struct device *people_device(const struct trial *t, unsigned node, unsigned client);
/* The sessions of a user on core nodes that are to be seen: their tokens. */
unsigned people_truth(const struct trial *t, unsigned user, uint32_t tokens[8]);
