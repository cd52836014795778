/* io/link_options.h -- the words that a link and its lanes share: which lane, to whom, and where
 * NATS is. */
#pragma once

#include "base/limits.h"
#include "base/slice.h"

#include <stdint.h>

enum link_lane { LINK_LIVE, LINK_BULK, LINK_LANES }; /* bulk never delays what is live */
enum link_where { LINK_HEARTBEAT, LINK_ALL, LINK_INBOX };

struct link_options {                /* all borrowed while the link is open; NULL and empty: none */
    const char *urls[LINK_URLS_MAX]; /* nats://HOST:PORT, tls://HOST:PORT; one is enough to reach */
    unsigned url_count;
    const char *node;             /* by which NATS lists the connections */
    const char *cluster;          /* letters, digits, - and _ */
    uint64_t inc;                 /* of the node: its inboxes */
    const char *credentials_file; /* NATS' own form; read again at each connect */
    const char *user;             /* with a password */
    kith_slice password, token;
    const char *ca_file, *cert_file, *key_file; /* PEM; the system's own CAs hold beside ca_file */
};
