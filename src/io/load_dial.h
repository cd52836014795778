/* io/load_dial.h -- sockets to servers, without waiting for them. */
#pragma once

#include "base/err.h"
#include "load/url.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct load_address {
    struct sockaddr_storage at;
    socklen_t len;
    bool loopback; /* 127.x.x.x: there are addresses enough to come from */
};

/* Asks the resolver. KITH_NONE: there is no such host. */
KITH_MUST_USE kith_err load_resolve(const struct url *url, struct load_address *out,
                                    kith_problem *why);

/* Whether somebody listens there; waits three seconds at most. KITH_IO: `why` names the URL. */
KITH_MUST_USE kith_err load_probe(const struct url *url, const struct load_address *a,
                                  kith_problem *why);

/* A socket on its way there, not blocking; it can be written to once it is open. On a loopback the
 * n-th user comes from one of many addresses, so that ports are no limit. A `small` one keeps as
 * little that has not been read as the system allows. -1: errno. */
int load_dial(const struct load_address *a, uint32_t n, bool small);
