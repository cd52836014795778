/* shard/sight_slices.h -- changes of sight on their way to the sessions here, a part in each turn,
 * so that what is for others comes between: a user whom 100,000 watch is hidden from them in 200
 * turns instead of one of 60 ms. A change that concerns few is applied at once. Those of one user
 * are applied in the order in which they came, and what is told about a user comes behind all
 * changes of sight of that user. */
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

/* Applies to one session all that is under way: before it is shown a state, which has in it what
 * came after that. O(watchers that are left). */
void sight_slices_bring(struct world *w, uint32_t slot);

/* Applies what is left of the changes of this user; of all in a list of ids, or of diffs_put_list,
 * of which some may be shades. O(watchers that are left); nothing is under way most of the time. */
void sight_slices_finish(struct world *w, kith_slice user);
void sight_slices_finish_ids(struct world *w, kith_slice ids);
void sight_slices_finish_lists(struct world *w, kith_slice lists);
