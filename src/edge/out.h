/* edge/out.h -- the way from an edge to its client: into the outbox of its slot. */
#pragma once

#include "edge/edge_state.h"

/* Sends a frame and lets go of it; without memory for it (NULL) the connection is closed. */
void out_frame(struct edge *e, struct frame *f);
/* The same of what stands in `b`, which is freed. */
void out_buf(struct edge *e, struct buf *b);
/* A short text with a status, and the end. */
void out_refuse(struct edge *e, int status, const char *text);
/* What waits is written, then the connection is closed. */
void out_end(struct edge *e);
