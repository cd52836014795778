/* tests/load/test_names.c -- what users are called. */
#include "failures.h"

#include "load/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void numbers_follow_the_first(void **state)
{
    (void)state;
    struct names n = {.first_id = 1000000, .count = 3};
    struct name_text room;
    uint32_t user = 9;
    assert_true(slice_is(names_of(&n, 0, &room), "1000000"));
    assert_true(slice_is(names_of(&n, 2, &room), "1000002"));
    assert_int_equal(names_find(&n, KITH_LIT("1000001"), &user), KITH_OK);
    assert_int_equal(user, 1);
    assert_int_equal(names_find(&n, KITH_LIT("1000003"), &user), KITH_NONE);
    assert_int_equal(names_find(&n, KITH_LIT("999999"), &user), KITH_NONE);
    assert_int_equal(names_find(&n, KITH_LIT("01000001"), &user), KITH_NONE);
    assert_int_equal(names_find(&n, KITH_LIT("ann"), &user), KITH_NONE);
    n.first_id = 0;
    assert_true(slice_is(names_of(&n, 0, &room), "0"));
}

static void a_list_has_each_name_once(void **state)
{
    (void)state;
    struct names n = {.listed = true};
    struct name_text room;
    char text[32];
    uint32_t user;
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 3000; i++) {
            int len = snprintf(text, sizeof text, "u:%u", i);
            assert_int_equal(names_take(&n, slice_of(text, (size_t)len), &user), KITH_OK);
            assert_int_equal(user, i);
        }
    assert_int_equal(n.count, 3000);
    assert_true(slice_is(names_of(&n, 2999, &room), "u:2999"));
    assert_int_equal(names_find(&n, KITH_LIT("u:77"), &user), KITH_OK);
    assert_int_equal(user, 77);
    assert_int_equal(names_find(&n, KITH_LIT("u:3000"), &user), KITH_NONE);
    names_fini(&n);
}

static void without_memory_a_list_stays_as_it_was(void **state)
{
    (void)state;
    for (size_t skip = 0; skip < 20; skip++) {
        struct names n = {.listed = true};
        uint32_t user, taken = 0;
        char text[32];
        alloc_fail(skip, 1);
        for (uint32_t i = 0; i < 500; i++) {
            int len = snprintf(text, sizeof text, "%u", i);
            kith_err e = names_take(&n, slice_of(text, (size_t)len), &user);
            taken += e == KITH_OK;
            assert_true(e == KITH_OK || e == KITH_NOMEM);
            assert_int_equal(n.count, taken);
        }
        (void)alloc_heal();
        names_fini(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_follow_the_first),
        cmocka_unit_test(a_list_has_each_name_once),
        cmocka_unit_test(without_memory_a_list_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
