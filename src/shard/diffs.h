/* shard/diffs.h -- what is told about a user to those whose sight of it changes, as it travels in
 * mail: a join of all its sessions to who gains it; to who loses it a leave of each, oldest first,
 * as if each had gone. */
#pragma once

#include "base/buf.h"
#include "shard/world.h"

enum diffs { DIFFS_JOIN = 1, DIFFS_LEAVES = 2, DIFFS_BOTH = 3 };

/* Appends the payloads, at the user's home; of both the join is the first. None if nobody is there.
 */
void diffs_put(struct world *w, kith_slice user, enum diffs which, struct buf *out);
/* The next payload of *rest, which moves behind it. False: there is none. */
bool diffs_next(kith_slice *rest, kith_slice *payload);

/* The id of a user, and its payloads as one; several such in a row. */
void diffs_put_list(struct world *w, kith_slice user, enum diffs which, struct buf *out);
bool diffs_next_list(kith_slice *rest, kith_slice *user, kith_slice *payloads);
