/* tests/base/test_ids.c -- lists of ids in one string of bytes. */
#include "base/ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void what_is_put_comes_out_in_order(void **state)
{
    (void)state;
    struct buf list = {0};
    ids_put(&list, KITH_LIT("ann"));
    ids_put(&list, KITH_LIT(""));
    ids_put(&list, KITH_LIT("b\0n"));
    kith_slice rest = buf_slice(&list), id;
    assert_int_equal(ids_count(rest), 3);
    assert_true(ids_next(&rest, &id) && slice_is(id, "ann"));
    assert_true(ids_next(&rest, &id) && id.len == 0);
    assert_true(ids_next(&rest, &id) && slice_eq(id, KITH_LIT("b\0n")));
    assert_false(ids_next(&rest, &id));
    buf_fini(&list);
}

static void a_list_that_is_cut_short_ends_before_the_cut(void **state)
{
    (void)state;
    kith_slice rest = KITH_LIT("\003ann\004be"), id;
    assert_int_equal(ids_count(rest), 1);
    assert_true(ids_next(&rest, &id) && slice_is(id, "ann"));
    assert_false(ids_next(&rest, &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_comes_out_in_order),
        cmocka_unit_test(a_list_that_is_cut_short_ends_before_the_cut),
    };
    return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
