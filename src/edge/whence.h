/* edge/whence.h -- from which address a client comes, and how many come from there. */
#pragma once

#include "edge/edge_state.h"
#include "wire/http.h"

/* A new connection from `from`, or of a proxy if that is trusted. False: there are too many from
 * there. */
bool whence_begin(struct edge *e, const struct address *from);
void whence_end(struct edge *e);

/* A request has come: behind a proxy it is now known whose. False: there are too many from there,
 * and it has been refused. */
bool whence_admit(struct edge *e, const struct http_request *r);
