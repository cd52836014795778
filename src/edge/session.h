/* edge/session.h -- one Phoenix socket: its user, and the channels it has joined. Messages come in
 * decoded; answers go into the outbox of its slot. */
#pragma once

#include "edge/socket.h"

struct session_options {
    enum phx_vsn vsn;
    uint32_t slot;
    kith_slice user;
    kith_slice device;
    uint64_t expires_at_ms;
};

struct session *session_new(struct edge_context *ctx,
                            const struct session_options *o); /* NULL: no memory */

/* The socket is gone: all channels end; the presence lingers for `grace_ms`. */
void session_free(struct session *s, uint32_t grace_ms);

/* A whole text or binary message. KITH_BAD: fatal, the socket must be closed with 1011. `bytes` may
 * be changed. */
KITH_MUST_USE kith_err session_text(struct session *s, uint8_t *bytes, size_t len);
KITH_MUST_USE kith_err session_binary(struct session *s, kith_slice bytes);
