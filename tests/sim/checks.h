/* tests/sim/checks.h -- what must hold: after each step, now and then, and in the end. */
#pragma once

#include "sim/trial.h"

void checks_begin(struct trial *t);                /* a trial */
void checks_start(struct trial *t, unsigned node); /* a run of it */
void checks_step(struct trial *t, unsigned node);  /* after a turn of the node */
void checks_often(struct trial *t);                /* of all nodes */
void checks_end(struct trial *t); /* all is the truth, and nothing happens by itself */
/* What the nodes believe, and list of the user, as lines of the transcript. */
void checks_explain(struct trial *t, unsigned user);
