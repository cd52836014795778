/* edge/edge_state.h -- what an edge is at the moment; for its own parts. */
#pragma once

#include "edge/context.h"
#include "wire/ws.h"

enum edge_phase {
    EDGE_HTTP,     /* requests */
    EDGE_BODY,     /* the body of one */
    EDGE_POST,     /* the body of a long-poll's */
    EDGE_POLL,     /* a long-poll's request is with its session: what follows it waits */
    EDGE_API_BODY, /* the body of a request to the REST API */
    EDGE_API,      /* it is with those who are to answer: what follows it waits */
    EDGE_SOCKET,   /* a Phoenix socket */
    EDGE_ECHO,     /* a WebSocket that sends back what it gets */
    EDGE_DONE,     /* write what waits, then close; input is of no interest */
};

struct session;
struct body;
struct longpoll;
struct api_exchange;

struct edge {
    struct edge_context *ctx;
    struct session *session; /* EDGE_SOCKET */
    uint32_t slot;
    uint8_t phase;
    bool pinged : 1;  /* since bytes last came */
    bool kept : 1;    /* HTTP: this request is not its first */
    bool proxied : 1; /* the peer is a proxy that is trusted: its clients are who it says */
    uint8_t
        role : 2;  /* enum api_role of the key that its latest request to operators' pages showed */
    uint8_t ahead; /* HTTP: so many requests came sooner than they may in the long run */
    union {
        struct body *body;             /* EDGE_BODY */
        struct longpoll *longpoll;     /* EDGE_POST, EDGE_POLL */
        struct api_exchange *exchange; /* EDGE_API_BODY, EDGE_API */
    };
    struct ws_in ws;
    uint64_t since_ms; /* HTTP: when the wait for this request began; POLL, DONE: when that began;
                          a WebSocket: when the message began that is not whole yet, or 0 */
    uint64_t received_ms;    /* when bytes last came */
    uint32_t head_seen : 15; /* bytes of the head looked at before */
    uint32_t crowd : 17;     /* where it is counted (edge/crowds.h); 0: nowhere */
    uint32_t asked;          /* number of its latest request that others answer */
};

static inline uint64_t edge_mono_ms(const struct edge *e) { return e->ctx->world->now.mono_ms; }

/* edge.c: says goodbye and ends the session; its presence lingers, whatever the code. */
void edge_close(struct edge *e, uint16_t code, uint32_t grace_ms);

/* edge_time.c */

/* A request of it has been answered, or is on its way: it counts. Who shows operators no right key
 * shares what it may ask with all who show none. */
void edge_has_asked(struct edge *e);
/* Until then it waits with what else it asks by HTTP; 0: it does not. */
uint64_t edge_asks_again_ms(const struct edge *e);
/* After it was fed, with a `rest` left or not: what a message has so far takes memory, so it may
 * not take for ever. A rest that has not been looked at waits for us, and may be whole. What has
 * been goes by one clock, however its client is held back meanwhile: that is its own doing. */
void edge_time_message(struct edge *e, bool rest);
