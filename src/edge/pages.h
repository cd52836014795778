/* edge/pages.h -- what the public listener serves besides sockets, pages, and what the operators'
 * listener serves besides the REST API: health and metrics. */
#pragma once

#include "edge/context.h"
#include "wire/http.h"

/* What a request is answered with, that of a page being one without a body. Appends the response to
 * `out`. */
void pages_get(struct edge_context *ctx, const struct http_request *r, struct buf *out);
/* Why a request may not come to the operators' listener at all, one of these two; NULL: it may. */
const char *ops_foreign(const struct edge_context *ctx, const struct http_request *r);
#define OPS_FOREIGN_HOST                                                                           \
    "this listener is not called by that Host: use its own address, or add the name to "           \
    "server.api_hosts"
#define OPS_FOREIGN_PAGE "of web pages this listener answers its own console alone"
void ops_get(struct edge_context *ctx, const struct http_request *r, struct buf *out);

/* A short text with a status; the connection closes behind it unless keep_alive. */
void respond_text(const struct edge_context *ctx, int status, bool keep_alive, const char *text,
                  struct buf *out);
