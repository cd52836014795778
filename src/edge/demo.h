/* edge/demo.h -- the demo's tokens: POST /demo/token. */
#pragma once

#include "edge/edge_state.h"
#include "wire/http.h"

void demo_request(struct edge *e, const struct http_request *r);

/* EDGE_BODY: the body of one. Returns how many bytes it used. */
size_t demo_body(struct edge *e, kith_slice bytes);

/* The connection is gone. */
void demo_gone(struct edge *e);
