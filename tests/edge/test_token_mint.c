/* tests/edge/test_token_mint.c -- tokens of our own are good, and read the same elsewhere. */
#include "token_support.h"
#include "vectors/jwt_tokens.h"
#include "vectors/phoenix_tokens.h"

#include "failures.h"

#define NOW_MS 1700000000999ull

static const struct token_key_options everything[] = {
    {.kind = TOKEN_JWT, .alg = TOKEN_RS256, .secret = KITH_LIT(PEM_RSA), .kid = "cannot sign"},
    {.kind = TOKEN_JWT,
     .alg = TOKEN_HS512,
     .secret = KITH_LIT(SECRET),
     .kid = "k\"1",
     .user_path = "uid",
     .issuer = "me",
     .audience = "you"},
    {.kind = TOKEN_PHOENIX, .secret = KITH_LIT(PHOENIX_KEY_BASE), .salt = PHOENIX_SALT},
};

static void a_minted_token_is_good_until_its_time_is_up(void **state)
{
    (void)state;
    for (size_t i = 1; i < 3; i++) {
        struct token_keys *k = keys_of(everything, 3);
        struct buf out = {0};
        struct token_claims claims;
        assert_int_equal(
            token_mint(k, everything[i].kind, KITH_LIT("J\303\274rgen \"42\""), NOW_MS, 60, &out),
            KITH_OK);
        assert_good(k, buf_slice(&out), NOW_MS, "J\303\274rgen \"42\"");
        assert_int_equal(judge(k, buf_slice(&out), NOW_MS, &claims), KITH_OK);
        uint64_t end = everything[i].kind == TOKEN_JWT ? NOW_MS - 999 + 60000 : NOW_MS + 60000;
        assert_int_equal(claims.expires_at_ms, end);
        assert_int_equal(judge(k, buf_slice(&out), NOW_MS + 91000, &claims), KITH_EXPIRED);
        buf_fini(&out);
        token_keys_free(k);
    }
}

static void a_minted_jwt_is_what_another_library_writes(void **state)
{
    (void)state;
    const struct token_key_options o = {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET), .kid = "k1"};
    struct token_keys *k = keys_of(&o, 1);
    struct buf out = {0};
    assert_int_equal(token_mint(k, TOKEN_JWT, KITH_LIT("42"), NOW_MS, 3600, &out), KITH_OK);
    kith_slice same = jwt_of(KITH_LIT("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}"),
                             KITH_LIT("{\"iat\":1700000000,\"exp\":1700003600,\"sub\":\"42\"}"));
    assert_true(slice_eq(buf_slice(&out), same));
    buf_fini(&out);
    token_keys_free(k);
}

/* With plug_crypto's default max_age the very token is among its vectors. */
static void a_minted_phoenix_token_is_what_plug_crypto_writes(void **state)
{
    (void)state;
    struct token_keys *k = keys_of(&everything[2], 1);
    struct buf out = {0};
    assert_int_equal(token_mint(k, TOKEN_PHOENIX, KITH_LIT("42"), PHOENIX_SIGNED_MS, 86400, &out),
                     KITH_OK);
    assert_true(slice_is(buf_slice(&out), phoenix_good[0].token));
    buf_fini(&out);
    token_keys_free(k);
}

static void the_user_stands_where_the_key_looks_for_it(void **state)
{
    (void)state;
    static const char *const paths[] = {"id", "user.id", "0"};
    for (size_t i = 0; i < 3; i++) {
        struct token_key_options o = everything[2];
        o.user_path = paths[i];
        struct token_keys *k = keys_of(&o, 1);
        struct buf out = {0};
        assert_int_equal(token_mint(k, TOKEN_PHOENIX, KITH_LIT("42"), NOW_MS, 60, &out), KITH_OK);
        assert_good(k, buf_slice(&out), NOW_MS, "42");
        buf_fini(&out);
        token_keys_free(k);
    }
}

static void only_a_key_of_the_kind_that_can_sign_mints(void **state)
{
    (void)state;
    struct buf out = {0};
    struct token_keys *k = token_keys_new();
    assert_int_equal(token_mint(k, TOKEN_JWT, KITH_LIT("42"), NOW_MS, 60, &out), KITH_NONE);
    token_keys_free(k);
    k = keys_of(&everything[0], 1);
    assert_int_equal(token_mint(k, TOKEN_JWT, KITH_LIT("42"), NOW_MS, 60, &out), KITH_NONE);
    assert_int_equal(token_mint(k, TOKEN_PHOENIX, KITH_LIT("42"), NOW_MS, 60, &out), KITH_NONE);
    token_keys_free(k);
    k = keys_of(&everything[2], 1);
    assert_int_equal(token_mint(k, TOKEN_JWT, KITH_LIT("42"), NOW_MS, 60, &out), KITH_NONE);
    token_keys_free(k);
    assert_int_equal(out.len, 0);
}

static void nobody_gets_a_token_for_an_id_that_is_none(void **state)
{
    (void)state;
    static char long_id[129];
    memset(long_id, 'x', sizeof long_id);
    const kith_slice ids[] = {KITH_LIT(""), KITH_LIT("a\0b"), KITH_LIT("\xff"),
                              slice_of(long_id, 129)};
    struct token_keys *k = keys_of(everything, 3);
    struct buf out = {0};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(token_mint(k, TOKEN_JWT, ids[i], NOW_MS, 60, &out), KITH_BAD);
        assert_int_equal(token_mint(k, TOKEN_PHOENIX, ids[i], NOW_MS, 60, &out), KITH_BAD);
    }
    assert_int_equal(token_mint(k, TOKEN_JWT, slice_of(long_id, 128), NOW_MS, 60, &out), KITH_OK);
    buf_fini(&out);
    token_keys_free(k);
}

static void a_token_is_appended_or_nothing_is(void **state)
{
    (void)state;
    struct token_keys *k = keys_of(everything, 3);
    for (enum token_kind kind = TOKEN_PHOENIX; kind <= TOKEN_JWT; kind++) {
        kith_err e = KITH_NOMEM;
        for (size_t at = 0; e != KITH_OK; at++) {
            struct buf out = {0};
            buf_puts(&out, "token: ");
            alloc_fail(at, 1);
            e = token_mint(k, kind, KITH_LIT("42"), NOW_MS, 60, &out);
            alloc_heal();
            assert_memory_equal(out.ptr, "token: ", 7);
            if (e != KITH_OK) assert_int_equal(e, KITH_NOMEM);
            if (e != KITH_OK)
                assert_int_equal(out.len, 7);
            else
                assert_good(k, slice_from(buf_slice(&out), 7), NOW_MS, "42");
            buf_fini(&out);
        }
    }
    token_keys_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minted_token_is_good_until_its_time_is_up),
        cmocka_unit_test(a_minted_jwt_is_what_another_library_writes),
        cmocka_unit_test(a_minted_phoenix_token_is_what_plug_crypto_writes),
        cmocka_unit_test(the_user_stands_where_the_key_looks_for_it),
        cmocka_unit_test(only_a_key_of_the_kind_that_can_sign_mints),
        cmocka_unit_test(nobody_gets_a_token_for_an_id_that_is_none),
        cmocka_unit_test(a_token_is_appended_or_nothing_is),
    };
    return cmocka_run_group_tests(tests, NULL, free_support);
}
