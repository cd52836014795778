/* io/tls.c -- the certificates of a server, and what its listeners speak with them. */
#include "io/tls.h"

#include "base/assert.h"
#include "io/system.h"
#include "io/tickets.h"
#include "io/tls_bio.h"

#include <openssl/core_names.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

/* Forward secrecy and authenticated encryption alone (RFC 9325); TLS 1.3 has nothing else. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"
#define GROUPS  "X25519:P-256:P-384"

/* What is shown to new connections. */
struct tls_shown {
    SSL_CTX *all[TLS_CERTIFICATES_MAX];
    unsigned count;
    uint64_t expires_s;
};

struct tls {
    struct tickets tickets;
    BIO_METHOD *bio;
    pthread_mutex_t lock; /* of `shown`, at handshakes and reloads */
    struct tls_shown *shown;
};

void tls_shown_free(struct tls_shown *s)
{
    for (unsigned i = 0; s && i < s->count; i++)
        SSL_CTX_free(s->all[i]);
    free(s);
}

/* What OpenSSL asks while it shakes hands */

/* The first certificate that is for the host which the client names (RFC 6066), else the first: a
 * client that minds sees its own reason to refuse it. */
static SSL_CTX *for_host(const struct tls_shown *s, const char *host)
{
    for (unsigned i = 0; i < s->count; i++)
        if (X509_check_host(SSL_CTX_get0_certificate(s->all[i]), host, 0, 0, NULL) == 1)
            return s->all[i];
    return s->all[0];
}

static int pick_certificate(SSL *ssl, int *alert, void *arg)
{
    struct tls *t = arg;
    const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert;
    if (!host) return SSL_TLSEXT_ERR_NOACK;
    pthread_mutex_lock(&t->lock);
    bool done = SSL_set_SSL_CTX(ssl, for_host(t->shown, host)) != NULL;
    pthread_mutex_unlock(&t->lock);
    return done ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* Who offers protocols, and HTTP/1.1 is not among them, would not understand a word (RFC 7301). */
static int pick_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                         const unsigned char *in, unsigned in_len, void *arg)
{
    static const unsigned char http[] = "\x08http/1.1";
    unsigned char *picked;
    (void)ssl, (void)arg;
    int found = SSL_select_next_proto(&picked, out_len, http, sizeof http - 1, in, in_len);
    *out = picked;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool set_keys(const struct ticket_key *k, const unsigned char *iv, EVP_CIPHER_CTX *cipher,
                     EVP_MAC_CTX *mac, int seals)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, sizeof digest - 1),
        OSSL_PARAM_octet_string(OSSL_MAC_PARAM_KEY, (void *)(uintptr_t)k->mac, sizeof k->mac),
        OSSL_PARAM_END};
    return EVP_MAC_CTX_set_params(mac, params) == 1 &&
           EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, k->cipher, iv, seals) == 1;
}

/* SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 1 done, 2 and a new ticket, 0 unknown, -1 failed. */
static int ticket_keys(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                       EVP_MAC_CTX *mac, int seals)
{
    struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    struct ticket_key k;
    uint64_t now_ms = system_now().mono_ms;
    kith_err e = KITH_OK;
    if (seals) {
        tickets_seal(&t->tickets, now_ms, &k);
        memcpy(name, k.name, sizeof k.name);
        system_random(iv, EVP_MAX_IV_LENGTH);
    } else {
        e = tickets_open(&t->tickets, now_ms, name, &k);
    }
    if (e == KITH_NONE) return 0;
    bool set = set_keys(&k, iv, cipher, mac, seals);
    OPENSSL_cleanse(&k, sizeof k);
    if (!set) return -1;
    return e || SSL_version(ssl) >= TLS1_3_VERSION ? 2 : 1; /* one of 1.3 is used once */
}

/* Making */

static bool set_rules(struct tls *t, SSL_CTX *ctx)
{
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx, 1); /* a record's head and body by one system call */
    /* What resumes is in the client's ticket: nothing is kept here, and any thread opens it. */
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(ctx, TICKET_KEY_MS / 1000);
    SSL_CTX_set_num_tickets(ctx, 1);
    SSL_CTX_set_app_data(ctx, t);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, ticket_keys);
    SSL_CTX_set_tlsext_servername_callback(ctx, pick_certificate);
    SSL_CTX_set_tlsext_servername_arg(ctx, t);
    SSL_CTX_set_alpn_select_cb(ctx, pick_protocol, NULL);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ctx, CIPHERS) == 1 && SSL_CTX_set1_groups_list(ctx, GROUPS) == 1;
}

static kith_err add(struct tls *t, struct tls_shown *s, const struct tls_pair *pair,
                    kith_problem *why)
{
    uint64_t expires_s = 0;
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx || !set_rules(t, ctx)) {
        SSL_CTX_free(ctx);
        return problem(KITH_NOMEM, why, "no memory for TLS");
    }
    kith_err e = tls_pair_load(ctx, pair, &expires_s, why);
    if (e) {
        SSL_CTX_free(ctx);
        return e;
    }
    if (!s->count || expires_s < s->expires_s) s->expires_s = expires_s;
    s->all[s->count++] = ctx;
    return KITH_OK;
}

kith_err tls_load(struct tls *t, const struct tls_options *o, struct tls_shown **out,
                  kith_problem *why)
{
    KITH_ASSERT(o->count > 0 && o->count <= TLS_CERTIFICATES_MAX);
    struct tls_shown *s = *out = calloc(1, sizeof *s);
    kith_err e = s ? KITH_OK : problem(KITH_NOMEM, why, "no memory for TLS");
    for (unsigned i = 0; i < o->count && !e; i++)
        e = add(t, s, &o->pairs[i], why);
    if (!e) return KITH_OK;
    tls_shown_free(s);
    *out = NULL;
    return e;
}

void tls_show(struct tls *t, struct tls_shown *s)
{
    pthread_mutex_lock(&t->lock);
    struct tls_shown *old = t->shown;
    t->shown = s;
    pthread_mutex_unlock(&t->lock);
    tls_shown_free(old); /* connections have references of their own */
}

struct tls *tls_new(void)
{
    struct tls *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    tickets_init(&t->tickets, system_now().mono_ms);
    pthread_mutex_init(&t->lock, NULL);
    t->bio = tls_bio_new_method();
    if (t->bio) return t;
    tls_free(t);
    return NULL;
}

void tls_free(struct tls *t)
{
    if (!t) return;
    tls_shown_free(t->shown);
    BIO_meth_free(t->bio);
    pthread_mutex_destroy(&t->lock);
    tickets_fini(&t->tickets);
    free(t);
}

uint64_t tls_expires_s(struct tls *t)
{
    pthread_mutex_lock(&t->lock);
    uint64_t expires_s = t->shown ? t->shown->expires_s : 0;
    pthread_mutex_unlock(&t->lock);
    return expires_s;
}

SSL *tls_accept(struct tls *t)
{
    pthread_mutex_lock(&t->lock);
    SSL_CTX *ctx = t->shown ? t->shown->all[0] : NULL;
    bool held = ctx && SSL_CTX_up_ref(ctx) == 1;
    pthread_mutex_unlock(&t->lock);
    if (!held) return NULL;
    SSL *ssl = SSL_new(ctx);
    SSL_CTX_free(ctx);
    if (ssl) SSL_set_accept_state(ssl);
    return ssl;
}

const BIO_METHOD *tls_bio_method(const struct tls *t) { return t->bio; }
