/* edge/ops.h -- what the operators' listener serves besides the REST API: health, metrics and the
 * console's files; and who may come there at all. */
#pragma once

#include "edge/context.h"
#include "wire/http.h"

/* Why a request may not come, one of these two; NULL: it may. */
const char *ops_foreign(const struct edge_context *ctx, const struct http_request *r);
#define OPS_FOREIGN_HOST                                                                           \
    "this listener is not called by that Host: use its own address, or add the name to "           \
    "server.api_hosts"
#define OPS_FOREIGN_PAGE "of web pages this listener answers its own console alone"

/* What a request is answered with, one of a page being one without a body. Appends the response to
 * `out`. */
void ops_get(struct edge_context *ctx, const struct http_request *r, struct buf *out);
