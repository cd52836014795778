/* tests/edge/test_token_keys.c -- which keys a server takes, and what it says of the others. */
#include "token_support.h"
#include "vectors/jwt_tokens.h"
#include "vectors/phoenix_tokens.h"

#include "base/limits.h"
#include "failures.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

static void refuses(const struct token_key_options *o, const char *says)
{
    struct token_keys *k = token_keys_new();
    kith_problem why = {""};
    assert_int_equal(token_keys_add(k, o, &why), KITH_BAD);
    if (!strstr(why.text, says)) fail_msg("says: %s; expected: %s", why.text, says);
    assert_int_equal(token_keys_count(k), 0);
    assert_int_equal(token_keys_add(k, o, NULL), KITH_BAD); /* nobody need listen */
    token_keys_free(k);
}

static void refuses_pem(enum token_alg alg, const char *pem, const char *says)
{
    refuses(&(struct token_key_options){.kind = TOKEN_JWT, .alg = alg, .secret = slice_str(pem)},
            says);
}

static void no_keys_is_a_set_that_refuses_everybody(void **state)
{
    (void)state;
    struct token_keys *k = token_keys_new();
    assert_int_equal(token_keys_count(k), 0);
    assert_refused(k, KITH_LIT(JWT_RS256), JWT_NOW_S * 1000ull, "no key for JWTs is configured");
    assert_refused(k, KITH_LIT(PHOENIX_OTHER_SALT), PHOENIX_SIGNED_MS,
                   "no key for Phoenix tokens is configured");
    token_keys_free(k);
    token_keys_free(NULL);
}

static void a_secret_under_32_bytes_is_refused(void **state)
{
    (void)state;
    static const char secret[] = "0123456789abcdef0123456789abcdef";
    for (size_t n = 0; n < 32; n++) {
        struct token_key_options o = {.kind = TOKEN_JWT, .secret = slice_of(secret, n)};
        for (o.alg = TOKEN_HS256; o.alg <= TOKEN_HS512; o.alg++)
            refuses(&o, "at least 32");
        o.kind = TOKEN_PHOENIX;
        o.salt = "user socket";
        refuses(&o, "at least 32");
    }
    refuses(&(struct token_key_options){.kind = TOKEN_JWT}, "the secret has 0 bytes");
    token_keys_free(
        keys_of(&(struct token_key_options){.kind = TOKEN_JWT, .secret = slice_of(secret, 32)}, 1));
}

static void a_secret_without_end_is_refused(void **state)
{
    (void)state;
    char *huge = calloc(1, 65537);
    refuses(&(struct token_key_options){.kind = TOKEN_JWT, .secret = slice_of(huge, 65537)},
            "longer than 65536");
    token_keys_free(keys_of(
        &(struct token_key_options){.kind = TOKEN_JWT, .secret = slice_of(huge, 65536)}, 1));
    free(huge);
}

/* The server's half of algorithm confusion: HMAC keyed with a text that everybody knows. */
static void a_public_key_is_no_shared_secret(void **state)
{
    (void)state;
    for (enum token_alg alg = TOKEN_HS256; alg <= TOKEN_HS512; alg++)
        refuses_pem(alg, PEM_RSA, "this is a PEM key");
    refuses(&(struct token_key_options){.kind = TOKEN_PHOENIX,
                                        .secret = KITH_LIT(PEM_RSA),
                                        .salt = "user socket"},
            "this is a PEM key");
}

static void a_phoenix_key_needs_its_salt(void **state)
{
    (void)state;
    struct token_key_options o = {.kind = TOKEN_PHOENIX, .secret = KITH_LIT(PHOENIX_KEY_BASE)};
    refuses(&o, "salt is missing");
    o.salt = "";
    refuses(&o, "salt is missing");
}

/* P-256 but for its generator, which who made the key may choose so that it knows the private one
 * to anybody's public one (CVE-2020-0601). */
#define PEM_EC_WRITTEN_OUT                                                                         \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MIIBMzCB7AYHKoZIzj0CATCB4AIBATAsBgcqhkjOPQEBAiEA/////wAAAAEAAAAA\n"                           \
    "AAAAAAAAAAD///////////////8wRAQg/////wAAAAEAAAAAAAAAAAAAAAD/////\n"                           \
    "//////////wEIFrGNdiqOpPns+u9VXaYhrxlHQawzFOw9jvOPD4n0mBLBEEEfPJ7\n"                           \
    "GI0DT36KUjgDBLUaw8CJaeJ38hs1pgtI/EdmmXgHd1UQ247QQCk9msafdDDbun2t\n"                           \
    "5jzpgimeBLedInhz0QIhAP////8AAAAA//////////+85vqtpxeehPO5ysL8YyVR\n"                           \
    "AgEBA0IABJCa1OKLaW4deQ7k1lyo6ZPNJKWWCxQrD1uflrCvyX8l/xMpEFdCoBgR\n"                           \
    "070VVy34bY7QmpXEvEdXbxme5P0dqos=\n"                                                           \
    "-----END PUBLIC KEY-----\n"

static void a_public_key_must_be_of_the_algorithm(void **state)
{
    (void)state;
    refuses_pem(TOKEN_RS256, PEM_EC, "RS256 needs an RSA key");
    refuses_pem(TOKEN_RS256, PEM_ED25519, "RS256 needs an RSA key");
    refuses_pem(TOKEN_RS256, PEM_RSA_PSS, "RS256 needs an RSA key");
    refuses_pem(TOKEN_ES256, PEM_RSA, "curve P-256");
    refuses_pem(TOKEN_ES256, PEM_EC_P384, "curve P-256");
    refuses_pem(TOKEN_ES256, PEM_EC_SECP256K1, "curve P-256");
    refuses_pem(TOKEN_ES256, PEM_ED25519, "curve P-256");
    refuses_pem(TOKEN_ES256, PEM_EC_WRITTEN_OUT, "curve P-256");
    refuses_pem(TOKEN_EDDSA, PEM_EC, "Ed25519");
    refuses_pem(TOKEN_EDDSA, PEM_ED448, "Ed25519");
    refuses_pem(TOKEN_EDDSA, PEM_X25519, "Ed25519");
}

static void a_weak_rsa_key_is_refused(void **state)
{
    (void)state;
    refuses_pem(TOKEN_RS256, PEM_RSA_1024, "at least 2048 bits");
    refuses_pem(TOKEN_RS256, PEM_RSA_EXPONENT_ONE, "not a sound one");
}

/* A key whose modulus is any number of so many bits: nothing else of it is looked at before. */
static void write_rsa(int bits, char *pem, int room)
{
    BIGNUM *n = BN_new(), *e = BN_new();
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    assert_true(BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) && BN_set_word(e, 65537));
    assert_true(OSSL_PARAM_BLD_push_BN(build, "n", n) && OSSL_PARAM_BLD_push_BN(build, "e", e));
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
    int len = BIO_read(bio, pem, room - 1);
    assert_in_range(len, 1, room - 1);
    pem[len] = '\0';
    BIO_free(bio);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);
}

static void an_rsa_key_that_takes_long_to_check_is_refused(void **state)
{
    (void)state;
    char pem[4096];
    write_rsa(8200, pem, sizeof pem);
    refuses_pem(TOKEN_RS256, pem, "at most 8192 bits");
}

static void what_is_no_public_key_says_what_to_do(void **state)
{
    (void)state;
    for (enum token_alg alg = TOKEN_RS256; alg <= TOKEN_EDDSA; alg++) {
        refuses(&(struct token_key_options){.kind = TOKEN_JWT, .alg = alg},
                "-----BEGIN PUBLIC KEY-----");
        refuses_pem(alg, "", "-----BEGIN PUBLIC KEY-----");
        refuses_pem(alg, "hello", "-----BEGIN PUBLIC KEY-----");
        refuses_pem(alg, "-----BEGIN PRIVATE KEY-----\n", "openssl pkey -in FILE -pubout");
        refuses_pem(alg, "-----BEGIN RSA PRIVATE KEY-----\n", "openssl pkey -in FILE -pubout");
        refuses_pem(alg, "-----BEGIN EC PRIVATE KEY-----\n", "openssl pkey -in FILE -pubout");
        refuses_pem(alg, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "openssl pkey");
        refuses_pem(alg, PEM_EC "-----BEGIN PRIVATE KEY-----\n", "openssl pkey");
        refuses_pem(alg, "-----BEGIN CERTIFICATE-----\n", "openssl x509");
        refuses_pem(alg, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "damaged");
        refuses_pem(alg, "-----BEGIN PUBLIC KEY-----", "damaged");
    }
    refuses_pem(TOKEN_RS256, PEM_RSA_PKCS1, "openssl rsa -RSAPublicKey_in");
    refuses_pem(TOKEN_ES256, PEM_EC PEM_EC_OTHER, "a section of its own");
}

static void a_public_key_that_is_too_long_is_refused(void **state)
{
    (void)state;
    enum { LONG = 70000 };
    char *text = malloc(LONG + 1);
    assert_non_null(text);
    (void)snprintf(text, LONG + 1, "%s%*s", PEM_EC, (int)(LONG - strlen(PEM_EC)), "");
    refuses_pem(TOKEN_ES256, text, "too long");
    free(text);
}

static void without_a_kid_beside_it_a_key_may_have_one(void **state)
{
    (void)state;
    struct token_key_options o[] = {
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET)},
        {.kind = TOKEN_JWT, .secret = KITH_LIT("another " SECRET), .kid = "k1"},
        {.kind = TOKEN_JWT, .secret = KITH_LIT("a third " SECRET), .kid = "k2"}};
    token_keys_free(keys_of(o, 3));
}

static void empty_texts_are_refused(void **state)
{
    (void)state;
    struct token_key_options o = {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET)};
    const char **texts[] = {&o.kid, &o.user_path, &o.issuer, &o.audience};
    for (size_t i = 0; i < 4; i++) {
        *texts[i] = "";
        refuses(&o, "leave it out");
        *texts[i] = NULL;
    }
    o.max_age_s = -1;
    refuses(&o, "max_age is negative");
}

static void a_kid_twice_with_one_issuer_is_refused(void **state)
{
    (void)state;
    static const char *const issuers[] = {NULL, "https://one.example"};
    for (size_t i = 0; i < 2; i++) {
        struct token_key_options o = {
            .kind = TOKEN_JWT, .secret = KITH_LIT(SECRET), .kid = "k1", .issuer = issuers[i]};
        struct token_keys *k = keys_of(&o, 1);
        kith_problem why;
        o.secret = KITH_LIT("another " SECRET);
        assert_int_equal(token_keys_add(k, &o, &why), KITH_BAD);
        assert_non_null(strstr(why.text, "its own kid"));
        assert_int_equal(token_keys_count(k), 1);
        token_keys_free(k);
    }
}

static void a_kid_of_two_issuers_is_two_keys(void **state)
{
    (void)state;
    struct token_key_options o[] = {
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET), .kid = "k1", .issuer = "one"},
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET "2"), .kid = "k1", .issuer = "two"},
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET "3"), .kid = "k1"},
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET "4"), .kid = "k2", .issuer = "one"},
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET "5")},
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET "6")},
    };
    token_keys_free(keys_of(o, 6));
}

static void of_phoenix_keys_a_kid_tells_nothing_apart(void **state)
{
    (void)state;
    const struct token_key_options o[] = {
        {.kind = TOKEN_PHOENIX, .secret = KITH_LIT(SECRET), .salt = "one", .kid = "k1"},
        {.kind = TOKEN_PHOENIX, .secret = KITH_LIT(SECRET), .salt = "two", .kid = "k1"},
    };
    token_keys_free(keys_of(o, 2));
}

static void the_set_has_an_end(void **state)
{
    (void)state;
    struct token_key_options o = {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET)};
    struct token_keys *k = token_keys_new();
    for (int i = 0; i < TOKEN_KEYS_MAX; i++)
        assert_int_equal(token_keys_add(k, &o, NULL), KITH_OK);
    kith_problem why;
    assert_int_equal(token_keys_add(k, &o, &why), KITH_FULL);
    char text[32];
    snprintf(text, sizeof text, "more than %d keys", TOKEN_KEYS_MAX);
    assert_string_equal(why.text, text);
    token_keys_free(k);
}

static void the_set_keeps_nothing_of_its_caller(void **state)
{
    (void)state;
    char secret[] = SECRET, kid[] = "k1", claim[] = "uid", issuer[] = "me", audience[] = "you";
    struct token_keys *k = keys_of(&(struct token_key_options){.kind = TOKEN_JWT,
                                                               .secret = slice_str(secret),
                                                               .kid = kid,
                                                               .user_path = claim,
                                                               .issuer = issuer,
                                                               .audience = audience},
                                   1);
    memset(secret, 'x', sizeof secret);
    memset(kid, 'x', sizeof kid - 1);
    memset(claim, 'x', sizeof claim - 1);
    memset(issuer, 'x', sizeof issuer - 1);
    memset(audience, 'x', sizeof audience - 1);
    assert_good(
        k,
        jwt_of(KITH_LIT("{\"alg\":\"HS256\",\"kid\":\"k1\"}"),
               KITH_LIT("{\"uid\":\"42\",\"iss\":\"me\",\"aud\":\"you\",\"exp\":2000000000}")),
        JWT_NOW_S * 1000ull, "42");
    token_keys_free(k);
}

/* Every allocation of ours fails once; OpenSSL's own are out of reach. */
static void out_of_memory_adds_nothing(void **state)
{
    (void)state;
    struct token_key_options o = {.kind = TOKEN_JWT,
                                  .secret = KITH_LIT(SECRET),
                                  .kid = "k",
                                  .user_path = "u",
                                  .issuer = "i",
                                  .audience = "a"};
    alloc_fail(0, 1);
    struct token_keys *none = token_keys_new();
    alloc_heal();
    assert_null(none);
    for (size_t at = 0; at < 5; at++) {
        struct token_keys *k = token_keys_new();
        kith_problem why;
        alloc_fail(at, 1);
        kith_err e = token_keys_add(k, &o, &why);
        alloc_heal();
        assert_int_equal(e, KITH_NOMEM);
        assert_string_equal(why.text, "out of memory");
        assert_int_equal(token_keys_count(k), 0);
        token_keys_free(k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_keys_is_a_set_that_refuses_everybody),
        cmocka_unit_test(a_secret_under_32_bytes_is_refused),
        cmocka_unit_test(a_secret_without_end_is_refused),
        cmocka_unit_test(a_public_key_is_no_shared_secret),
        cmocka_unit_test(a_phoenix_key_needs_its_salt),
        cmocka_unit_test(a_public_key_must_be_of_the_algorithm),
        cmocka_unit_test(a_weak_rsa_key_is_refused),
        cmocka_unit_test(an_rsa_key_that_takes_long_to_check_is_refused),
        cmocka_unit_test(what_is_no_public_key_says_what_to_do),
        cmocka_unit_test(a_public_key_that_is_too_long_is_refused),
        cmocka_unit_test(without_a_kid_beside_it_a_key_may_have_one),
        cmocka_unit_test(empty_texts_are_refused),
        cmocka_unit_test(a_kid_twice_with_one_issuer_is_refused),
        cmocka_unit_test(a_kid_of_two_issuers_is_two_keys),
        cmocka_unit_test(of_phoenix_keys_a_kid_tells_nothing_apart),
        cmocka_unit_test(the_set_has_an_end),
        cmocka_unit_test(the_set_keeps_nothing_of_its_caller),
        cmocka_unit_test(out_of_memory_adds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, free_support);
}
