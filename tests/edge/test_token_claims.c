/* tests/edge/test_token_claims.c -- what a well-signed JWT may claim, and when. */
#include "token_support.h"

#include "base/limits.h"
#include "failures.h"

#define NOW_S  1700000000ull
#define NOW_MS (NOW_S * 1000)
#define LATER  "\"exp\":1700003600"

static struct token_keys *keys_with(const char *claim, const char *issuer, const char *audience,
                                    bool exp_optional)
{
    return keys_of(&(struct token_key_options){.kind = TOKEN_JWT,
                                               .secret = KITH_LIT(SECRET),
                                               .user_path = claim,
                                               .issuer = issuer,
                                               .audience = audience,
                                               .exp_optional = exp_optional},
                   1);
}

static uint64_t end_of(const struct token_keys *k, const char *payload, uint64_t unix_ms)
{
    struct token_claims claims = {0};
    if (judge(k, jwt(payload), unix_ms, &claims) != KITH_OK) fail_msg("%s", last_reason);
    return claims.expires_at_ms;
}

static void exp_ends_a_token_with_30_s_of_leeway(void **state)
{
    (void)state;
    struct token_keys *k = hs256_keys();
    static const char payload[] = "{\"sub\":\"42\",\"exp\":1700000000}";
    assert_good(k, jwt(payload), 0, "42");
    assert_good(k, jwt(payload), NOW_MS - 1, "42");
    assert_good(k, jwt(payload), NOW_MS, "42");
    assert_good(k, jwt(payload), NOW_MS + 29999, "42");
    assert_expired(k, jwt(payload), NOW_MS + 30000, "expired");
    assert_expired(k, jwt(payload), UINT64_MAX, "expired");
    token_keys_free(k);
}

static void a_session_ends_at_exp_or_with_the_leeway_that_let_it_in(void **state)
{
    (void)state;
    struct token_keys *k = hs256_keys();
    static const char payload[] = "{\"sub\":\"42\",\"exp\":1700000000}";
    assert_int_equal(end_of(k, payload, NOW_MS - 1), NOW_MS);
    assert_int_equal(end_of(k, payload, NOW_MS), NOW_MS + 30000);
    assert_int_equal(end_of(k, payload, NOW_MS + 29999), NOW_MS + 30000);
    token_keys_free(k);
}

static void exp_may_have_a_fraction_or_lie_very_far(void **state)
{
    (void)state;
    struct token_keys *k = hs256_keys();
    assert_int_equal(end_of(k, "{\"sub\":\"42\",\"exp\":1700000000.5}", NOW_MS), NOW_MS + 500);
    assert_int_equal(end_of(k, "{\"sub\":\"42\",\"exp\":1.7000036e9}", NOW_MS), NOW_MS + 3600000);
    assert_int_equal(end_of(k, "{\"sub\":\"42\",\"exp\":9223372036854775807}", NOW_MS), UINT64_MAX);
    assert_int_equal(end_of(k, "{\"sub\":\"42\",\"exp\":1e308}", NOW_MS), UINT64_MAX);
    assert_expired(k, jwt("{\"sub\":\"42\",\"exp\":0}"), NOW_MS, "expired");
    assert_expired(k, jwt("{\"sub\":\"42\",\"exp\":-1}"), NOW_MS, "expired");
    assert_expired(k, jwt("{\"sub\":\"42\",\"exp\":-1e308}"), NOW_MS, "expired");
    token_keys_free(k);
}

static void exp_is_required_unless_the_key_says_otherwise(void **state)
{
    (void)state;
    struct token_keys *k = hs256_keys(), *lax = keys_with(NULL, NULL, NULL, true);
    assert_refused(k, jwt("{\"sub\":\"42\"}"), NOW_MS, "it has no exp");
    assert_refused(k, jwt("{\"sub\":\"42\",\"exp\":null}"), NOW_MS,
                   "its exp, nbf or iat is not a number");
    assert_int_equal(end_of(lax, "{\"sub\":\"42\"}", NOW_MS), UINT64_MAX);
    assert_expired(lax, jwt("{\"sub\":\"42\",\"exp\":1600000000}"), NOW_MS, "expired");
    assert_refused(lax, jwt("{\"sub\":\"42\",\"exp\":\"never\"}"), NOW_MS,
                   "its exp, nbf or iat is not a number");
    token_keys_free(k);
    token_keys_free(lax);
}

static void times_must_be_numbers(void **state)
{
    (void)state;
    static const char *const values[] = {"\"1700003600\"", "null", "true", "[1700003600]", "{}"};
    static const char *const names[] = {"exp", "nbf", "iat"};
    struct token_keys *k = hs256_keys();
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 5; j++) {
            char payload[128];
            snprintf(payload, sizeof payload, "{\"sub\":\"42\"%s,\"%s\":%s}", i ? "," LATER : "",
                     names[i], values[j]);
            assert_refused(k, jwt(payload), NOW_MS, "its exp, nbf or iat is not a number");
        }
    token_keys_free(k);
}

static void nbf_and_iat_may_lie_30_s_ahead(void **state)
{
    (void)state;
    static const char *const payloads[] = {
        "{\"sub\":\"42\",\"exp\":1800000000,\"nbf\":1700000000}",
        "{\"sub\":\"42\",\"exp\":1800000000,\"iat\":1700000000}"};
    static const char *const reasons[] = {"not valid yet, by its nbf",
                                          "issued in the future, by its iat"};
    struct token_keys *k = hs256_keys();
    for (size_t i = 0; i < 2; i++) {
        assert_good(k, jwt(payloads[i]), NOW_MS, "42");
        assert_good(k, jwt(payloads[i]), NOW_MS - 30000, "42");
        assert_refused(k, jwt(payloads[i]), NOW_MS - 30001, reasons[i]);
        assert_refused(k, jwt(payloads[i]), 0, reasons[i]);
    }
    assert_refused(k, jwt("{\"sub\":\"42\",\"exp\":1e300,\"iat\":1e299}"), NOW_MS, reasons[1]);
    assert_good(k, jwt("{\"sub\":\"42\",\"exp\":1800000000,\"iat\":-1,\"nbf\":0}"), NOW_MS, "42");
    token_keys_free(k);
}

static void the_issuer_must_be_the_configured_one(void **state)
{
    (void)state;
    struct token_keys *k = keys_with(NULL, "https://id.example", NULL, false);
    assert_good(k, jwt("{\"sub\":\"42\"," LATER ",\"iss\":\"https://id.example\"}"), NOW_MS, "42");
    static const char *const others[] = {"\"https://id.example/\"", "\"https://id.exampl\"", "\"\"",
                                         "\"HTTPS://id.example\""};
    for (size_t i = 0; i < 4; i++) {
        char payload[128];
        snprintf(payload, sizeof payload, "{\"sub\":\"42\"," LATER ",\"iss\":%s}", others[i]);
        assert_refused(k, jwt(payload), NOW_MS, "its iss is another");
    }
    assert_refused(k, jwt("{\"sub\":\"42\"," LATER "}"), NOW_MS, "its iss is another");
    static const char *const no_text[] = {"null", "1", "[\"https://id.example\"]", "{}"};
    for (size_t i = 0; i < 4; i++) {
        char payload[128];
        snprintf(payload, sizeof payload, "{\"sub\":\"42\"," LATER ",\"iss\":%s}", no_text[i]);
        assert_refused(k, jwt(payload), NOW_MS, "its iss is not a string");
    }
    token_keys_free(k);
}

static void an_issuer_that_nobody_asked_for_is_only_read(void **state)
{
    (void)state;
    struct token_keys *k = hs256_keys();
    assert_good(k, jwt("{\"sub\":\"42\"," LATER ",\"iss\":\"anyone\"}"), NOW_MS, "42");
    assert_refused(k, jwt("{\"sub\":\"42\"," LATER ",\"iss\":1}"), NOW_MS,
                   "its iss is not a string");
    token_keys_free(k);
}

static void the_audience_may_be_one_text_or_a_list(void **state)
{
    (void)state;
    struct token_keys *k = keys_with(NULL, NULL, "kith", false);
    static const char *const good[] = {"\"kith\"", "[\"kith\"]", "[\"web\",\"kith\"]",
                                       "[\"kith\",\"kith\"]"};
    static const char *const bad[] = {"\"kit\"",
                                      "\"kith \"",
                                      "\"Kith\"",
                                      "[]",
                                      "[\"web\"]",
                                      "[[\"kith\"]]",
                                      "[1,\"kith\"]",
                                      "[\"kith\",null]",
                                      "{\"kith\":\"kith\"}",
                                      "null",
                                      "true",
                                      "\"\""};
    char payload[128];
    for (size_t i = 0; i < 4; i++) {
        snprintf(payload, sizeof payload, "{\"sub\":\"42\"," LATER ",\"aud\":%s}", good[i]);
        assert_good(k, jwt(payload), NOW_MS, "42");
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(payload, sizeof payload, "{\"sub\":\"42\"," LATER ",\"aud\":%s}", bad[i]);
        assert_refused(k, jwt(payload), NOW_MS, "its aud is another");
    }
    assert_refused(k, jwt("{\"sub\":\"42\"," LATER "}"), NOW_MS, "its aud is another");
    token_keys_free(k);
}

/* RFC 7519, section 4.1.3: whoever finds no name of theirs in it must reject the token. */
static void a_token_for_somebody_is_refused_where_no_audience_is_set(void **state)
{
    (void)state;
    struct token_keys *k = hs256_keys();
    assert_refused(k, jwt("{\"sub\":\"42\"," LATER ",\"aud\":\"elsewhere\"}"), NOW_MS,
                   "it has an aud, and its key no audience; set one");
    token_keys_free(k);
}

static void the_user_is_sub_and_sub_is_text(void **state)
{
    (void)state;
    struct token_keys *k = hs256_keys();
    static const char *const no_text[] = {"42", "42.0", "null", "true", "[\"42\"]", "{}"};
    for (size_t i = 0; i < 6; i++) {
        char payload[128];
        snprintf(payload, sizeof payload, "{\"sub\":%s," LATER "}", no_text[i]);
        assert_refused(k, jwt(payload), NOW_MS, "its user is missing or no text");
    }
    assert_refused(k, jwt("{" LATER "}"), NOW_MS, "its user is missing or no text");
    token_keys_free(k);
}

static void a_claim_of_the_apps_own_may_be_an_integer(void **state)
{
    (void)state;
    struct token_keys *k = keys_with("https://app.example/uid", NULL, NULL, false);
#define UID "{\"https://app.example/uid\":"
    assert_good(k, jwt(UID "\"42\"," LATER "}"), NOW_MS, "42");
    assert_good(k, jwt(UID "42," LATER "}"), NOW_MS, "42");
    assert_good(k, jwt(UID "-7," LATER "}"), NOW_MS, "-7");
    assert_good(k, jwt(UID "9223372036854775807," LATER "}"), NOW_MS, "9223372036854775807");
    static const char *const neither[] = {"42.0", "4e1", "null", "true", "[42]", "{}"};
    for (size_t i = 0; i < 6; i++) {
        char payload[128];
        snprintf(payload, sizeof payload, UID "%s," LATER "}", neither[i]);
        assert_refused(k, jwt(payload), NOW_MS, "its user is missing or no text");
    }
    assert_refused(k, jwt("{\"sub\":\"42\"," LATER "}"), NOW_MS, "its user is missing or no text");
    token_keys_free(k);

    k = keys_with("sub", NULL, NULL, false); /* by name: then it may be an integer too */
    assert_good(k, jwt("{\"sub\":42," LATER "}"), NOW_MS, "42");
    token_keys_free(k);
}

static void an_id_is_any_utf8_up_to_128_bytes(void **state)
{
    (void)state;
    struct token_keys *k = hs256_keys();
    static const char *const ids[] = {
        "*", ">", ".", " ", "user:1:2", "J\303\274rgen", "\360\237\246\212", "a'b;--", "\302\205"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char payload[128];
        snprintf(payload, sizeof payload, "{\"sub\":\"%s\"," LATER "}", ids[i]);
        assert_good(k, jwt(payload), NOW_MS, ids[i]);
    }
    assert_good(k, jwt("{\"sub\":\"\\r\\n\\\"\\\\\"," LATER "}"), NOW_MS, "\r\n\"\\");

    for (int n = 127; n <= 129; n++) {
        char id[130], payload[200];
        memset(id, 'x', sizeof id);
        id[n] = 0;
        snprintf(payload, sizeof payload, "{\"sub\":\"%s\"," LATER "}", id);
        if (n <= USER_ID_BYTES_MAX)
            assert_good(k, jwt(payload), NOW_MS, id);
        else
            assert_refused(k, jwt(payload), NOW_MS, "its user is no valid id");
    }
    assert_refused(k, jwt("{\"sub\":\"\"," LATER "}"), NOW_MS, "its user is no valid id");
    token_keys_free(k);
}

static void a_payload_that_is_no_plain_object_is_refused(void **state)
{
    (void)state;
    static const char *const payloads[] = {
        "",
        "42",
        "\"42\"",
        "[]",
        "{",
        "{\"sub\":\"42\"," LATER "}x",
        "{\"sub\":\"42\"," LATER "}{}",
        "{\"sub\":\"1\",\"sub\":\"42\"," LATER "}",
        "{\"sub\":\"42\",\"s\\u0075b\":\"1\"," LATER "}",
        "{\"sub\":\"42\"," LATER "," LATER "}",
        "{\"sub\":\"42\"," LATER ",\"x\":{\"a\":1,\"a\":2}}",
        "{\"sub\":\"4\\u0000\"," LATER "}",
        "{\"sub\":\"\\ud800\"," LATER "}",
        "{\"sub\":\"\xc3\x28\"," LATER "}",
        "{\"sub\":\"\xed\xa0\x80\"," LATER "}",
        "{\"sub\":\"42\",\"exp\":1e999}",
        "{\"sub\":\"42\",\"exp\":NaN}",
        "{\"sub\":\"42\",\"exp\":99999999999999999999}",
    };
    struct token_keys *k = hs256_keys();
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++)
        assert_refused(k, jwt(payloads[i]), NOW_MS, "its payload is not a JSON object");
    token_keys_free(k);
}

static void out_of_memory_is_a_refusal(void **state)
{
    (void)state;
    struct token_keys *k = hs256_keys();
    struct buf fresh = {0};
    struct token_claims claims;
    const char *reason;
    kith_slice token = jwt("{\"sub\":\"42\"," LATER "}");
    alloc_fail(0, SIZE_MAX);
    kith_err e = token_verify(k, token, NOW_MS, &fresh, &claims, &reason);
    alloc_heal();
    assert_int_equal(e, KITH_REFUSED);
    assert_string_equal(reason, "out of memory");
    buf_fini(&fresh);
    token_keys_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_ends_a_token_with_30_s_of_leeway),
        cmocka_unit_test(a_session_ends_at_exp_or_with_the_leeway_that_let_it_in),
        cmocka_unit_test(exp_may_have_a_fraction_or_lie_very_far),
        cmocka_unit_test(exp_is_required_unless_the_key_says_otherwise),
        cmocka_unit_test(times_must_be_numbers),
        cmocka_unit_test(nbf_and_iat_may_lie_30_s_ahead),
        cmocka_unit_test(the_issuer_must_be_the_configured_one),
        cmocka_unit_test(an_issuer_that_nobody_asked_for_is_only_read),
        cmocka_unit_test(the_audience_may_be_one_text_or_a_list),
        cmocka_unit_test(a_token_for_somebody_is_refused_where_no_audience_is_set),
        cmocka_unit_test(the_user_is_sub_and_sub_is_text),
        cmocka_unit_test(a_claim_of_the_apps_own_may_be_an_integer),
        cmocka_unit_test(an_id_is_any_utf8_up_to_128_bytes),
        cmocka_unit_test(a_payload_that_is_no_plain_object_is_refused),
        cmocka_unit_test(out_of_memory_is_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, free_support);
}
