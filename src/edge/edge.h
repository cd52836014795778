/* edge/edge.h -- one client's stack without its socket: HTTP first, then perhaps a WebSocket with a
 * Phoenix session on it. Bytes in; what it answers goes into the outbox of its slot. */
#pragma once

#include "edge/edge_state.h"

/* On the slot's fresh outbox. */
void edge_init(struct edge *e, struct edge_context *ctx, uint32_t slot);

/* The socket is gone, or is to go: the session's presence lingers for `grace_ms`. */
void edge_fini(struct edge *e, uint32_t grace_ms);

/* Bytes from the client, which it may change. Returns how many it is done with; the rest comes
 * again in front of what follows. *need: how many there must be in all before it can go on. */
size_t edge_feed(struct edge *e, uint8_t *bytes, size_t len, size_t *need);

/* The client has to take its answers, or has said too much in too short a time, or a long-poll's
 * answer has to come, before more of what it sends is looked at: edge_feed uses nothing until
 * then. */
bool edge_waits(const struct edge *e);

/* Before what waits is written: closes a socket whose end somebody has asked for. */
void edge_settle(struct edge *e);

/* The client has taken all that waited for it. */
void edge_drained(struct edge *e);

/* Does what is due; returns when it is next needed (monotonic ms). */
uint64_t edge_tick(struct edge *e);

/* It has shown operators no right key, and is not being answered: where there is no room it goes,
 * who has waited for a request since the earliest `since_ms` first. */
bool edge_gives_way(const struct edge *e);

/* The options are others: those that it keeps for itself. */
void edge_renew(struct edge *e);

/* The server goes away: closes with 1012 (service restart). The presence lingers for `grace_ms`. */
void edge_shutdown(struct edge *e, uint32_t grace_ms);
