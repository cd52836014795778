/* tests/edge/rig_state.h -- what the two halves of the rig share. */
#pragma once

#include "edge/rig.h"

struct world *rig_world(const struct rig *r, unsigned client);
void rig_close(struct rig *r, unsigned client); /* as rig_drop, within a turn */
void rig_tick(struct rig *r, unsigned client);
/* Gives the edge all that it has not used. False: it used nothing of it. */
bool rig_feed_rest(struct rig *r, unsigned client);
