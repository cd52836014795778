/* tests/io/tls_peer.h -- the peer of tests/io/conn_fixture.h as a client of TLS, by OpenSSL's own
 * buffers: what it says leaves as the socket takes it, and it reads as many bytes as it is told. */
#pragma once

#include "certs.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

static struct certs certs;
static struct tls *tls;
static struct tls_handshakes handshakes;
static SSL_CTX *client_ctx;
static SSL *ssl;           /* the client */
static BIO *from_us, *out; /* what it has been sent, and what it has to send */
static bool socket_ended;
static size_t fetched; /* bytes of the socket, ever */

static inline enum conn_state turn(void);

/* Sends what has been encrypted, as far as the socket takes it. */
static inline void peer_pump(void)
{
    char *bytes;
    size_t len = (size_t)BIO_get_mem_data(out, &bytes), done = 0;
    while (done < len) {
        ssize_t n = send(peer, bytes + done, len - done, MSG_NOSIGNAL);
        if (n <= 0) break;
        done += (size_t)n;
    }
    static char dropped[1 << 20];
    while (done) {
        int n = BIO_read(out, dropped, done < sizeof dropped ? (int)done : (int)sizeof dropped);
        assert_true(n > 0);
        done -= (size_t)n;
    }
}

enum { FETCH_MAX = 4096 };

/* Reads at most `max` bytes of the socket. False: there was nothing. */
static inline bool peer_fetch(size_t max)
{
    char bytes[FETCH_MAX];
    ssize_t n = recv(peer, bytes, max < sizeof bytes ? max : sizeof bytes, 0);
    if (n > 0) assert_int_equal(BIO_write(from_us, bytes, (int)n), n);
    if (n > 0) fetched += (size_t)n;
    if (n == 0 || (n < 0 && errno != EAGAIN)) socket_ended = true;
    return n > 0;
}

static inline void peer_new(void)
{
    SSL_free(ssl);
    ssl = SSL_new(client_ctx);
    from_us = BIO_new(BIO_s_mem());
    out = BIO_new(BIO_s_mem());
    assert_true(ssl && from_us && out);
    SSL_set_bio(ssl, from_us, out);
    SSL_set_connect_state(ssl);
    socket_ended = false;
}

/* One step of the client's handshake; 1: it is done, 0: it waits, -1: it failed. */
static inline int peer_step(void)
{
    peer_fetch(SIZE_MAX);
    ERR_clear_error();
    int result = SSL_do_handshake(ssl);
    bool waits = result != 1 && SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ;
    peer_pump();
    return result == 1 ? 1 : waits && !socket_ended ? 0 : -1;
}

/* The whole of it; what became of the client, and in *state of us. */
static inline int peer_shakes(enum conn_state *state)
{
    int result = 0;
    *state = CONN_OPEN;
    for (int i = 0; i < 100 && result == 0 && *state != CONN_CLOSED; i++) {
        result = peer_step();
        handshakes.spent_us = 0; /* as the worker does */
        *state = turn();
    }
    return result ? result : peer_step();
}

static inline kith_err tls_shows(struct tls *t, const struct tls_options *o)
{
    struct tls_shown *s;
    kith_err e = tls_load(t, o, &s, NULL);
    if (!e) tls_show(t, s);
    return e;
}

/* The certificate `a`, as its files are now. */
static inline void tls_shows_a(struct tls *t)
{
    struct tls_options o = {
        .pairs = {{certs_path(&certs, "a", "pem"), certs_path(&certs, "a", "key")}}, .count = 1};
    assert_int_equal(tls_shows(t, &o), KITH_OK);
}

static inline void tls_begin(void)
{
    certs_begin(&certs);
    certs_make(&certs, "a", "a.example", 30, CERT_EC);
    tls = tls_new();
    assert_non_null(tls);
    tls_shows_a(tls);
    client_ctx = SSL_CTX_new(TLS_client_method());
    assert_non_null(client_ctx);
    handshakes = (struct tls_handshakes){.stats = &world->stats};
    conn.tls = true;
    tls_conn_init(&whole.tls, conn.fd, tls, &handshakes);
}

static inline void peer_begins(void)
{
    enum conn_state state;
    tls_begin();
#ifndef SHAKES_ITSELF
    peer_new();
    assert_int_equal(peer_shakes(&state), 1);
    assert_int_equal(state, CONN_OPEN);
    assert_true(whole.tls.established);
    world->stats.sendmsg_calls = 0;
#else
    (void)state;
#endif
}

static inline void peer_ends(void)
{
    tls_conn_fini(&whole.tls);
    assert_int_equal(handshakes.count, 0);
    assert_null(handshakes.eldest);
    assert_null(handshakes.newest);
    SSL_free(ssl);
    ssl = NULL;
    SSL_CTX_free(client_ctx);
    tls_free(tls);
    certs_end(&certs);
}

static inline ssize_t peer_send(const void *bytes, size_t len)
{
    peer_pump();
    if (len) assert_int_equal(SSL_write(ssl, bytes, (int)len), len);
    peer_pump();
    return (ssize_t)len;
}

static inline ssize_t peer_recv(void *bytes, size_t len)
{
    int n;
    bool more = true;
    peer_pump();
    while (ERR_clear_error(), (n = SSL_read(ssl, bytes, (int)len)) <= 0 && more)
        more = peer_fetch(len) && len >= FETCH_MAX;
    if (n > 0) return n;
    if (SSL_get_error(ssl, n) != SSL_ERROR_WANT_READ || socket_ended) return 0;
    errno = EAGAIN;
    return -1;
}

/* It says that it sends no more, once all has left that it had to say. */
static inline void peer_stops(void)
{
    assert_true(SSL_shutdown(ssl) >= 0);
    peer_pump();
}
