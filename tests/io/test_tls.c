/* tests/io/test_tls.c -- a server's certificates: which files will do, what is said of those that
 * will not, and what new connections are shown. */
#include "certs.h"
#include "io/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { DAY_S = 86400 };

static struct certs certs;
static kith_problem why;

static int set_up(void **state)
{
    (void)state;
    certs_begin(&certs);
    certs_make(&certs, "a", "a.example", 30, CERT_EC);
    why.text[0] = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    certs_end(&certs);
    return 0;
}

static struct tls_pair pair(const char *cert, const char *key)
{
    return (struct tls_pair){certs_path(&certs, cert, "pem"), certs_path(&certs, key, "key")};
}

static kith_err checked(const char *cert, const char *key, uint64_t *expires_s)
{
    struct tls_pair p = pair(cert, key);
    return tls_pair_check(&p, expires_s, &why);
}

static void assert_refused(const char *cert, const char *key, const char *says)
{
    uint64_t at = 7;
    assert_int_equal(checked(cert, key, &at), KITH_BAD);
    if (!strstr(why.text, says)) fail_msg("\"%s\" does not say \"%s\"", why.text, says);
    assert_int_equal(at, 7);
}

static void assert_expires_in(uint64_t at_s, int days)
{
    int64_t off_s = (int64_t)at_s - ((int64_t)time(NULL) + (int64_t)days * DAY_S);
    assert_true(off_s >= -60 && off_s <= 60);
}

static void a_pair_that_will_do_tells_when_it_expires(void **state)
{
    (void)state;
    uint64_t at;
    certs_make(&certs, "r", "r.example", 90, CERT_RSA);
    assert_int_equal(checked("a", "a", &at), KITH_OK);
    assert_expires_in(at, 30);
    assert_int_equal(checked("r", "r", &at), KITH_OK);
    assert_expires_in(at, 90);
}

static void one_that_has_expired_will_do_and_says_so(void **state)
{
    (void)state;
    uint64_t at;
    certs_make(&certs, "old", "a.example", -3, CERT_EC);
    assert_int_equal(checked("old", "old", &at), KITH_OK);
    assert_expires_in(at, -3);
}

static void of_a_chain_the_first_to_expire_counts(void **state)
{
    (void)state;
    uint64_t at;
    certs_make(&certs, "ca", "ca.example", 5, CERT_EC);
    certs_chain(&certs, "a", "ca");
    assert_int_equal(checked("a", "a", &at), KITH_OK);
    assert_expires_in(at, 5);
}

static void what_will_not_do_is_told_with_what_to_do(void **state)
{
    (void)state;
    certs_make(&certs, "b", "b.example", 30, CERT_EC);
    certs_make(&certs, "r", "r.example", 30, CERT_RSA);
    certs_make(&certs, "small", "s.example", 30, CERT_RSA_SMALL);
    certs_make(&certs, "locked", "l.example", 30, CERT_EC);
    certs_lock(&certs, "locked");
    certs_write(&certs, "junk", "pem", "not a certificate\n");
    certs_write(&certs, "junk", "key", "not a key\n");
    certs_write(&certs, "torn", "pem",
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assert_refused("none", "a", "none.pem: No such file or directory; name a file");
    assert_refused("a", "none", "none.key: No such file or directory; name a file");
    assert_refused("junk", "a", "junk.pem holds no certificate as PEM; it begins with -----BEGIN");
    assert_refused("torn", "a", "torn.pem is no certificate that will do: ");
    assert_refused("small", "small", "small.pem is no certificate that will do: ee key too small");
    assert_refused("a", "junk", "junk.key holds no private key as PEM that can be used");
    assert_refused("a", "b", "is not that of the certificate in");
    assert_refused("a", "r", "is not that of the certificate in");
    assert_refused("locked", "locked", "wants a passphrase, and nobody is there to say it");
}

/* Which certificate a new connection would be shown to begin with. */
static bool shows(struct tls *t, const char *dns)
{
    SSL *ssl = tls_accept(t);
    assert_non_null(ssl);
    bool found = X509_check_host(SSL_get_certificate(ssl), dns, 0, 0, NULL) == 1;
    SSL_free(ssl);
    return found;
}

/* Of one or two certificates. */
static kith_err showing(struct tls *t, const char *first, const char *second)
{
    struct tls_shown *s = (struct tls_shown *)1;
    struct tls_options o = {.pairs = {pair(first, first)}, .count = 1};
    if (second) o.pairs[o.count++] = pair(second, second);
    kith_err e = tls_load(t, &o, &s, &why);
    if (e) assert_null(s);
    if (!e) tls_show(t, s);
    return e;
}

static struct tls *fresh(void)
{
    struct tls *t = tls_new();
    assert_non_null(t);
    return t;
}

static void before_anything_is_shown_nobody_gets_in(void **state)
{
    (void)state;
    struct tls *t = fresh();
    assert_null(tls_accept(t));
    assert_int_equal(tls_expires_s(t), 0);
    tls_free(t);
    tls_free(NULL);
    tls_shown_free(NULL);
}

static void new_connections_are_shown_what_the_files_held_last(void **state)
{
    (void)state;
    certs_make(&certs, "b", "b.example", 60, CERT_EC);
    struct tls *t = fresh();
    assert_int_equal(showing(t, "a", "b"), KITH_OK);
    SSL *before = tls_accept(t);
    assert_true(shows(t, "a.example"));
    assert_expires_in(tls_expires_s(t), 30);
    certs_make(&certs, "a", "new.example", 90, CERT_RSA);
    assert_true(shows(t, "a.example"));
    assert_int_equal(showing(t, "a", "b"), KITH_OK);
    assert_true(shows(t, "new.example"));
    assert_expires_in(tls_expires_s(t), 60);
    assert_int_equal(X509_check_host(SSL_get_certificate(before), "a.example", 0, 0, NULL), 1);
    SSL_free(before);
    tls_free(t);
}

static void what_cannot_be_read_whole_changes_nothing(void **state)
{
    (void)state;
    certs_make(&certs, "b", "b.example", 60, CERT_EC);
    struct tls *t = fresh();
    assert_int_equal(showing(t, "a", "b"), KITH_OK);
    certs_make(&certs, "a", "new.example", 90, CERT_EC);
    certs_write(&certs, "b", "key", "half of it\n");
    assert_int_equal(showing(t, "a", "b"), KITH_BAD);
    assert_non_null(strstr(why.text, "b.key"));
    assert_true(shows(t, "a.example"));
    assert_expires_in(tls_expires_s(t), 30);
    assert_int_equal(showing(t, "a", NULL), KITH_OK);
    assert_true(shows(t, "new.example"));
    tls_free(t);
}

static void what_is_read_may_never_be_shown(void **state)
{
    (void)state;
    struct tls *t = fresh();
    struct tls_shown *s;
    struct tls_options o = {.pairs = {pair("a", "a")}, .count = 1};
    assert_int_equal(tls_load(t, &o, &s, &why), KITH_OK);
    tls_shown_free(s);
    assert_null(tls_accept(t));
    tls_free(t);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pair_that_will_do_tells_when_it_expires),
        TEST(one_that_has_expired_will_do_and_says_so),
        TEST(of_a_chain_the_first_to_expire_counts),
        TEST(what_will_not_do_is_told_with_what_to_do),
        TEST(before_anything_is_shown_nobody_gets_in),
        TEST(new_connections_are_shown_what_the_files_held_last),
        TEST(what_cannot_be_read_whole_changes_nothing),
        TEST(what_is_read_may_never_be_shown),
    };
    return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
