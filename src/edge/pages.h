/* edge/pages.h -- what the public listener serves besides sockets: pages, and the demo's tokens;
 * and what the operators' listener serves: health and metrics. */
#pragma once

#include "edge/context.h"
#include "wire/http.h"

/* What a request without a body is answered with. Appends the response to `out`. */
void pages_get(struct edge_context *ctx, const struct http_request *r, struct buf *out);
void ops_get(struct edge_context *ctx, const struct http_request *r, struct buf *out);

/* POST /demo/token: is this request one that may ask? 0, or the status to refuse it with. */
int demo_token_allowed(const struct edge_context *ctx, const struct http_request *r);
/* Answers {"user":"3"} with {"token":"..."}. */
void demo_token(struct edge_context *ctx, kith_slice body, bool keep_alive, struct buf *out);

/* A short text with a status; the connection closes behind it unless keep_alive. */
void respond_text(const struct edge_context *ctx, int status, bool keep_alive, const char *text,
                  struct buf *out);
