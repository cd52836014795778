/* examples/common.h -- what every example needs and none is about: a command line, a graph of
 * friends in a file, and sockets whose user is what ?user_id= says. */
#pragma once

#include <kith/kith.h>

struct example {
    const char *port;        /* --port */
    const char *graph;       /* --graph: lines "<user> <friend>"; or NULL */
    const char *api;         /* --api: a port for operators; or NULL */
    const char *workers;     /* --workers; "0": one for each core */
    const char *idle_ms;     /* --idle-ms, --longpoll-ms: times of the playground, for tests */
    const char *longpoll_ms; /* or NULL */
};

/* Reads the command line; prints usage or what is wrong with it, and ends the program. */
struct example example_arguments(int argc, char **argv, const char *about, const char *port);

/* A server at those ports of this machine, which keeps nothing. Ends the program if it cannot be
 * made. */
struct kith_server *example_server(const struct example *e);

/* Offers the sockets and serves until SIGTERM or Ctrl-C; returns the exit code. Frees the server.
 */
int example_run(struct kith_server *s, const struct kith_socket_behaviour *socket);

/* For struct kith_socket_behaviour.connect: who connects is whom ?user_id= names. No real server
 * does that. */
kith_err example_connect(struct kith_socket *s);

/* Whom `user` watches, by the graph: sets friends[0, max) and returns how many there are of them,
 * at most `max`. */
size_t example_friends(kith_slice user, kith_slice friends[], size_t max);
bool example_is_friend(kith_slice user, kith_slice other);

/* {"online_at":"<unix seconds>"}, as most Phoenix applications have it; in `out`, of 64 bytes. */
kith_slice example_meta(char *out);
