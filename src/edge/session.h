/* edge/session.h -- one Phoenix socket: its user, and the channels it has joined. Messages come in
 * decoded; answers go into the outbox of its slot. */
#pragma once

#include "edge/context.h"
#include "wire/phx.h"

struct session {
    struct edge_context *ctx;
    uint32_t slot;
    enum phx_vsn vsn;
    uint32_t channel_count;
    struct kith_channel *channels;
    uint64_t device;        /* hash of the `device` connect parameter */
    uint64_t expires_at_ms; /* of its token, unix; UINT64_MAX: never */
    kith_slice user;        /* in bytes[] */
    uint8_t bytes[];
};

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

/* Puts a frame into the socket's outbox and lets go of it; NULL (no memory) closes the socket. */
void session_send(struct session *s, struct frame *f);
