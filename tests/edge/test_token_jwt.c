/* tests/edge/test_token_jwt.c -- the form of a JWT, and which key it is for. */
#include "token_support.h"
#include "vectors/jwt_tokens.h"

#include "base/limits.h"
#include "edge/token_key.h"

#define NOW_MS    (JWT_NOW_S * 1000ull)
#define GOOD      "{\"sub\":\"42\",\"exp\":1700003600}"
#define NO_HEADER "its header is not a JSON object"
#define OTHER_ALG "its alg is not the key's"

static kith_slice with_header(const char *header)
{
    return jwt_of(slice_str(header), KITH_LIT(GOOD));
}

static void alg_none_is_refused_however_it_is_spelt(void **state)
{
    (void)state;
    static const char *const spellings[] = {"none", "None", "NONE", "nOnE", "", "HS256 ", "hs256"};
    struct token_keys *k = hs256_keys();
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        char header[64];
        snprintf(header, sizeof header, "{\"alg\":\"%s\",\"typ\":\"JWT\"}", spellings[i]);
        kith_slice token = with_header(header);
        assert_refused(k, token, NOW_MS, OTHER_ALG); /* even signed by the key */
        size_t bare = token.len - 43;
        assert_refused(k, slice_head(token, bare), NOW_MS, OTHER_ALG);
        assert_refused(k, slice_head(token, bare - 1), NOW_MS, "neither a JWT nor a Phoenix.Token");
    }
    token_keys_free(k);
}

static void keys_that_come_with_a_token_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"crit", "jku", "x5u", "jwk", "x5c"};
    static const char *const values[] = {"null",      "[]", "[\"exp\"]",
                                         "[\"b64\"]", "{}", "\"https://attacker.example/keys\""};
    struct token_keys *k = hs256_keys();
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < sizeof values / sizeof values[0]; j++) {
            char header[128], reason[128];
            snprintf(header, sizeof header, "{\"alg\":\"HS256\",\"%s\":%s}", names[i], values[j]);
            snprintf(reason, sizeof reason,
                     i ? "its header has %s: keys come from the configuration only"
                       : "its header has %s, and no extension is supported",
                     names[i]);
            assert_refused(k, with_header(header), NOW_MS, reason);
        }
    assert_good(k, with_header("{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"x5t\":\"abc\"}"), NOW_MS,
                "42");
    token_keys_free(k);
}

static void a_kid_must_be_equal_byte_for_byte(void **state)
{
    (void)state;
    struct token_key_options o = {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET), .kid = "key-1"};
    struct token_keys *k = keys_of(&o, 1);
    static const char *const others[] = {"",
                                         "key-",
                                         "key-11",
                                         "KEY-1",
                                         "key-1 ",
                                         "./key-1",
                                         "../../../../dev/null",
                                         "/etc/passwd",
                                         "https://attacker.example/key-1",
                                         "key-1' OR '1'='1",
                                         "*"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char header[128];
        snprintf(header, sizeof header, "{\"alg\":\"HS256\",\"kid\":\"%s\"}", others[i]);
        assert_refused(k, with_header(header), NOW_MS, "no key has its kid");
    }
    assert_good(k, with_header("{\"alg\":\"HS256\",\"kid\":\"key-1\"}"), NOW_MS, "42");
    assert_good(k, with_header("{\"alg\":\"HS256\",\"kid\":\"key\\u002d1\"}"), NOW_MS, "42");
    assert_refused(k, with_header("{\"alg\":\"HS256\",\"kid\":\"key-1\\u0000\"}"), NOW_MS,
                   NO_HEADER);
    assert_refused(k, jwt(GOOD), NOW_MS, "it has no kid, and each key has");
    static const char *const no_text[] = {"null", "1", "[\"key-1\"]", "{}", "true"};
    for (size_t i = 0; i < 5; i++) {
        char header[128];
        snprintf(header, sizeof header, "{\"alg\":\"HS256\",\"kid\":%s}", no_text[i]);
        assert_refused(k, with_header(header), NOW_MS, "its kid is not a string");
    }
    token_keys_free(k);
}

static void a_key_without_kid_is_for_tokens_without_one(void **state)
{
    (void)state;
    struct token_keys *k = hs256_keys();
    assert_good(k, jwt(GOOD), NOW_MS, "42");
    assert_refused(k, with_header("{\"alg\":\"HS256\",\"kid\":\"key-1\"}"), NOW_MS,
                   "no key has its kid");
    assert_refused(k, with_header("{\"alg\":\"HS256\",\"kid\":\"\"}"), NOW_MS,
                   "no key has its kid");
    token_keys_free(k);
}

static void keys_without_kid_are_all_tried(void **state)
{
    (void)state;
    const struct token_key_options o[] = {
        {.kind = TOKEN_JWT, .alg = TOKEN_EDDSA, .secret = KITH_LIT(PEM_ED25519)},
        {.kind = TOKEN_JWT, .secret = KITH_LIT("before the rotation " SECRET)},
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET)},
        {.kind = TOKEN_JWT, .alg = TOKEN_ES256, .secret = KITH_LIT(PEM_EC)},
    };
    struct token_keys *k = keys_of(o, 4);
    assert_good(k, jwt(GOOD), NOW_MS, "42");
    assert_good(k, KITH_LIT(JWT_EDDSA), NOW_MS, "42");
    assert_good(k, KITH_LIT(JWT_ES256), NOW_MS, "42");
    assert_refused(k, KITH_LIT(JWT_RS256), NOW_MS, OTHER_ALG);
    token_keys_free(k);
}

static void one_kid_of_two_issuers_is_two_keys(void **state)
{
    (void)state;
    const struct token_key_options o[] = {
        {.kind = TOKEN_JWT, .secret = KITH_LIT("of one " SECRET), .kid = "k1", .issuer = "one"},
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET), .kid = "k1", .issuer = "two"},
    };
    static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"k1\"}";
    struct token_keys *k = keys_of(o, 2);
    kith_slice two =
        jwt_of(slice_str(header), KITH_LIT("{\"sub\":\"42\",\"exp\":1700003600,\"iss\":\"two\"}"));
    assert_good(k, two, NOW_MS, "42");
    /* The key of two cannot speak for one. */
    kith_slice one =
        jwt_of(slice_str(header), KITH_LIT("{\"sub\":\"42\",\"exp\":1700003600,\"iss\":\"one\"}"));
    assert_refused(k, one, NOW_MS, "its iss is another");
    token_keys_free(k);
}

static void a_key_that_signed_is_not_outvoted_by_those_that_did_not(void **state)
{
    (void)state;
    const struct token_key_options o[] = {
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET), .audience = "web"},
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET), .audience = "app"},
        {.kind = TOKEN_JWT, .secret = KITH_LIT("another " SECRET)},
    };
    struct token_keys *k = keys_of(o, 3);
    assert_good(k, jwt("{\"sub\":\"42\",\"exp\":1700003600,\"aud\":\"web\"}"), NOW_MS, "42");
    assert_good(k, jwt("{\"sub\":\"42\",\"exp\":1700003600,\"aud\":\"app\"}"), NOW_MS, "42");
    assert_expired(k, jwt("{\"sub\":\"42\",\"exp\":1600000000,\"aud\":\"app\"}"), NOW_MS,
                   "expired");
    token_keys_free(k);
}

static void a_header_that_is_no_plain_object_is_refused(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "",
        "[]",
        "null",
        "\"HS256\"",
        "{",
        "{\"alg\":\"HS256\"}}",
        "{\"alg\":\"HS256\"} {}",
        "{\"alg\":\"none\",\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}",
        "{\"alg\":\"HS256\",\"a\":{\"b\":1,\"b\":2}}",
        "{'alg':'HS256'}",
        "{\"alg\":\"HS256\",}",
        "{\"alg\":\"HS256\",\"x\":\"\xff\"}",
        "\xef\xbb\xbf{\"alg\":\"HS256\"}",
    };
    struct token_keys *k = hs256_keys();
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        assert_refused(k, with_header(headers[i]), NOW_MS, NO_HEADER);
    assert_refused(k, with_header("{}"), NOW_MS, "its header names no alg");
    assert_refused(k, with_header("{\"alg\":null}"), NOW_MS, "its header names no alg");
    assert_refused(k, with_header("{\"alg\":256}"), NOW_MS, "its header names no alg");
    assert_refused(k, with_header("{\"alg\":[\"HS256\"]}"), NOW_MS, "its header names no alg");
    assert_good(k, with_header(" {\"alg\" : \"HS256\"}\r\n"), NOW_MS, "42");
    token_keys_free(k);
}

/* One part of a good token replaced by a text; whatever is wrong in it, nobody gets in. */
static void refuses_part(const struct token_keys *k, int which, kith_slice text)
{
    struct token_claims claims;
    struct buf b = {0};
    kith_slice part[3];
    assert_true(token_split(jwt(GOOD), part));
    part[which] = text;
    for (int i = 0; i < 3; i++) {
        if (i) buf_putc(&b, '.');
        buf_put(&b, part[i]);
    }
    assert_int_equal(judge(k, buf_slice(&b), NOW_MS, &claims), KITH_REFUSED);
    buf_fini(&b);
}

static void no_part_may_be_padded_spaced_or_foreign(void **state)
{
    (void)state;
    static const char *const tails[] = {"=", "==",  " ", "\n", "\r\n", "\t", "+",
                                        "/", "%3D", "A", "AA", "AAAA", ".",  ".."};
    struct token_keys *k = hs256_keys();
    for (int which = 0; which < 3; which++) {
        struct buf b = {0};
        kith_slice part[3];
        for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
            buf_clear(&b);
            assert_true(token_split(jwt(GOOD), part));
            buf_put(&b, part[which]);
            buf_puts(&b, tails[i]);
            refuses_part(k, which, buf_slice(&b));
        }
        buf_clear(&b);
        buf_putc(&b, ' ');
        buf_put(&b, part[which]);
        refuses_part(k, which, buf_slice(&b));
        buf_putc(&b, 0);
        refuses_part(k, which, buf_slice(&b));
        buf_fini(&b);
    }
    token_keys_free(k);
}

static void bits_to_spare_in_base64url_must_be_zero(void **state)
{
    (void)state;
    struct token_keys *k = hs256_keys();
    struct buf copy = {0};
    buf_put(&copy, jwt(GOOD));
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t accepted = 0;
    for (int i = 0; i < 64; i++) { /* 32 bytes in 43 characters: the last one has 2 to spare */
        struct token_claims claims;
        copy.ptr[copy.len - 1] = (uint8_t)letters[i];
        accepted += judge(k, buf_slice(&copy), NOW_MS, &claims) == KITH_OK;
    }
    assert_int_equal(accepted, 1);
    buf_fini(&copy);
    token_keys_free(k);
}

/* Signed as it is, so that only the base64url of the payload is wrong. */
static void a_signed_payload_is_strict_base64url_too(void **state)
{
    (void)state;
    static const char *const tails[] = {"=", "A", " ", "+"};
    struct token_keys *k = hs256_keys();
    for (size_t i = 0; i < 4; i++) {
        struct buf b = {0};
        put_b64(&b, KITH_LIT("{\"alg\":\"HS256\"}"));
        buf_putc(&b, '.');
        put_b64(&b, KITH_LIT("{\"sub\":\"42\",\"exp\":17000036000}"));
        buf_puts(&b, tails[i]);
        put_hmac(&b, EVP_sha256(), KITH_LIT(SECRET));
        assert_refused(k, buf_slice(&b), NOW_MS, "its payload is not base64url");
        buf_fini(&b);
    }
    token_keys_free(k);
}

static void parts_are_three(void **state)
{
    (void)state;
    struct token_keys *k = hs256_keys();
    static const char *const texts[] = {"a",         ".",    "a.b",     "a.b.c.d",
                                        "a.b.c.d.e", "....", "Bearer x"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_refused(k, slice_str(texts[i]), NOW_MS, "neither a JWT nor a Phoenix.Token");
    assert_refused(k, KITH_LIT(""), NOW_MS, "no token");
    assert_refused(k, KITH_LIT(".."), NOW_MS, NO_HEADER);
    assert_refused(k, KITH_LIT("..."), NOW_MS, "neither a JWT nor a Phoenix.Token");
    token_keys_free(k);
}

/* A token of a payload of `n` bytes, filled up by a claim that nobody reads. */
static kith_slice jwt_of_payload(size_t n)
{
    struct buf payload = {0};
    buf_puts(&payload, "{\"sub\":\"42\",\"exp\":1700003600,\"x\":\"");
    while (payload.len < n - 2)
        buf_putc(&payload, 'x');
    buf_puts(&payload, "\"}");
    kith_slice token = jwt_of(KITH_LIT("{\"alg\":\"HS256\"}"), buf_slice(&payload));
    buf_fini(&payload);
    return token;
}

static void a_token_may_have_8_kib_and_no_byte_more(void **state)
{
    (void)state;
    struct token_keys *k = hs256_keys();
    kith_slice longest = jwt_of_payload(6095);
    assert_int_equal(longest.len, TOKEN_BYTES_MAX);
    assert_good(k, longest, NOW_MS, "42");
    kith_slice too_long = jwt_of_payload(6096);
    assert_int_equal(too_long.len, TOKEN_BYTES_MAX + 1);
    assert_refused(k, too_long, NOW_MS, "longer than 8 KiB");
    assert_refused(k, jwt_of_payload(60000), NOW_MS, "longer than 8 KiB");
    token_keys_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alg_none_is_refused_however_it_is_spelt),
        cmocka_unit_test(keys_that_come_with_a_token_are_refused),
        cmocka_unit_test(a_kid_must_be_equal_byte_for_byte),
        cmocka_unit_test(a_key_without_kid_is_for_tokens_without_one),
        cmocka_unit_test(keys_without_kid_are_all_tried),
        cmocka_unit_test(one_kid_of_two_issuers_is_two_keys),
        cmocka_unit_test(a_key_that_signed_is_not_outvoted_by_those_that_did_not),
        cmocka_unit_test(a_header_that_is_no_plain_object_is_refused),
        cmocka_unit_test(no_part_may_be_padded_spaced_or_foreign),
        cmocka_unit_test(bits_to_spare_in_base64url_must_be_zero),
        cmocka_unit_test(a_signed_payload_is_strict_base64url_too),
        cmocka_unit_test(parts_are_three),
        cmocka_unit_test(a_token_may_have_8_kib_and_no_byte_more),
    };
    return cmocka_run_group_tests(tests, NULL, free_support);
}
