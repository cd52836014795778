/* io/sockets.h -- a worker's sockets. A connection may be closed by any of these calls. */
#pragma once

#include "io/worker_state.h"

/* What an event is about: a client's handle (>= 2^32), or one of these. */
enum { EVENT_PUBLIC = 1, EVENT_API = 2, EVENT_MAIL = 3, EVENT_NODES = 4 };

/* Asks the loop for events of a descriptor, by epoll_ctl's `op`. */
bool sockets_await(struct worker *w, int fd, uint32_t events, uint64_t what, int op);

/* Takes who waits at a listener, as far as there is room. */
void sockets_accept(struct worker *w, int listener, struct edge_context *ctx);
/* Listeners in the loop, or out of it for a while. */
void sockets_listen(struct worker *w, bool on);

/* The connection of a client's handle, or NULL. */
struct conn *sockets_find(const struct worker *w, uint64_t handle);
/* What epoll said of it. */
void sockets_serve(struct worker *w, struct conn *c, uint32_t events);
/* Does what is due, and sees that it is looked at when more is. */
void sockets_tick(struct worker *w, struct conn *c);
void sockets_close(struct worker *w, struct conn *c, uint32_t grace_ms);

/* Writes what has been let go for clients, long-polls among them. */
void sockets_flush(struct worker *w);
