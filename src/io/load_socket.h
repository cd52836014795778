/* io/load_socket.h -- a client's socket of a load, plain or with TLS. It never waits. */
#pragma once

#include "io/load_dial.h"
#include "io/load_tls.h"

struct load_socket {
    int fd; /* -1: there is none */
    struct load_tls_conn *tls;
};

/* To a wss:// URL TLS is spoken, from the first byte on. False: no memory. */
KITH_MUST_USE bool load_socket_secure(struct load_socket *s, struct load_tls *trust,
                                      const struct url *url);
void load_socket_close(struct load_socket *s); /* none is welcome */

/* It is connected, and something has come since it was asked last. 0: clients may speak; -EAGAIN:
 * not yet; -EPROTO: never, and `why` (NULL is welcome) says what to do. */
int load_socket_open(struct load_socket *s, const struct url *url, kith_problem *why);

/* As recv and send, a negative errno for -1. `more`: it is to be read again at once. What cannot be
 * sent whole is of a server that takes nothing: false, and the socket is of no use any more. */
ssize_t load_socket_read(struct load_socket *s, uint8_t *out, size_t max, bool *more);
bool load_socket_send(struct load_socket *s, kith_slice bytes);

/* Whether TLS is spoken there, by somebody who is trusted; waits three seconds at most. KITH_IO:
 * `why` says what to do. */
KITH_MUST_USE kith_err load_socket_probe(const struct url *url, const struct load_address *a,
                                         struct load_tls *trust, kith_problem *why);
