/* shard/here.h -- whose sessions are on this shard, as the store asks: to read their edges again.
 */
#pragma once

#include "shard/world.h"

/* Answers a MAIL_HERE; takes it. O(ids), or of some thousands of slots at once. */
void here_receive(struct world *w, struct mail *m);
