/* edge/longpoll.h -- long-polls as a connection sees them: HTTP requests that are passed on to
 * their session, wherever it lives (edge/polls.h), and answered once it has answered. */
#pragma once

#include "edge/edge_state.h"
#include "wire/http.h"

/* A request of any method for the path of a mount's long-poll. */
void longpoll_request(struct edge *e, const struct edge_mount *mount, const struct http_request *r);

/* EDGE_POST: the body of one. Returns how many bytes it used. */
size_t longpoll_body(struct edge *e, kith_slice bytes);

/* EDGE_POST: so much of its body has come. */
size_t longpoll_bytes(const struct edge *e);
/* EDGE_POST: there is no room for the rest; the client is to come again. */
void longpoll_refuse(struct edge *e);

/* EDGE_POLL: gives up at its time; returns when that is (monotonic ms). */
uint64_t longpoll_tick(struct edge *e);

/* The server goes away. */
void longpoll_shutdown(struct edge *e);

/* The connection is gone, whatever it was about. */
void longpoll_gone(struct edge *e);

/* MAIL_POLL_ANSWER, taken, for the connection `e` of this world; NULL: it is gone. The session
 * hears whether the answer could be given. */
void longpoll_answered(struct world *w, struct edge *e, struct mail *m);
