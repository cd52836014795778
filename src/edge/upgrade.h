/* edge/upgrade.h -- may this request become a WebSocket, and whose? (RFC 6455 section 4.2) */
#pragma once

#include "edge/context.h"
#include "wire/http.h"
#include "wire/phx.h"

struct upgrade {
    int status;            /* 101, or what to answer instead */
    char problem[128];     /* the body of a refusal that may say why; empty else */
    bool other_version;    /* of WebSocket, not 13: the refusal says which is spoken */
    bool phoenix_protocol; /* answer "Sec-WebSocket-Protocol: phoenix" */
    kith_slice key;        /* Sec-WebSocket-Key */
    enum phx_vsn vsn;
    kith_slice user, device; /* in the buffers below */
    uint64_t expires_at_ms;
    struct buf user_buf, device_buf;
};
void upgrade_fini(struct upgrade *u);

/* The checks in Phoenix's order: origin 403, version and who 403, headers 400. */
void upgrade_socket(const struct edge_context *ctx, const struct http_request *r,
                    struct upgrade *out);

/* Only the headers: for a path without users. */
void upgrade_headers(const struct http_request *r, struct upgrade *out);

/* The 101 response, appended to `out`. */
void upgrade_respond(const struct upgrade *u, uint64_t unix_s, struct buf *out);
