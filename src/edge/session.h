/* edge/session.h -- one Phoenix socket: its user, and the channels it has joined. Messages come in
 * decoded; answers go into the outbox of its slot. */
#pragma once

#include "edge/socket.h"

struct session_options {
    enum phx_vsn vsn;
    uint32_t slot;
    kith_slice device;
    bool hidden; /* it begins so */
    uint64_t expires_at_ms;
};

/* Takes `socket` over. NULL: no memory; it is still the caller's. */
struct session *session_new(struct kith_socket *socket, const struct session_options *o);

/* The socket is gone: all channels end; the presence lingers for `grace_ms`. */
void session_free(struct session *s, uint32_t grace_ms);

/* A whole text or binary message. KITH_BAD: fatal, the socket must be closed with 1011. `bytes` may
 * be changed. */
KITH_MUST_USE kith_err session_text(struct session *s, uint8_t *bytes, size_t len);
KITH_MUST_USE kith_err session_binary(struct session *s, kith_slice bytes);

/* Its presence ends now, and its socket when the turn does. */
void session_send_away(struct session *s);

/* Sends away who is barred by now. Refuses joins that have waited too long; returns when to call
 * again (monotonic ms), since then one has, or messages need wait no more. UINT64_MAX: nothing
 * waits. */
uint64_t session_tick(struct session *s);

/* Hands what the shard has for channels (world.news) to them: after each message, and in each turn.
 * What this leads to comes with the next call. True: there is more. */
bool session_news(struct world *w);
