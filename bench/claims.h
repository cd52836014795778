/* bench/claims.h -- what the article "Phoenix Presence for social networks" claims of each way, and
 * whether the figures bear it out. */
#pragma once

#include "results.h"

/* A row for each claim: what it says, what was measured, and whether it holds here. */
void claims_table(const struct results *r, FILE *out);
