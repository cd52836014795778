/* tests/sim/engine.h -- what carries frames between the nodes: to all, the sender too, or to one
 * incarnation's inbox. */
#pragma once

#include "sim/trial.h"

/* What a node has put out goes on its way. */
void engine_take(struct trial *t, unsigned from);
/* The earliest frame under way arrives. */
uint64_t engine_due(const struct trial *t); /* UINT64_MAX: none is */
void engine_deliver(struct trial *t);
/* A frame of a run that is over comes again, to all. */
void engine_send_ghost(struct trial *t);
void engine_clear(struct trial *t);
/* Both ways, and both nodes, without a fault for so long. */
bool engine_was_good(const struct trial *t, unsigned a, unsigned b, uint64_t for_ms);
