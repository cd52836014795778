/* bench/sockets.h -- many WebSocket clients of one server, in one thread: each dials, sends short
 * texts, and hands on what it is told. It knows nothing of what a message says. */
#pragma once

#include "base/slice.h"

#include <stdbool.h>

enum socket_kind {
    SOCKET_OPEN,    /* upgraded */
    SOCKET_REFUSED, /* no upgrade */
    SOCKET_TEXT,
    SOCKET_CLOSE, /* the server would like to close it */
    SOCKET_OTHER, /* another frame that is no text */
    SOCKET_CLOSED /* by the server */
};

struct socket_event {
    enum socket_kind kind;
    uint32_t who;
    kith_slice text; /* of a SOCKET_TEXT: its beginning, as much as was asked for; until you return
                      */
    uint32_t bytes;  /* of the whole frame, its header included */
};
typedef void (*socket_fn)(void *ctx, const struct socket_event *e);

struct sockets_options {
    uint32_t count;
    uint16_t port; /* of 127.0.0.1 */
    uint32_t keep; /* bytes of each text that are handed on; what is behind them is only counted */
    socket_fn on;
    void *ctx;
};

struct sockets;

struct sockets *sockets_new(const struct sockets_options *o); /* none is connected */
void sockets_free(struct sockets *s);                         /* closes all; NULL is welcome */

/* Dials, and asks for the upgrade at `path`. */
void sockets_dial(struct sockets *s, uint32_t who, const char *path);
__attribute__((format(printf, 3, 4))) void sockets_send(struct sockets *s, uint32_t who,
                                                        const char *fmt, ...);
void sockets_drop(struct sockets *s, uint32_t who); /* without a word */

/* Waits for bytes, at most `wait_us`, and takes a few clients' worth of them. */
void sockets_poll(struct sockets *s, double wait_us);
