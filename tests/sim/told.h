/* tests/sim/told.h -- what origins have sent of their streams, number by number; and whether what
 * others say and know of them is that. */
#pragma once

#include "sim/trial.h"

void told_init(struct trial *t);
void told_free(struct trial *t);
/* A node begins, and knows nothing; or it has forgotten a run. */
void told_forget(struct trial *t, unsigned node, unsigned run);

/* A frame that a node puts out: of its own streams these are the facts, of others' it has to be
 * what those have sent. */
void told_note(struct trial *t, unsigned from, kith_slice bytes);
/* A frame has been read by a node: its cursors never go back, and what it has applied was sent, and
 * is of no later rules than it has heard of. */
void told_check(struct trial *t, unsigned node, kith_slice bytes);

uint64_t told_hash(const struct record *r);
