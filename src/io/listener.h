/* io/listener.h -- listening sockets. What is set on them, accepted sockets inherit. */
#pragma once

#include "base/err.h"
#include "wire/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Several sockets of one server share an address, and the kernel spreads connections over them. */
enum listener_place {
    LISTENER_ALONE,
    LISTENER_FIRST, /* nobody else listens there yet; LISTENER_NEXTs may follow */
    LISTENER_NEXT,
    LISTENER_TRIED, /* only to see whether one may listen there: nobody can connect */
};

/* Listens on ADDR:PORT or [v6]:PORT; no name but localhost is understood. Port 0 takes a free one.
 * KITH_BAD: not an address; KITH_EXISTS: the port is in use; KITH_REFUSED: another reason not to
 * listen there; `why` says which. */
KITH_MUST_USE kith_err listener_open(const char *address, enum listener_place place, int *fd,
                                     kith_problem *why);

/* As accept4, of sockets that do not block; `from` may be NULL. */
int listener_accept(int fd, struct address *from);

/* The port it has. */
uint16_t listener_port(int fd);

/* Replaces the port of ADDR:PORT. `out` has `size` bytes. */
void listener_with_port(const char *address, uint16_t port, char *out, size_t size);
