/* tests/sim/moves.h -- when all is quiet: what a reload and a move are to everybody else. */
#pragma once

#include "sim/trial.h"

/* Some users come back where they were, within the grace: nobody is told anything. Some come back
 * on another node: one update, to each who sees them. */
void moves_check(struct trial *t);
