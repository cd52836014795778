/* shard/rule_numbers.h -- changes of the rules that all nodes make, by their numbers: which one
 * this shard has heard of, and the latest that concerns each user whose home is here. A record of
 * such a user says it (base/section.h), and a node that has not got so far applies nothing of it:
 * so what a user does is shown by no rules older than its own node went by. Numbers of a while ago
 * are one for all. */
#pragma once

#include "base/section.h"
#include "shard/world.h"

void rule_numbers_fini(struct rule_numbers *n); /* {0} is a valid empty one */

/* A change concerns this user. Without memory it is as if it concerned everybody. */
void rule_numbers_note(struct world *w, kith_slice user, uint64_t number);
/* All changes up to it have come. */
void rule_numbers_hear(struct world *w, uint64_t number);

/* What a record of one of this node's entries is to say. O(1). */
uint64_t rule_numbers_of(struct world *w, const struct record *r);
