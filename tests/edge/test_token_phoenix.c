/* tests/edge/test_token_phoenix.c -- tokens as Phoenix.Token signs them, and forgeries of them. */
#include "token_support.h"
#include "vectors/phoenix_tokens.h"

#include "failures.h"

#include <openssl/err.h>

#define WRONG_KEY "signed with another secret_key_base or salt"
#define NO_USER   "no user in its data; say by user = where it stands"

static struct token_keys *phoenix_keys(const char *path, int64_t max_age_s)
{
    return keys_of(&(struct token_key_options){.kind = TOKEN_PHOENIX,
                                               .secret = KITH_LIT(PHOENIX_KEY_BASE),
                                               .salt = PHOENIX_SALT,
                                               .user_path = path,
                                               .max_age_s = max_age_s},
                   1);
}

static kith_slice good_token(void) { return slice_str(phoenix_good[0].token); }

static void whatever_plug_crypto_signs_is_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof phoenix_good / sizeof phoenix_good[0]; i++) {
        struct token_keys *k = phoenix_keys(phoenix_good[i].path, 0);
        struct token_claims claims;
        kith_err e = judge(k, slice_str(phoenix_good[i].token), PHOENIX_SIGNED_MS, &claims);
        if (e != KITH_OK) fail_msg("%s: %s", phoenix_good[i].data, last_reason);
        if (!slice_is(claims.user, phoenix_good[i].user)) fail_msg("%s", phoenix_good[i].data);
        assert_int_equal(claims.expires_at_ms, phoenix_good[i].expires_at_ms);
        token_keys_free(k);
    }
}

static void a_token_that_names_nobody_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof phoenix_bad / sizeof phoenix_bad[0]; i++) {
        struct token_keys *k = phoenix_keys(phoenix_bad[i].path, 0);
        struct token_claims claims;
        kith_err e = judge(k, slice_str(phoenix_bad[i].token), PHOENIX_SIGNED_MS, &claims);
        if (e != KITH_REFUSED) fail_msg("%s", phoenix_bad[i].data);
        if (strcmp(last_reason, NO_USER) != 0 &&
            strcmp(last_reason, "its user is no valid id") != 0)
            fail_msg("%s: %s", phoenix_bad[i].data, last_reason);
        token_keys_free(k);
    }
}

static void a_token_lives_to_the_last_millisecond_of_its_max_age(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof phoenix_good / sizeof phoenix_good[0]; i++) {
        uint64_t end = phoenix_good[i].expires_at_ms;
        if (end == UINT64_MAX) continue;
        struct token_keys *k = phoenix_keys(phoenix_good[i].path, 0);
        kith_slice token = slice_str(phoenix_good[i].token);
        assert_good(k, token, end, phoenix_good[i].user);
        assert_expired(k, token, end + 1, "expired");
        assert_expired(k, token, UINT64_MAX, "expired");
        token_keys_free(k);
    }
}

static void a_token_signed_in_the_future_is_refused(void **state)
{
    (void)state;
    struct token_keys *k = phoenix_keys(NULL, 0);
    assert_good(k, good_token(), PHOENIX_SIGNED_MS, "42");
    assert_refused(k, good_token(), PHOENIX_SIGNED_MS - 1, "signed in the future");
    assert_refused(k, good_token(), 0, "signed in the future");
    token_keys_free(k);
}

static kith_slice never_expiring(void)
{
    for (size_t i = 0;; i++)
        if (strcmp(phoenix_good[i].data, "max_age: :infinity") == 0)
            return slice_str(phoenix_good[i].token);
}

static void infinity_passes_at_any_time(void **state)
{
    (void)state;
    struct token_keys *k = phoenix_keys(NULL, 0);
    struct token_claims claims;
    assert_int_equal(judge(k, never_expiring(), UINT64_MAX, &claims), KITH_OK);
    assert_int_equal(claims.expires_at_ms, UINT64_MAX);
    assert_good(k, never_expiring(), 0, "42");
    token_keys_free(k);
}

static void a_max_age_of_zero_or_less_is_expired_at_once(void **state)
{
    (void)state;
    struct token_keys *k = phoenix_keys(NULL, 0);
    static const char *const says = "expired: its max_age is not positive";
    assert_expired(k, KITH_LIT(PHOENIX_MAX_AGE_ZERO), PHOENIX_SIGNED_MS, says);
    assert_expired(k, KITH_LIT(PHOENIX_MAX_AGE_NEGATIVE), PHOENIX_SIGNED_MS, says);
    assert_expired(k, KITH_LIT(PHOENIX_MAX_AGE_NEGATIVE), 0, says);
    token_keys_free(k);
}

static void the_configured_max_age_overrides_the_tokens(void **state)
{
    (void)state;
    struct token_keys *k = phoenix_keys(NULL, 60);
    const kith_slice tokens[] = {good_token(), never_expiring(), KITH_LIT(PHOENIX_MAX_AGE_ZERO)};
    for (size_t i = 0; i < 3; i++) {
        struct token_claims claims;
        assert_int_equal(judge(k, tokens[i], PHOENIX_SIGNED_MS + 60000, &claims), KITH_OK);
        assert_int_equal(claims.expires_at_ms, PHOENIX_SIGNED_MS + 60000);
        assert_expired(k, tokens[i], PHOENIX_SIGNED_MS + 60001, "expired");
        assert_refused(k, tokens[i], PHOENIX_SIGNED_MS - 1, "signed in the future");
    }
    token_keys_free(k);
}

static void another_salt_or_secret_is_another_key(void **state)
{
    (void)state;
    struct token_keys *k = phoenix_keys(NULL, 0);
    assert_refused(k, KITH_LIT(PHOENIX_OTHER_SALT), PHOENIX_SIGNED_MS, WRONG_KEY);
    token_keys_free(k);

    struct token_key_options o = {
        .kind = TOKEN_PHOENIX, .secret = KITH_LIT(PHOENIX_KEY_BASE " "), .salt = PHOENIX_SALT};
    k = keys_of(&o, 1);
    assert_refused(k, good_token(), PHOENIX_SIGNED_MS, WRONG_KEY);
    token_keys_free(k);
}

static void each_key_of_the_kind_is_tried(void **state)
{
    (void)state;
    const struct token_key_options o[] = {
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET)},
        {.kind = TOKEN_PHOENIX, .secret = KITH_LIT(PHOENIX_KEY_BASE), .salt = "other"},
        {.kind = TOKEN_PHOENIX, .secret = KITH_LIT(PHOENIX_KEY_BASE), .salt = PHOENIX_SALT},
    };
    struct token_keys *k = keys_of(o, 3);
    assert_good(k, good_token(), PHOENIX_SIGNED_MS, "42");
    assert_good(k, KITH_LIT(PHOENIX_OTHER_SALT), PHOENIX_SIGNED_MS, "42");
    token_keys_free(k);
}

static void an_encrypted_token_says_what_to_do(void **state)
{
    (void)state;
    struct token_keys *k = phoenix_keys(NULL, 0);
    static const char *const says =
        "made by Phoenix.Token.encrypt, which is not supported; make it with Phoenix.Token.sign";
    assert_refused(k, KITH_LIT(PHOENIX_ENCRYPTED), PHOENIX_SIGNED_MS, says);
    assert_refused(k, KITH_LIT("QTEyOEdDTQ.a.b.c.d"), PHOENIX_SIGNED_MS, says);
    token_keys_free(k);
}

static void another_first_part_is_refused(void **state)
{
    (void)state;
    struct token_keys *k = phoenix_keys(NULL, 0);
    kith_slice rest = slice_from(good_token(), 7);
    static const char *const firsts[] = {"SFMyNT", "SFMyNTY=", "SFMyNTZ",  "sfmyNTY",
                                         "",       "bm9uZQ",   "SFMyNTY ", " SFMyNTY"};
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        struct buf b = {0};
        struct token_claims claims;
        buf_puts(&b, firsts[i]);
        buf_put(&b, rest);
        assert_int_equal(judge(k, buf_slice(&b), PHOENIX_SIGNED_MS, &claims), KITH_REFUSED);
        buf_fini(&b);
    }
    /* HS384 and HS512 are known, but this was not signed with them. */
    struct buf b = {0};
    buf_puts(&b, "SFM1MTI");
    buf_put(&b, rest);
    assert_refused(k, buf_slice(&b), PHOENIX_SIGNED_MS, WRONG_KEY);
    buf_fini(&b);
    token_keys_free(k);
}

static void parts_are_three_and_strict_base64url(void **state)
{
    (void)state;
    struct token_keys *k = phoenix_keys(NULL, 0);
    assert_refused(k, KITH_LIT(""), PHOENIX_SIGNED_MS, "no token");
    assert_refused(k, KITH_LIT("SFMyNTY"), PHOENIX_SIGNED_MS, "not three parts");
    assert_refused(k, KITH_LIT("SFMyNTY."), PHOENIX_SIGNED_MS, "not three parts");
    assert_refused(k, KITH_LIT("SFMyNTY.."), PHOENIX_SIGNED_MS, WRONG_KEY);
    assert_refused(k, KITH_LIT("SFMyNTY.a.b.c"), PHOENIX_SIGNED_MS, "not three parts");
    static const char *const tails[] = {"=", " ", "\n", "A", "AA", "+", "/", "\0"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        struct buf b = {0};
        struct token_claims claims;
        buf_put(&b, good_token());
        buf_put(&b, slice_of(tails[i], *tails[i] ? strlen(tails[i]) : 1));
        assert_int_equal(judge(k, buf_slice(&b), PHOENIX_SIGNED_MS, &claims), KITH_REFUSED);
        buf_fini(&b);
    }
    token_keys_free(k);
}

static void no_flipped_bit_and_no_cut_passes(void **state)
{
    (void)state;
    struct token_keys *k = phoenix_keys(NULL, 0);
    uint8_t copy[256];
    size_t n = good_token().len;
    struct token_claims claims;
    for (size_t bit = 0; bit < n * 8; bit++) {
        memcpy(copy, good_token().ptr, n);
        copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_equal(judge(k, slice_of(copy, n), PHOENIX_SIGNED_MS, &claims), KITH_REFUSED);
    }
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(judge(k, slice_head(good_token(), cut), PHOENIX_SIGNED_MS, &claims),
                         KITH_REFUSED);
    assert_int_equal(ERR_peek_error(), 0);
    token_keys_free(k);
}

static void out_of_memory_is_a_refusal(void **state)
{
    (void)state;
    struct token_keys *k = phoenix_keys(NULL, 0);
    struct buf fresh = {0};
    struct token_claims claims;
    const char *reason;
    alloc_fail(0, SIZE_MAX);
    kith_err e = token_verify(k, good_token(), PHOENIX_SIGNED_MS, &fresh, &claims, &reason);
    alloc_heal();
    assert_int_equal(e, KITH_REFUSED);
    assert_string_equal(reason, "out of memory");
    buf_fini(&fresh);
    token_keys_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_plug_crypto_signs_is_good),
        cmocka_unit_test(a_token_that_names_nobody_is_refused),
        cmocka_unit_test(a_token_lives_to_the_last_millisecond_of_its_max_age),
        cmocka_unit_test(a_token_signed_in_the_future_is_refused),
        cmocka_unit_test(infinity_passes_at_any_time),
        cmocka_unit_test(a_max_age_of_zero_or_less_is_expired_at_once),
        cmocka_unit_test(the_configured_max_age_overrides_the_tokens),
        cmocka_unit_test(another_salt_or_secret_is_another_key),
        cmocka_unit_test(each_key_of_the_kind_is_tried),
        cmocka_unit_test(an_encrypted_token_says_what_to_do),
        cmocka_unit_test(another_first_part_is_refused),
        cmocka_unit_test(parts_are_three_and_strict_base64url),
        cmocka_unit_test(no_flipped_bit_and_no_cut_passes),
        cmocka_unit_test(out_of_memory_is_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, free_support);
}
