/* tests/sim/told.h -- what origins have sent of their streams, number by number; and whether what
 * others say and know of them is that. */
#pragma once

#include "sim/trial.h"

void told_init(struct trial *t);
void told_free(struct trial *t);
/* A frame that a node puts out. */
void told_note(struct trial *t, unsigned from, kith_slice bytes);
/* A frame has been read by a node. */
void told_check(struct trial *t, unsigned node, kith_slice bytes);
