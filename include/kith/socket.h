/* kith/socket.h -- the sockets a server offers: a path, who may connect there, and the channels
 * that are joined over it. A socket is one client's connection, by WebSocket or by long-poll. */
#pragma once

#include <kith/channel.h>
#include <kith/err.h>

struct kith_server;
struct kith_socket; /* valid during a callback */

/* By which ways clients may come. */
enum kith_transports {
    KITH_ALL_TRANSPORTS, /* the default */
    KITH_WEBSOCKET_ONLY,
    KITH_LONGPOLL_ONLY,
};

/* Callbacks run on the thread of the socket, one at a time for one socket, and must not wait. */
struct kith_socket_behaviour {
    const char *path; /* "/socket": clients connect to /socket/websocket and /socket/longpoll */

    /* What may be joined; ends with NULL. An exact pattern comes before a star, a longer star
     * before a shorter one. */
    const struct kith_channel_behaviour *const *channels;

    /* May this client connect? KITH_OK; anything else is refused with 403 and an empty body. It may
     * read the connect parameters (kith_socket_param), and sets the user (kith_socket_set_user),
     * and perhaps an id. One that refuses frees what it has assigned itself. NULL: the user is whom
     * the token of the configured keys names, or ?user_id= with `auth = none`. */
    kith_err (*connect)(struct kith_socket *s);

    /* The socket is gone; its channels have ended before. May be NULL. */
    void (*disconnect)(struct kith_socket *s);

    /* From which pages a browser may connect besides this host's own: as the config's
     * origins.allow, and then "//app.example" is that host with any scheme and port. Ends with
     * NULL; NULL: as the config says. */
    const char *const *origins;
    bool any_origin;    /* no page is refused */
    bool listed_origin; /* a page of this host's own must be listed, too */

    enum kith_transports transports;
    void *context; /* yours, see kith_socket_context */
};

/* A parameter of the query with which the client connects, decoded; a slice that lives as long as
 * the callback; the first of that name. In `connect` only. KITH_NONE: not there. KITH_BAD: not
 * UTF-8, or it is not connecting. KITH_FULL: 16 were asked for. KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_socket_param(struct kith_socket *s, const char *name,
                                                  kith_slice *out);

/* Who it is: 1 to 128 bytes of UTF-8 without NUL, copied. In `connect` only. KITH_BAD, KITH_NOMEM.
 */
KITH_API KITH_MUST_USE kith_err kith_socket_set_user(struct kith_socket *s, kith_slice user);
KITH_API kith_slice kith_socket_user(const struct kith_socket *s); /* empty: not set */

/* A name under which kith_server_disconnect finds it; several sockets may share one. 1 to 1024
 * bytes of UTF-8, copied. In `connect` only. KITH_BAD, KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_socket_set_id(struct kith_socket *s, kith_slice id);
KITH_API kith_slice kith_socket_id(const struct kith_socket *s);

/* A pointer of your own for the life of the socket; free it in `disconnect`, which is called for
 * every socket whose `connect` said KITH_OK. */
KITH_API void kith_socket_assign(struct kith_socket *s, void *assigns);
KITH_API void *kith_socket_assigns(const struct kith_socket *s);

KITH_API void *kith_socket_context(const struct kith_socket *s);              /* of its behaviour */
KITH_API struct kith_server *kith_socket_server(const struct kith_socket *s); /* whose it is */
KITH_API struct kith_socket *kith_channel_socket(const struct kith_channel *c); /* outlives it */

/* Offers sockets. Before the server starts; `b` must outlive it. KITH_EXISTS: the path is taken, or
 * one of its channels has a pattern twice. KITH_FULL: there are 16, or more than 64 origins.
 * KITH_BAD: no path of the form /name, no channels, a channel without join or without a topic
 * (whose star is its end), no origin of the forms above, or the server has started. */
KITH_API KITH_MUST_USE kith_err kith_server_socket(struct kith_server *s,
                                                   const struct kith_socket_behaviour *b);

/* Closes every socket that has this id, on every thread, and on every node that a bus reaches. They
 * may connect again, if their `connect` lets them. From any thread. No such socket is fine.
 * KITH_NOMEM; KITH_BAD: no socket can have it, or the server does not run. */
KITH_API KITH_MUST_USE kith_err kith_server_disconnect(struct kith_server *s, kith_slice id);
