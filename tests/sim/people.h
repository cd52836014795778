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

/* One device: its connection is lost; it is back, and says what it said. */
void people_leave(struct trial *t, struct device *d);
void people_come(struct trial *t, struct device *d, unsigned node);

/* Whether the session that the device has is hidden. */
bool people_hides(const struct trial *t, const struct device *d);
/* The sessions of a user on core nodes that are to be seen: their tokens. */
unsigned people_truth(const struct trial *t, unsigned user, uint32_t tokens[8]);
