/* io/tls_pair.c -- a certificate and its private key, as two files of PEM; and a CA's. */
#include "io/tls_pair.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Nobody is there to be asked. */
static int no_passphrase(char *out, int size, int rwflag, void *asked)
{
    (void)out, (void)size, (void)rwflag;
    *(bool *)asked = true;
    return -1;
}

/* The first error is the reason; those behind it say what could not be done therefore. */
static int code(void) { return ERR_GET_REASON(ERR_peek_error()); }

static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_error());
    return text ? text : "it cannot be used";
}

static kith_err check_readable(const char *path, kith_problem *why)
{
    if (access(path, R_OK) == 0) return KITH_OK;
    return problem(KITH_BAD, why, "%.200s: %s; name a file that the server can read", path,
                   strerror(errno));
}

static kith_err load_certificate(SSL_CTX *ctx, const char *path, kith_problem *why)
{
    kith_err e = check_readable(path, why);
    if (e) return e;
    if (SSL_CTX_use_certificate_chain_file(ctx, path) == 1) return KITH_OK;
    if (code() == PEM_R_NO_START_LINE)
        return problem(KITH_BAD, why,
                       "%.200s holds no certificate as PEM; it begins with -----BEGIN "
                       "CERTIFICATE-----",
                       path);
    return problem(KITH_BAD, why, "%.200s is no certificate that will do: %s; make a new one", path,
                   reason());
}

static kith_err load_key(SSL_CTX *ctx, const struct tls_pair *pair, kith_problem *why)
{
    bool asked = false;
    kith_err e = check_readable(pair->key_file, why);
    if (e) return e;
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, &asked);
    bool read = SSL_CTX_use_PrivateKey_file(ctx, pair->key_file, SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb_userdata(ctx, NULL);
    if (read && SSL_CTX_check_private_key(ctx) == 1) return KITH_OK;
    if (asked)
        return problem(KITH_BAD, why,
                       "%.200s wants a passphrase, and nobody is there to say it; write it anew "
                       "without: openssl pkey -in OLD -out NEW",
                       pair->key_file);
    if (read || code() == X509_R_KEY_VALUES_MISMATCH || code() == X509_R_KEY_TYPE_MISMATCH)
        return problem(KITH_BAD, why,
                       "the key in %.150s is not that of the certificate in %.150s; name two that "
                       "were made together",
                       pair->key_file, pair->cert_file);
    return problem(KITH_BAD, why, "%.200s holds no private key as PEM that can be used: %s",
                   pair->key_file, reason());
}

static uint64_t unix_s_of(const ASN1_TIME *at)
{
    struct tm tm;
    time_t s = ASN1_TIME_to_tm(at, &tm) == 1 ? timegm(&tm) : 0;
    return s > 0 ? (uint64_t)s : 0;
}

/* One that is between it and its CA breaks it as well. */
static uint64_t expiry(const SSL_CTX *ctx)
{
    STACK_OF(X509) *chain = NULL;
    uint64_t first_s = unix_s_of(X509_get0_notAfter(SSL_CTX_get0_certificate(ctx)));
    (void)SSL_CTX_get0_chain_certs((SSL_CTX *)(uintptr_t)ctx, &chain);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        uint64_t s = unix_s_of(X509_get0_notAfter(sk_X509_value(chain, i)));
        if (s < first_s) first_s = s;
    }
    return first_s;
}

kith_err tls_pair_load(SSL_CTX *ctx, const struct tls_pair *pair, uint64_t *expires_s,
                       kith_problem *why)
{
    ERR_clear_error();
    kith_err e = load_certificate(ctx, pair->cert_file, why);
    if (!e) e = load_key(ctx, pair, why);
    if (!e) *expires_s = expiry(ctx);
    ERR_clear_error();
    return e;
}

kith_err tls_pair_check(const struct tls_pair *pair, uint64_t *expires_s, kith_problem *why)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx) return problem(KITH_NOMEM, why, "no memory for TLS");
    kith_err e = tls_pair_load(ctx, pair, expires_s, why);
    SSL_CTX_free(ctx);
    return e;
}

kith_err tls_ca_check(const char *path, kith_problem *why)
{
    kith_err e = check_readable(path, why);
    if (e) return e;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx) return problem(KITH_NOMEM, why, "no memory for TLS");
    if (SSL_CTX_load_verify_file(ctx, path) != 1)
        e = problem(KITH_BAD, why,
                    "%.200s holds no certificate as PEM; name the one of the CA that signed, which "
                    "begins with -----BEGIN CERTIFICATE-----",
                    path);
    SSL_CTX_free(ctx);
    ERR_clear_error();
    return e;
}
