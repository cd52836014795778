/* edge/socket.h -- a Phoenix socket as its channels and its user's callbacks know it: who it is,
 * and the way to its client. */
#pragma once

#include "edge/context.h"
#include "wire/http.h"
#include "wire/phx.h"

struct kith_channel;

/* What is asked and said while a client connects (kith_socket_param, _set_user, _set_id). */
struct connecting {
    const struct http_request *request; /* NULL: its connect has returned */
    kith_slice user, id;
    struct buf user_bytes, id_bytes; /* in which they lie */
    struct buf params[16];           /* those that were asked for, decoded */
    unsigned param_count;
};

struct kith_socket {
    struct edge_context *ctx;
    const struct edge_mount *mount;
    struct connecting *connecting; /* NULL: it is a session's */
    void *assigns;
};

/* Borrowed from the socket; empty: none. */
kith_slice socket_user(const struct kith_socket *s);
kith_slice socket_id(const struct kith_socket *s);

/* There is one for every client, so its fields are no wider than they must be. */
struct session {
    struct kith_socket socket; /* first: a connected socket is found to be a session's */
    struct kith_channel *channels;
    uint64_t device;        /* hash of the `device` connect parameter */
    uint64_t expires_at_ms; /* of its token, unix; UINT64_MAX: never */
    uint64_t paid_until_us; /* what it has said and asked is paid for by then (mono): a message
                               costs little time, what is dear a second */
    uint32_t slot;
    uint32_t subscriber; /* to the socket's id, or SUBSCRIBER_NONE */
    uint16_t channel_count;
    uint16_t pending_count; /* of them, joins that are answered later */
    uint16_t id_len;
    uint8_t user_len;
    enum phx_vsn vsn : 4;
    bool closing : 1; /* to be closed when the edge next looks at it */
    uint8_t why : 2;  /* enum close_why */
    bool hidden : 1;  /* until its presence begins, which is to be hidden then */
    uint8_t bytes[];  /* user, id */
};
_Static_assert(sizeof(struct session) <= 80, "what an idle client costs");

static inline struct edge_context *session_context(const struct session *s)
{
    return s->socket.ctx;
}
static inline struct world *session_world(const struct session *s) { return s->socket.ctx->world; }

/* Puts a frame into the socket's outbox and lets go of it; NULL (no memory) closes the socket. */
void session_send(struct session *s, struct frame *f);

/* How long its presence lingers when it is closed as it is to be. */
static inline uint32_t session_closing_grace_ms(const struct session *s)
{
    bool crowded = s->why == CLOSE_CROWDED || s->why == CLOSE_FULL;
    return crowded ? session_context(s)->options->grace_ms : 0;
}

/* It has said a message, or so many at once. */
void session_pay(struct session *s, unsigned messages);

/* Since it has said too much, what else it says waits: until then (monotonic ms). 0: it does not.
 */
uint64_t session_waits(const struct session *s);

/* Whether it may ask for what is dear, a check of a token or a change of the rules, with a message
 * of so many bytes: some in a burst, then one a second, or every five seconds if they are long. */
bool session_may_ask(struct session *s, size_t bytes);

/* kith/socket.h */
kith_err socket_param(struct kith_socket *s, const char *name, kith_slice *out);
kith_err socket_set_user(struct kith_socket *s, kith_slice user);
kith_err socket_set_id(struct kith_socket *s, kith_slice id);

void connecting_fini(struct connecting *c);
