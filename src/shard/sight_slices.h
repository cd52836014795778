/* shard/sight_slices.h -- changes of sight on their way to the sessions here, a part in each turn,
 * so that what is for others comes between: a user whom 100,000 watch is hidden from them in 200
 * turns instead of one of 60 ms. They are applied in the order in which they came, and what is told
 * about a user comes behind all changes of sight of that user. */
#pragma once

#include "shard/sight.h"

/* Begins what a mail brings: a MAIL_SIGHT at the user's home, which has told `others` shards and
 * has `diffs` for those here, or a MAIL_SIGHT_HERE from there, which brings them. Takes the mail,
 * and the diffs. */
void sight_slices_begin(struct world *w, struct mail *m, struct buf *diffs, uint64_t others);
void sight_slices_fini(struct sight_slices *s); /* {0} is a valid empty one */

/* Applies the share of one turn. */
void sight_slices_turn(struct world *w);
uint64_t sight_slices_next_due(const struct world *w); /* as shard_due */

/* Applies what is under way, up to the last one of this user, or all. O(watchers that are left);
 * nothing is under way most of the time. */
void sight_slices_finish(struct world *w, kith_slice user);
void sight_slices_finish_all(struct world *w);
