/* edge/console.h -- the console's files: pages of the operators' listener, below /console/. They
 * say nothing of anybody, so that whoever may come to the listener may load them; what they show
 * they ask of the REST API, with a key. */
#pragma once

#include "edge/context.h"
#include "wire/http.h"

bool console_has(kith_slice path); /* whether a path is the console's, there or not */
/* What a GET or HEAD of such a path is answered with, into `out`. */
void console_get(const struct edge_context *ctx, const struct http_request *r,
                 struct http_response *out);
