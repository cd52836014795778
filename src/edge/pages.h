/* edge/pages.h -- what the public listener serves besides sockets: pages. */
#pragma once

#include "edge/context.h"
#include "wire/http.h"

/* What a request is answered with, that of a page being one without a body. Appends the response to
 * `out`. */
void pages_get(struct edge_context *ctx, const struct http_request *r, struct buf *out);

/* A short text with a status; the connection closes behind it unless keep_alive. */
void respond_text(const struct edge_context *ctx, int status, bool keep_alive, const char *text,
                  struct buf *out);
