/* tests/support/certs.c -- certificates that sign themselves, and their keys. */
#include "certs.h"

#include <ftw.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

void certs_begin(struct certs *c)
{
    strcpy(c->dir, "/tmp/kith-certs-XXXXXX");
    assert_non_null(mkdtemp(c->dir));
}

static int drop(const char *path, const struct stat *s, int type, struct FTW *f)
{
    (void)s, (void)type, (void)f;
    return remove(path);
}

void certs_end(struct certs *c) { assert_int_equal(nftw(c->dir, drop, 8, FTW_DEPTH), 0); }

const char *certs_path(const struct certs *c, const char *name, const char *end)
{
    static char paths[4][96];
    static unsigned at;
    char *path = paths[at++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s.%s", c->dir, name, end);
    return path;
}

void certs_write(const struct certs *c, const char *name, const char *end, const char *text)
{
    FILE *f = fopen(certs_path(c, name, end), "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void add_name(X509 *x, const char *dns)
{
    char text[128];
    (void)snprintf(text, sizeof text, "DNS:%s", dns);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(x, e, -1), 1);
    X509_EXTENSION_free(e);
    X509_NAME *name = X509_get_subject_name(x);
    assert_int_equal(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)dns, -1, -1, 0),
        1);
    assert_int_equal(X509_set_issuer_name(x, name), 1);
}

static X509 *sign(EVP_PKEY *key, const char *dns, int days)
{
    static long serial;
    X509 *x = X509_new();
    assert_non_null(x);
    assert_int_equal(X509_set_version(x, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial), 1);
    assert_non_null(X509_time_adj_ex(X509_getm_notBefore(x), days < 0 ? days - 1 : -1, 0, NULL));
    assert_non_null(X509_time_adj_ex(X509_getm_notAfter(x), days, 0, NULL));
    add_name(x, dns);
    assert_int_equal(X509_set_pubkey(x, key), 1);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    return x;
}

static void put_key(const struct certs *c, const char *name, EVP_PKEY *key, const char *passphrase)
{
    FILE *f = fopen(certs_path(c, name, "key"), "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_PKCS8PrivateKey(f, key, passphrase ? EVP_aes_256_cbc() : NULL,
                                               passphrase, passphrase ? (int)strlen(passphrase) : 0,
                                               NULL, NULL),
                     1);
    assert_int_equal(fchmod(fileno(f), 0600), 0);
    assert_int_equal(fclose(f), 0);
}

void certs_make(const struct certs *c, const char *name, const char *dns, int days,
                enum cert_kind kind)
{
    EVP_PKEY *key = kind == CERT_EC          ? EVP_EC_gen("P-256")
                    : kind == CERT_RSA_SMALL ? EVP_RSA_gen(1024)
                                             : EVP_RSA_gen(2048);
    assert_non_null(key);
    X509 *x = sign(key, dns, days);
    FILE *f = fopen(certs_path(c, name, "pem"), "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, x), 1);
    assert_int_equal(fclose(f), 0);
    put_key(c, name, key, NULL);
    X509_free(x);
    EVP_PKEY_free(key);
}

void certs_lock(const struct certs *c, const char *name)
{
    FILE *f = fopen(certs_path(c, name, "key"), "r");
    assert_non_null(f);
    EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    assert_int_equal(fclose(f), 0);
    assert_non_null(key);
    put_key(c, name, key, "open sesame");
    EVP_PKEY_free(key);
}

void certs_chain(const struct certs *c, const char *name, const char *other)
{
    char text[8192];
    FILE *from = fopen(certs_path(c, other, "pem"), "r"),
         *to = fopen(certs_path(c, name, "pem"), "a");
    assert_true(from && to);
    size_t n = fread(text, 1, sizeof text, from);
    assert_int_equal(fwrite(text, 1, n, to), n);
    assert_int_equal(fclose(from), 0);
    assert_int_equal(fclose(to), 0);
}
