/* edge/unfinished.h -- what a client has begun to say and not ended, as its edge has it (how much
 * there may be: edge/room.h). */
#pragma once

#include "edge/edge_state.h"

/* So many bytes of it the edge itself has. */
size_t unfinished_bytes(const struct edge *e);

/* There is no room for it: tells the client to come again, and lets go of what the edge holds. */
void unfinished_refuse(struct edge *e);
