/* tests/io/tls_fixture.h -- tests/io/conn_fixture.h with clients that shake hands as the test says.
 */
#pragma once

#define OVER_TLS
#define SHAKES_ITSELF
#include "conn_fixture.h"

#include <openssl/x509v3.h>

/* A client's handshake from the first byte; whether it came to be one. */
static inline bool shakes(void)
{
    enum conn_state state;
    int result = peer_shakes(&state);
    return result == 1 && state != CONN_CLOSED && whole.tls.established;
}

/* With a new client of these versions. */
static inline bool shakes_by(int min, int max)
{
    peer_new();
    assert_int_equal(SSL_set_min_proto_version(ssl, min), 1);
    assert_int_equal(SSL_set_max_proto_version(ssl, max), 1);
    return shakes();
}

/* The same socket for another client: both forget what was. */
static inline void begin_anew(void)
{
    char left[4096];
    if (ssl) SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN); /* else its ticket counts as spoilt */
    tls_conn_fini(&whole.tls);
    edge_fini(&conn.edge, 0);
    while (recv(peer, left, sizeof left, 0) > 0 || recv(conn.fd, left, sizeof left, 0) > 0)
        ;
    tls_conn_init(&whole.tls, conn.fd, whole.tls.tls, &handshakes);
    conn.blocked = conn.lingering = false;
    handshakes.spent_us = 0;
    edge_init(&conn.edge, &ctx, conn.edge.slot);
    got_len = 0;
}

/* What alert the client has been sent, or "". */
static inline const char *alerted(void)
{
    for (unsigned long e; (e = ERR_get_error());)
        if (ERR_GET_REASON(e) > SSL_AD_REASON_OFFSET) return ERR_reason_error_string(e);
    return "";
}

static inline bool shows(const char *dns)
{
    return X509_check_host(SSL_get0_peer_certificate(ssl), dns, 0, 0, NULL) == 1;
}

static inline void heartbeats(void)
{
    got_len = 0;
    peer_says(HEARTBEAT);
    assert_int_equal(turns_until_quiet(), CONN_OPEN);
    assert_int_equal(times_heard("phx_reply"), 1);
}
