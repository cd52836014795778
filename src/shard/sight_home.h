/* shard/sight_home.h -- who may see a user has changed: the store says so at the user's home, which
 * orders all that is told about it, and which passes it on to the shards with what there is to
 * tell. */
#pragma once

#include "shard/world.h"

/* MAIL_SIGHT and MAIL_GRANT; takes the mail. What finds no memory is tried again, with all that
 * comes after it: a sight that is taken back is taken back. */
void sight_change(struct world *w, struct mail *m);
void sight_retry(struct world *w);
uint64_t sight_next_due(const struct world *w); /* as shard_due */
