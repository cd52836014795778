/* edge/edge.h -- one client's stack without its socket: HTTP first, then perhaps a WebSocket with a
 * Phoenix session on it. Bytes in; what it answers goes into the outbox of its slot. */
#pragma once

#include "edge/context.h"
#include "wire/ws.h"

enum edge_phase {
    EDGE_HTTP,   /* requests */
    EDGE_BODY,   /* the body of one */
    EDGE_SOCKET, /* a Phoenix socket */
    EDGE_ECHO,   /* a WebSocket that sends back what it gets */
    EDGE_DONE,   /* write what waits, then close; input is of no interest */
};

struct session;
struct body;

struct edge {
    struct edge_context *ctx;
    struct session *session; /* EDGE_SOCKET */
    struct body *body;       /* EDGE_BODY */
    struct ws_in ws;
    uint64_t since_ms;    /* HTTP: when the wait for this request began; DONE: when it began;
                             a WebSocket: when the message began that is not whole yet, or 0 */
    uint64_t received_ms; /* when bytes last came */
    uint32_t slot;
    uint32_t head_seen; /* bytes of the head looked at before */
    uint8_t phase;
    bool pinged; /* since bytes last came */
};

/* On the slot's fresh outbox. */
void edge_init(struct edge *e, struct edge_context *ctx, uint32_t slot);

/* The socket is gone, or is to go: the session's presence lingers for `grace_ms`. */
void edge_fini(struct edge *e, uint32_t grace_ms);

/* Bytes from the client, which it may change. Returns how many it is done with; the rest comes
 * again in front of what follows. *need: how many there must be in all before it can go on. */
size_t edge_feed(struct edge *e, uint8_t *bytes, size_t len, size_t *need);

/* The client has to take its answers before more of what it sends is looked at: edge_feed uses
 * nothing until then. */
bool edge_waits(const struct edge *e);

/* Before what waits is written: closes a socket whose end somebody has asked for. */
void edge_settle(struct edge *e);

/* Does what is due; returns when it is next needed (monotonic ms). */
uint64_t edge_tick(struct edge *e);

/* The server goes away: closes with 1012 (service restart). The presence lingers for `grace_ms`. */
void edge_shutdown(struct edge *e, uint32_t grace_ms);
