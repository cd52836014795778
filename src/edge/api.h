/* edge/api.h -- the REST API as a connection sees it: a request is read, asked of whom it concerns
 * (shard/call.h), and answered once they have answered; what follows it waits. docs/rest.md is its
 * contract. */
#pragma once

#include "edge/edge_state.h"
#include "wire/http.h"

/* A request of any method whose path begins with /v1/. */
void api_request(struct edge *e, const struct http_request *r);

/* Of the one key that the request shows. API_NONE: it shows none, or a wrong one. */
enum api_role api_role_shown(const struct edge *e, const struct http_request *r);

/* For development no key is needed. */
bool api_is_open(const struct edge_options *o);

/* EDGE_API_BODY: the body of one. Returns how many bytes it used. */
size_t api_body(struct edge *e, kith_slice bytes);

/* EDGE_API_BODY: gives up at its time; returns when that is (monotonic ms). */
uint64_t api_body_tick(struct edge *e);

/* EDGE_API: gives up at its time; returns when that is (monotonic ms). */
uint64_t api_tick(struct edge *e);

/* EDGE_API: its client has taken all that there was for it. */
void api_drained(struct edge *e);

/* The server goes away. */
void api_shutdown(struct edge *e);
/* The connection is gone, whatever it was about. */
void api_gone(struct edge *e);

/* MAIL_CALL_ANSWER, taken, for the connection `e`; NULL: it is gone. */
void api_answered(struct edge *e, struct mail *m);

/* MAIL_CALL of one that edges answer, taken: ends the sockets of a user here. */
void api_disconnect(struct world *w, struct mail *m);
