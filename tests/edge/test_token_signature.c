/* tests/edge/test_token_signature.c -- the signature of a JWT: known answers, tokens of another
 * library, forgeries. */
#include "token_support.h"
#include "vectors/jwt_tokens.h"

#include "base/limits.h"
#include "edge/token_signature.h"
#include "wire/base64.h"

#include <openssl/err.h>

#define NOW_MS    (JWT_NOW_S * 1000ull)
#define RFC_MS    1300819380000ull /* exp of RFC 7515's example */
#define GOOD      "{\"sub\":\"42\",\"exp\":1700003600}"
#define WRONG     "its signature is wrong"
#define OTHER_ALG "its alg is not the key's"

static void the_examples_of_rfc_7515_are_good(void **state)
{
    (void)state;
    uint8_t secret[64];
    size_t n;
    assert_int_equal(base64url_decode(KITH_LIT(JWT_RFC7515_A1_KEY), secret, &n), KITH_OK);
    const struct {
        struct token_key_options key;
        const char *token;
    } examples[] = {
        {{.alg = TOKEN_HS256, .secret = slice_of(secret, n)}, JWT_RFC7515_A1},
        {{.alg = TOKEN_RS256, .secret = KITH_LIT(PEM_RFC7515_A2)}, JWT_RFC7515_A2},
        {{.alg = TOKEN_ES256, .secret = KITH_LIT(PEM_RFC7515_A3)}, JWT_RFC7515_A3},
    };
    for (size_t i = 0; i < 3; i++) {
        struct token_key_options o = examples[i].key;
        o.kind = TOKEN_JWT;
        o.user_path = "iss"; /* the only name in the example's payload */
        struct token_keys *k = keys_of(&o, 1);
        assert_good(k, slice_str(examples[i].token), RFC_MS, "joe");
        assert_expired(k, slice_str(examples[i].token), RFC_MS + TOKEN_LEEWAY_MS, "expired");
        token_keys_free(k);
    }
}

/* Its payload is a sentence, so only the signature can be judged. */
static void the_example_of_rfc_8037_is_well_signed(void **state)
{
    (void)state;
    struct token_key key = {.kind = TOKEN_JWT, .alg = TOKEN_EDDSA};
    kith_slice token = KITH_LIT(JWT_RFC8037_A4), part[3];
    uint8_t sig[100];
    size_t n;
    assert_int_equal(token_public_key(KITH_LIT(PEM_RFC8037_A4), TOKEN_EDDSA, &key.public, NULL),
                     KITH_OK);
    assert_true(token_split(token, part));
    assert_int_equal(base64url_decode(part[2], sig, &n), KITH_OK);
    kith_slice text = slice_head(token, token.len - part[2].len - 1);
    assert_true(token_signature_ok(&key, TOKEN_EDDSA, text, slice_of(sig, n)));
    sig[0] ^= 1;
    assert_false(token_signature_ok(&key, TOKEN_EDDSA, text, slice_of(sig, n)));
    EVP_PKEY_free(key.public);

    struct token_keys *k = pem_keys(TOKEN_EDDSA, PEM_RFC8037_A4);
    assert_refused(k, token, NOW_MS, "its payload is not a JSON object");
    token_keys_free(k);
}

static void tokens_of_another_library_are_good(void **state)
{
    (void)state;
    static const struct {
        enum token_alg alg;
        const char *pem, *token;
    } pairs[] = {{TOKEN_RS256, PEM_RSA, JWT_RS256},
                 {TOKEN_ES256, PEM_EC, JWT_ES256},
                 {TOKEN_EDDSA, PEM_ED25519, JWT_EDDSA}};
    for (size_t i = 0; i < 3; i++) {
        struct token_keys *k = pem_keys(pairs[i].alg, pairs[i].pem);
        struct token_claims claims;
        assert_good(k, slice_str(pairs[i].token), NOW_MS, "42");
        assert_int_equal(judge(k, slice_str(pairs[i].token), NOW_MS, &claims), KITH_OK);
        assert_int_equal(claims.expires_at_ms, NOW_MS + 3600 * 1000);
        for (size_t j = 0; j < 3; j++)
            if (j != i) assert_refused(k, slice_str(pairs[j].token), NOW_MS, OTHER_ALG);
        token_keys_free(k);
    }
}

static void each_hmac_is_its_keys_and_no_other(void **state)
{
    (void)state;
    static const char *const headers[] = {"{\"alg\":\"HS256\"}", "{\"alg\":\"HS384\"}",
                                          "{\"alg\":\"HS512\"}"};
    const EVP_MD *hashes[] = {EVP_sha256(), EVP_sha384(), EVP_sha512()};
    for (size_t i = 0; i < 27; i++) { /* the key's, the header's, the signer's */
        struct token_key_options o = {
            .kind = TOKEN_JWT, .alg = (enum token_alg)(i / 9), .secret = KITH_LIT(SECRET)};
        struct token_keys *k = keys_of(&o, 1);
        size_t header = i / 3 % 3, signer = i % 3;
        struct buf b = {0};
        put_b64(&b, slice_str(headers[header]));
        buf_putc(&b, '.');
        put_b64(&b, KITH_LIT(GOOD));
        put_hmac(&b, hashes[signer], KITH_LIT(SECRET));
        if (header != i / 9)
            assert_refused(k, buf_slice(&b), NOW_MS, OTHER_ALG);
        else if (signer != i / 9)
            assert_refused(k, buf_slice(&b), NOW_MS, WRONG);
        else
            assert_good(k, buf_slice(&b), NOW_MS, "42");
        buf_fini(&b);
        token_keys_free(k);
    }
}

static void a_public_key_signs_nothing(void **state)
{
    (void)state;
    struct token_keys *k = pem_keys(TOKEN_RS256, PEM_RSA);
    assert_refused(k, KITH_LIT(JWT_HS256_BY_RSA_PEM), NOW_MS, OTHER_ALG);
    token_keys_free(k);

    const struct token_key_options both[] = {
        {.kind = TOKEN_JWT, .alg = TOKEN_RS256, .secret = KITH_LIT(PEM_RSA)},
        {.kind = TOKEN_JWT, .alg = TOKEN_HS256, .secret = KITH_LIT(SECRET)},
    };
    k = keys_of(both, 2);
    assert_refused(k, KITH_LIT(JWT_HS256_BY_RSA_PEM), NOW_MS, WRONG);
    assert_good(k, KITH_LIT(JWT_RS256), NOW_MS, "42");
    assert_good(k, jwt(GOOD), NOW_MS, "42");
    token_keys_free(k);
}

static void another_algorithm_of_the_same_key_is_refused(void **state)
{
    (void)state;
    struct token_keys *k = pem_keys(TOKEN_RS256, PEM_RSA);
    assert_refused(k, KITH_LIT(JWT_RS256_AS_ES256), NOW_MS, OTHER_ALG);
    assert_refused(k, KITH_LIT(JWT_RS512_BY_RSA), NOW_MS, OTHER_ALG);
    assert_refused(k, KITH_LIT(JWT_PS256_BY_RSA), NOW_MS, WRONG);
    token_keys_free(k);
    k = pem_keys(TOKEN_ES256, PEM_EC);
    assert_refused(k, KITH_LIT(JWT_RS256_AS_ES256), NOW_MS, WRONG);
    assert_refused(k, KITH_LIT(JWT_ES256_OTHER), NOW_MS, WRONG);
    assert_refused(k, KITH_LIT(JWT_ES256_DER), NOW_MS, WRONG);
    token_keys_free(k);
}

/* The text of JWT_ES256 with a signature of our choice. */
static kith_slice es256_with(kith_slice sig)
{
    kith_slice token = KITH_LIT(JWT_ES256), part[3];
    assert_true(token_split(token, part));
    buf_clear(&minted);
    buf_put(&minted, slice_head(token, token.len - part[2].len));
    put_b64(&minted, sig);
    return buf_slice(&minted);
}

static void an_es256_signature_out_of_range_is_refused(void **state)
{
    (void)state;
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                                      0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    uint8_t real[64], numbers[5][32];
    size_t n;
    kith_slice part[3];
    assert_true(token_split(KITH_LIT(JWT_ES256), part));
    assert_int_equal(base64url_decode(part[2], real, &n), KITH_OK);
    memset(numbers[0], 0, 32);
    memcpy(numbers[1], order, 32);
    memcpy(numbers[2], order, 32);
    numbers[2][31]++;
    memset(numbers[3], 0xff, 32);
    memcpy(numbers[4], order, 32);
    numbers[4][31]--; /* in range, and wrong */

    struct token_keys *k = pem_keys(TOKEN_ES256, PEM_EC);
    assert_good(k, es256_with(slice_of(real, 64)), NOW_MS, "42");
    for (size_t r = 0; r <= 5; r++)
        for (size_t s = 0; s <= 5; s++) {
            uint8_t sig[64];
            memcpy(sig, r < 5 ? numbers[r] : real, 32);
            memcpy(sig + 32, s < 5 ? numbers[s] : real + 32, 32);
            if (r < 5 || s < 5) assert_refused(k, es256_with(slice_of(sig, 64)), NOW_MS, WRONG);
        }
    token_keys_free(k);
}

static void a_signature_of_another_length_is_refused(void **state)
{
    (void)state;
    static const struct {
        enum token_alg alg;
        const char *pem, *token;
    } pairs[] = {{TOKEN_RS256, PEM_RSA, JWT_RS256},
                 {TOKEN_ES256, PEM_EC, JWT_ES256},
                 {TOKEN_EDDSA, PEM_ED25519, JWT_EDDSA}};
    for (size_t i = 0; i < 3; i++) {
        struct token_keys *k = pem_keys(pairs[i].alg, pairs[i].pem);
        uint8_t sig[300] = {0};
        size_t n;
        kith_slice part[3], token = slice_str(pairs[i].token);
        assert_true(token_split(token, part));
        assert_int_equal(base64url_decode(part[2], sig, &n), KITH_OK);
        const size_t lens[] = {0, 1, n - 1, n + 1, 300};
        for (size_t j = 0; j < 5; j++) {
            buf_clear(&minted);
            buf_put(&minted, slice_head(token, token.len - part[2].len));
            put_b64(&minted, slice_of(sig, lens[j]));
            assert_refused(k, buf_slice(&minted), NOW_MS, WRONG);
        }
        token_keys_free(k);
    }
}

static void no_flipped_bit_and_no_cut_passes(void **state)
{
    (void)state;
    static const struct {
        enum token_alg alg;
        const char *pem, *token;
    } pairs[] = {{TOKEN_RS256, PEM_RSA, JWT_RS256},
                 {TOKEN_ES256, PEM_EC, JWT_ES256},
                 {TOKEN_EDDSA, PEM_ED25519, JWT_EDDSA},
                 {TOKEN_HS256, NULL, NULL}};
    for (size_t i = 0; i < 4; i++) {
        struct token_keys *k = pairs[i].pem ? pem_keys(pairs[i].alg, pairs[i].pem) : hs256_keys();
        kith_slice good = pairs[i].token ? slice_str(pairs[i].token) : jwt(GOOD);
        uint8_t copy[1024];
        struct token_claims claims;
        assert_good(k, good, NOW_MS, "42");
        for (size_t bit = 0; bit < good.len * 8; bit++) {
            memcpy(copy, good.ptr, good.len);
            copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            assert_int_equal(judge(k, slice_of(copy, good.len), NOW_MS, &claims), KITH_REFUSED);
        }
        for (size_t n = 0; n < good.len; n++)
            assert_int_equal(judge(k, slice_head(good, n), NOW_MS, &claims), KITH_REFUSED);
        token_keys_free(k);
    }
}

/* SSL_get_error looks into the queue of the thread: a refused token must not end somebody's TLS. */
static void a_refusal_leaves_nothing_in_openssls_error_queue(void **state)
{
    (void)state;
    ERR_clear_error();
    struct token_keys *k = pem_keys(TOKEN_RS256, PEM_RSA);
    assert_refused(k, KITH_LIT(JWT_PS256_BY_RSA), NOW_MS, WRONG);
    assert_int_equal(ERR_peek_error(), 0);
    token_keys_free(k);
    k = pem_keys(TOKEN_EDDSA, PEM_ED25519);
    assert_refused(k, KITH_LIT(JWT_RS256), NOW_MS, OTHER_ALG);
    assert_int_equal(ERR_peek_error(), 0);
    assert_int_equal(token_keys_add(k,
                                    &(struct token_key_options){.kind = TOKEN_JWT,
                                                                .alg = TOKEN_RS256,
                                                                .secret = KITH_LIT("no key")},
                                    NULL),
                     KITH_BAD);
    assert_int_equal(ERR_peek_error(), 0);
    token_keys_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_rfc_7515_are_good),
        cmocka_unit_test(the_example_of_rfc_8037_is_well_signed),
        cmocka_unit_test(tokens_of_another_library_are_good),
        cmocka_unit_test(each_hmac_is_its_keys_and_no_other),
        cmocka_unit_test(a_public_key_signs_nothing),
        cmocka_unit_test(another_algorithm_of_the_same_key_is_refused),
        cmocka_unit_test(an_es256_signature_out_of_range_is_refused),
        cmocka_unit_test(a_signature_of_another_length_is_refused),
        cmocka_unit_test(no_flipped_bit_and_no_cut_passes),
        cmocka_unit_test(a_refusal_leaves_nothing_in_openssls_error_queue),
    };
    return cmocka_run_group_tests(tests, NULL, free_support);
}
