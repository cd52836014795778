/* edge/upgrade.h -- may this client connect, and who is it? The checks of both transports, and the
 * WebSocket's own (RFC 6455 section 4.2). */
#pragma once

#include "edge/socket.h"

struct upgrade {
    int status;            /* 101, or what to answer instead */
    char problem[128];     /* the body of a refusal that may say why; empty else */
    const char *why;       /* for operators alone, of one that may not; else NULL. Static */
    bool phoenix_protocol; /* answer "Sec-WebSocket-Protocol: phoenix" */
    kith_slice key;        /* Sec-WebSocket-Key */
    enum phx_vsn vsn;
    struct kith_socket socket; /* who it is; its slices and `device` live in the buffers below */
    kith_slice device;
    bool hidden; /* its session is to be, from the first */
    uint64_t expires_at_ms;
    struct connecting connecting;
    struct buf device_buf;
};
/* A user's socket that was let in and is not taken over by a session is told that it is gone. */
void upgrade_fini(struct upgrade *u);

/* From which page, if any, and called by which name: may it connect? */
bool upgrade_origin(const struct edge_options *o, const struct edge_mount *mount,
                    const struct http_request *r);

/* The checks that both transports share, in Phoenix's order: origin, version, who; all 403.
 * Behind them 429: its user has too many sockets. */
void upgrade_connect(struct edge_context *ctx, const struct edge_mount *mount,
                     const struct http_request *r, struct upgrade *out);

/* Then those of a WebSocket: 400, and 426 for another version of it. */
void upgrade_socket(struct edge_context *ctx, const struct edge_mount *mount,
                    const struct http_request *r, struct upgrade *out);

/* Only the headers: for a path without users. */
void upgrade_headers(const struct http_request *r, struct upgrade *out);

/* It is refused: counted, and noted for operators. */
void upgrade_note_refused(struct world *w, const struct upgrade *u);

/* The 101 response, appended to `out`. */
void upgrade_respond(const struct upgrade *u, uint64_t unix_s, struct buf *out);
