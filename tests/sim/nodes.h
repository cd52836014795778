/* tests/sim/nodes.h -- the nodes' lives: each is a struct sim with a clock of its own. */
#pragma once

#include "sim/trial.h"

const char *nodes_name(unsigned name);
void nodes_start(struct trial *t, unsigned node, unsigned name);
/* Its memory is gone; nobody is told. */
void nodes_crash(struct trial *t, unsigned node);
void nodes_leave(struct trial *t, unsigned node);
void nodes_pause(struct trial *t, unsigned node, bool paused);
void nodes_connect(struct trial *t, unsigned node, bool connected);

void nodes_set_time(struct trial *t, unsigned node);
/* Until nothing is under way in it; and what it has put out is on its way. */
void nodes_turn(struct trial *t, unsigned node);
uint64_t nodes_due(const struct trial *t, unsigned *which);
bool nodes_takes_clients(const struct trial *t, unsigned node);
