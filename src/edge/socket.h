/* edge/socket.h -- a Phoenix socket as its channels know it: its user, and the way to its client.
 */
#pragma once

#include "edge/context.h"
#include "wire/phx.h"

struct kith_channel;

struct session {
    struct edge_context *ctx;
    uint32_t slot;
    enum phx_vsn vsn;
    uint32_t channel_count;
    struct kith_channel *channels;
    uint64_t device;         /* hash of the `device` connect parameter */
    uint64_t expires_at_ms;  /* of its token, unix; UINT64_MAX: never */
    uint64_t tokens_paid_ms; /* until when its checks of tokens are paid for, a second each */
    kith_slice user;         /* in bytes[] */
    uint8_t bytes[];
};

/* Puts a frame into the socket's outbox and lets go of it; NULL (no memory) closes the socket. */
void session_send(struct session *s, struct frame *f);
