/* shard/sight.h -- who may see whom has changed: applied at once, wherever its watchers' sessions
 * are. The store says who gains and who loses sight of a user (MAIL_SIGHT); the user's home, which
 * orders all that is told about it, says so to the shards with what there is to tell; they change
 * the subscriptions and tell the clients: those who lose sight get leaves, one for each session
 * that they saw, oldest first, as if each had gone; those who gain it get one join of all. Each
 * shard then tells the store (MAIL_SEEN), and once all have, the change is acknowledged. */
#pragma once

#include "shard/world.h"

/* At the user's home; takes the mail. What finds no memory is tried again: a sight that is taken
 * back is taken back. */
void sight_change(struct world *w, struct mail *m);
void sight_retry(struct world *w);
uint64_t sight_next_due(const struct world *w); /* as shard_due */

/* On a shard, from a home (MAIL_SIGHT_HERE). Takes the mail. */
void sight_receive(struct world *w, struct mail *m);
