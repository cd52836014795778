/* io/load_tls.c -- TLS as the clients of a load speak it. */
#include "io/load_tls.h"

#include "io/tls_bio.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

struct load_tls {
    SSL_CTX *ctx;
    BIO_METHOD *bio;
};

struct load_tls_conn {
    SSL *ssl;
    struct tls_bio socket;
};

/* Whom they trust */

static bool trust(SSL_CTX *ctx, const char *ca_file)
{
    int done = ca_file ? SSL_CTX_load_verify_file(ctx, ca_file)
                       : SSL_CTX_set_default_verify_paths(ctx);
    return done == 1;
}

/* As a browser: 1.2 and 1.3, HTTP/1.1, and of an idle connection no buffers. */
static bool set_rules(SSL_CTX *ctx)
{
    static const unsigned char http[] = "\x08http/1.1";
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_alpn_protos(ctx, http, sizeof http - 1) == 0;
}

kith_err load_tls_new(const char *ca_file, struct load_tls **out, kith_problem *why)
{
    struct load_tls *t = *out = calloc(1, sizeof *t);
    if (t) t->ctx = SSL_CTX_new(TLS_client_method());
    if (t) t->bio = tls_bio_new_method();
    kith_err e = t && t->ctx && t->bio && set_rules(t->ctx)
                     ? KITH_OK
                     : problem(KITH_NOMEM, why, "no memory for TLS");
    if (!e && !trust(t->ctx, ca_file))
        e = problem(KITH_BAD, why, "--cacert %.200s cannot be read, or holds no certificate as PEM",
                    ca_file ? ca_file : "");
    ERR_clear_error();
    if (!e) return KITH_OK;
    load_tls_free(t);
    *out = NULL;
    return e;
}

void load_tls_free(struct load_tls *t)
{
    if (!t) return;
    SSL_CTX_free(t->ctx);
    BIO_meth_free(t->bio);
    free(t);
}

/* A connection */

/* An address is not named to the server (RFC 6066, section 3). */
static bool expect(SSL *ssl, const char *host)
{
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1) return true;
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

struct load_tls_conn *load_tls_begin(struct load_tls *t, int fd, const struct url *url)
{
    struct load_tls_conn *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->socket.fd = fd;
    c->ssl = SSL_new(t->ctx);
    if (c->ssl && expect(c->ssl, url->host) && tls_bio_attach(c->ssl, t->bio, &c->socket)) {
        SSL_set_connect_state(c->ssl);
        return c;
    }
    load_tls_end(c);
    return NULL;
}

void load_tls_end(struct load_tls_conn *c)
{
    if (!c) return;
    SSL_free(c->ssl);
    free(c);
}

static void forget_errors(void)
{
    ERR_clear_error();
    errno = 0;
}

/* What OpenSSL said to a call that did nothing. */
static int outcome(const struct load_tls_conn *c, int result)
{
    int what = SSL_get_error(c->ssl, result), error = errno;
    if (what == SSL_ERROR_ZERO_RETURN) return 0;
    if (what == SSL_ERROR_WANT_READ || what == SSL_ERROR_WANT_WRITE) return -EAGAIN;
    return what == SSL_ERROR_SYSCALL && error ? -error : -EPROTO;
}

static void explain(const struct load_tls_conn *c, const struct url *url, kith_problem *why)
{
    long verdict = SSL_get_verify_result(c->ssl);
    if (verdict != X509_V_OK)
        (void)problem(KITH_IO, why,
                      "wss://%.200s: its certificate is not trusted (%s); say the name that it is "
                      "for, and --cacert FILE if its CA is your own",
                      url->authority, X509_verify_cert_error_string(verdict));
    else
        (void)problem(KITH_IO, why,
                      "wss://%.200s: what answers there speaks no TLS, or none that is known here; "
                      "a kith whose config has no listen_tls = on is at ws://",
                      url->authority);
}

/* Each look at what has come may take all of it: the loop tells of an edge. */
int load_tls_shake(struct load_tls_conn *c, const struct url *url, kith_problem *why)
{
    c->socket.readable = UINT32_MAX;
    forget_errors();
    int result = SSL_do_handshake(c->ssl);
    if (result == 1) return 0;
    if (outcome(c, result) == -EAGAIN) return -EAGAIN;
    explain(c, url, why);
    return -EPROTO;
}

ssize_t load_tls_read(struct load_tls_conn *c, uint8_t *out, size_t max, bool *more)
{
    size_t len = 0, n;
    int result = 1;
    c->socket.readable = UINT32_MAX;
    forget_errors();
    while (len < max && (result = SSL_read_ex(c->ssl, out + len, max - len, &n)) == 1)
        len += n;
    int end = result == 1 ? 0 : outcome(c, result);
    *more = len && end != -EAGAIN;
    return len ? (ssize_t)len : end;
}

ssize_t load_tls_write(struct load_tls_conn *c, kith_slice bytes)
{
    size_t written;
    forget_errors();
    int result = SSL_write_ex(c->ssl, bytes.ptr, bytes.len, &written);
    return result == 1 ? (ssize_t)written : outcome(c, result);
}
