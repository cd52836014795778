/* tests/edge/test_api_key.c -- the keys of the REST API: which secrets may enter, and what a header
 * makes of who sends it. */
#include "edge/api_key.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define READER "reader-0123456789abcdef0123456789"
#define WRITER "writer-0123456789abcdef0123456789"
#define CHIEF  "chief+/=-._~9abcdef0123456789abcd"

static struct api_keys *keys;

static int set_up(void **state)
{
    (void)state;
    kith_problem why;
    keys = api_keys_new();
    assert_non_null(keys);
    assert_int_equal(api_keys_add(keys, API_READ, KITH_LIT(READER), &why), KITH_OK);
    assert_int_equal(api_keys_add(keys, API_WRITE, KITH_LIT(WRITER), &why), KITH_OK);
    assert_int_equal(api_keys_add(keys, API_ADMIN, KITH_LIT(CHIEF), &why), KITH_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    api_keys_free(keys);
    return 0;
}

/* From bytes of just this length, so that a read beyond them shows under ASan. */
static enum api_role role_of(const char *header)
{
    size_t len = strlen(header);
    char *exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, header, len);
    enum api_role role = api_keys_role(keys, slice_of(exact, len));
    free(exact);
    return role;
}

static void each_key_has_its_role(void **state)
{
    (void)state;
    assert_int_equal(role_of("Bearer " READER), API_READ);
    assert_int_equal(role_of("Bearer " WRITER), API_WRITE);
    assert_int_equal(role_of("Bearer " CHIEF), API_ADMIN);
    assert_true(API_READ < API_WRITE && API_WRITE < API_ADMIN);
}

static void the_scheme_is_bearer_in_any_case(void **state)
{
    (void)state;
    assert_int_equal(role_of("bearer " READER), API_READ);
    assert_int_equal(role_of("BEARER   " READER), API_READ);
    assert_int_equal(role_of("Basic " READER), API_NONE);
    assert_int_equal(role_of("Bearer" READER), API_NONE);
    assert_int_equal(role_of("Bearer\t" READER), API_NONE);
    assert_int_equal(role_of(READER), API_NONE);
}

static void anything_else_has_none(void **state)
{
    (void)state;
    static const char *const headers[] = {"",
                                          "Bearer",
                                          "Bearer ",
                                          "Bearer x",
                                          "Bearer " READER " ",
                                          "Bearer " READER "0",
                                          "Bearer reader-0123456789abcdef012345678",
                                          "Bearer Reader-0123456789abcdef0123456789",
                                          "Bearer " READER "," WRITER,
                                          ("Bearer Bearer " READER)};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        assert_int_equal(role_of(headers[i]), API_NONE);
    assert_int_equal(api_keys_role(keys, (kith_slice){0}), API_NONE);
}

static void without_keys_nobody_has_one(void **state)
{
    (void)state;
    struct api_keys *none = api_keys_new();
    assert_int_equal(api_keys_role(none, KITH_LIT("Bearer " READER)), API_NONE);
    assert_int_equal(api_keys_role(none, KITH_LIT("Bearer ")), API_NONE);
    assert_int_equal(api_keys_role(NULL, KITH_LIT("Bearer " READER)), API_NONE);
    api_keys_free(none);
    api_keys_free(NULL);
}

static void assert_refused(kith_slice secret, const char *want)
{
    kith_problem why = {""};
    assert_int_equal(api_keys_add(keys, API_READ, secret, &why), KITH_BAD);
    assert_non_null(strstr(why.text, want));
}

static void a_secret_is_long_and_can_be_sent(void **state)
{
    (void)state;
    static char long_secret[API_SECRET_BYTES_MAX + 2];
    memset(long_secret, 'x', sizeof long_secret - 1);
    assert_refused(KITH_LIT("0123456789abcdef0123456789abcde"), "has 31 bytes and needs");
    assert_refused((kith_slice){0}, "has 0 bytes");
    assert_refused(slice_str(long_secret), "longer than 4096 bytes");
    assert_refused(KITH_LIT("0123456789abcdef 0123456789abcdef"), "holds a blank");
    assert_refused(KITH_LIT("0123456789abcdef\n0123456789abcdef"), "holds a blank");
    assert_refused(KITH_LIT("0123456789abcdef\0000123456789abcdef"), "holds a blank");
    assert_refused(KITH_LIT("0123456789abcdef0123456789abcd\xc3\xbc"), "holds a blank");
    kith_problem why;
    assert_int_equal(
        api_keys_add(keys, API_READ, slice_of(long_secret, API_SECRET_BYTES_MAX), &why), KITH_OK);
}

static void two_keys_have_two_secrets(void **state)
{
    (void)state;
    kith_problem why = {""};
    assert_int_equal(api_keys_add(keys, API_ADMIN, KITH_LIT(READER), &why), KITH_EXISTS);
    assert_string_equal(why.text, "another key has this secret already; give each key its own");
    assert_int_equal(role_of("Bearer " READER), API_READ);
}

static void there_are_so_many_and_no_more(void **state)
{
    (void)state;
    char secret[64], header[80];
    kith_problem why;
    for (int i = 3; i <= API_KEYS_MAX; i++) {
        (void)snprintf(secret, sizeof secret, "0123456789abcdef0123456789abcdef-%d", i);
        kith_err e = api_keys_add(keys, API_WRITE, slice_str(secret), &why);
        assert_int_equal(e, i < API_KEYS_MAX ? KITH_OK : KITH_FULL);
        (void)snprintf(header, sizeof header, "Bearer %s", secret);
        assert_int_equal(role_of(header), i < API_KEYS_MAX ? API_WRITE : API_NONE);
    }
    assert_int_equal(role_of("Bearer " READER), API_READ);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(each_key_has_its_role),
        EACH(the_scheme_is_bearer_in_any_case),
        EACH(anything_else_has_none),
        EACH(without_keys_nobody_has_one),
        EACH(a_secret_is_long_and_can_be_sent),
        EACH(two_keys_have_two_secrets),
        EACH(there_are_so_many_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
