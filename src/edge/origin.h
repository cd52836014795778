/* edge/origin.h -- from which web pages a browser may connect (RFC 6454 origins). */
#pragma once

#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

/* Each entry is an origin ("https:" and the host), a host after two slashes (any scheme and port),
 * or has a star for one whole first label of its host. Borrowed strings. */
struct origins {
    const char *allowed[ORIGINS_ALLOWED_MAX];
    unsigned count;
    bool any;         /* all are allowed */
    bool listed_only; /* the Host's own is not, unless it is listed */
};

/* No Origin at all passes: it is no browser. Else its host must be the Host's, or it must be
 * listed. */
bool origin_allowed(const struct origins *o, kith_slice origin, kith_slice host);

/* Whether `origin` is that of the pages of a server that is called `host`: a web page's, of the
 * same name and port. */
bool origin_is_of(kith_slice origin, kith_slice host);

/* `host` without its port. */
kith_slice origin_host_name(kith_slice host);

/* `host` names this machine itself: localhost or what is below it, 127.x.x.x, [::1], with or
 * without a port. */
bool origin_host_is_loopback(kith_slice host);
