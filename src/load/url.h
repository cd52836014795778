/* load/url.h -- where a server is: ws://host[:port][/path], or wss://, as it is said to phoenix.js.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

enum { URL_HOST_BYTES_MAX = 253, URL_PATH_BYTES_MAX = 1000 };

struct url {
    char host[URL_HOST_BYTES_MAX + 1]; /* a name or an address; of IPv6 without its brackets */
    char port[6];
    char path[URL_PATH_BYTES_MAX + sizeof "/websocket"]; /* to be asked for: .../websocket */
    char authority[URL_HOST_BYTES_MAX + 10];             /* of the header Host */
    bool tls;                                            /* it is wss:// */
};

const char *url_scheme(const struct url *u); /* "ws" or "wss" */

/* http:// is ws://, https:// is wss://; without a port it is 80 or 443, without a path /socket.
 * KITH_BAD: `why` says what to do. */
KITH_MUST_USE kith_err url_read(const char *text, struct url *out, kith_problem *why);
