/* tests/io/test_hook.c -- what is sent to the back end is signed as Standard Webhooks says. */
#include "io/hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* By Python: base64(hmac(secret, b"1-2.1700000000.{}", sha256)). */
static void the_signature_is_over_id_time_and_body(void **state)
{
    (void)state;
    char out[HOOK_SIGNATURE_BYTES];
    assert_int_equal(hook_sign(KITH_LIT("0123456789abcdef0123456789abcdef"), KITH_LIT("1-2"),
                               1700000000, KITH_LIT("{}"), out),
                     KITH_OK);
    assert_string_equal(out, "v1,eraFYscESVXKjbcXZlagIjohoJwcc8LLJyocJrtcE8M=");
}

static void another_time_or_body_has_another(void **state)
{
    (void)state;
    char a[HOOK_SIGNATURE_BYTES], b[HOOK_SIGNATURE_BYTES], c[HOOK_SIGNATURE_BYTES];
    kith_slice secret = KITH_LIT("0123456789abcdef0123456789abcdef"), id = KITH_LIT("1-2");
    assert_int_equal(hook_sign(secret, id, 1, KITH_LIT("{}"), a), KITH_OK);
    assert_int_equal(hook_sign(secret, id, 2, KITH_LIT("{}"), b), KITH_OK);
    assert_int_equal(hook_sign(secret, id, 1, KITH_LIT("{ }"), c), KITH_OK);
    assert_string_not_equal(a, b);
    assert_string_not_equal(a, c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_signature_is_over_id_time_and_body),
        cmocka_unit_test(another_time_or_body_has_another),
    };
    return cmocka_run_group_tests_name("hook", tests, NULL, NULL);
}
