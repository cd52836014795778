/* tests/base/test_buf.c -- the growing buffer, and what it does when it cannot grow. */
#include "base/buf.h"
#include "chance.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_holds(const struct buf *b, kith_slice want)
{
    assert_false(b->failed);
    assert_true(slice_eq(buf_slice(b), want));
}

static void a_new_buffer_is_empty_and_costs_nothing(void **state)
{
    (void)state;
    struct buf b = {0};
    alloc_fail(0, 0);
    buf_put(&b, slice_of(NULL, 0));
    buf_puts(&b, "");
    buf_puts(&b, NULL);
    assert_int_equal(alloc_heal(), 0);
    assert_holds(&b, slice_of(NULL, 0));
    buf_fini(&b);
}

static void what_is_put_stands_there_in_order(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, "ab");
    buf_putc(&b, 0);
    buf_put(&b, KITH_LIT("\0c"));
    buf_put_u64(&b, 90);
    buf_printf(&b, "<%s %d>", "x", -1);
    assert_holds(&b, KITH_LIT("ab\0\0c90<x -1>"));
    buf_fini(&b);
}

static void numbers_are_written_in_decimal(void **state)
{
    (void)state;
    const uint64_t values[] = {0, 9, 10, 99, 100, 4294967296u, 9999999999999999999u, UINT64_MAX};
    struct buf b = {0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char want[24];
        snprintf(want, sizeof want, "%llu", (unsigned long long)values[i]);
        buf_clear(&b);
        buf_put_u64(&b, values[i]);
        assert_holds(&b, slice_str(want));
    }
    buf_fini(&b);
}

static void a_long_print_is_written_whole(void **state)
{
    (void)state;
    struct buf b = {0};
    for (int width = 60; width <= 68; width++) { /* around the first capacity */
        buf_fini(&b);
        buf_printf(&b, "%0*d", width, 7);
        assert_int_equal(b.len, width);
        assert_int_equal(b.ptr[0], '0');
        assert_int_equal(b.ptr[width - 1], '7');
    }
    buf_printf(&b, "%s", "");
    assert_false(b.failed);
    assert_int_equal(b.len, 68);
    buf_fini(&b);
}

static void reserved_room_is_counted_only_when_used(void **state)
{
    (void)state;
    struct buf b = {0};
    uint8_t *at = buf_reserve(&b, 1000);
    assert_non_null(at);
    memset(at, 'x', 1000);
    assert_int_equal(b.len, 0);
    b.len += 3;
    assert_holds(&b, KITH_LIT("xxx"));
    assert_ptr_equal(buf_reserve(&b, b.cap - b.len), b.ptr + 3);
    assert_non_null(buf_reserve(&b, 0));
    buf_fini(&b);
}

static void clear_keeps_the_memory(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_printf(&b, "%0200d", 1);
    buf_clear(&b);
    alloc_fail(0, 1);
    buf_printf(&b, "%0200d", 2);
    assert_int_equal(alloc_heal(), 0);
    assert_int_equal(b.len, 200);
    buf_fini(&b);
}

static void fini_leaves_an_empty_buffer_that_can_be_used_again(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, "a");
    buf_fini(&b);
    buf_fini(&b);
    buf_puts(&b, "b");
    assert_holds(&b, KITH_LIT("b"));
    buf_fini(&b);
}

static void a_failed_growth_sticks_and_drops_what_follows(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, "kept");
    alloc_fail(0, 1);
    buf_printf(&b, "%0100d", 1);
    alloc_heal();
    assert_true(b.failed);
    buf_puts(&b, "x");
    buf_put_u64(&b, 1);
    buf_printf(&b, "y");
    assert_null(buf_reserve(&b, 1));
    assert_true(b.failed);
    assert_true(slice_is(buf_slice(&b), "kept"));
    buf_clear(&b);
    buf_puts(&b, "again");
    assert_holds(&b, KITH_LIT("again"));
    buf_fini(&b);
}

static void every_growth_may_fail_without_harm(void **state)
{
    (void)state;
    for (size_t nth = 0;; nth++) {
        struct buf b = {0};
        alloc_fail(nth, 1);
        for (int i = 0; i < 1000; i++)
            buf_puts(&b, "0123456789");
        size_t asked = alloc_heal();
        if (!b.failed) {
            assert_int_equal(b.len, 10000);
            assert_int_equal(asked, nth);
            buf_fini(&b);
            return;
        }
        assert_int_equal(asked, nth + 1);
        assert_int_equal(b.len % 10, 0);
        buf_fini(&b);
    }
}

static void a_length_beyond_the_address_space_fails_at_once(void **state)
{
    (void)state;
    for (int filled = 0; filled < 2; filled++) {
        struct buf b = {0};
        if (filled) buf_puts(&b, "x");
        alloc_fail(0, 0);
        assert_null(buf_reserve(&b, SIZE_MAX));
        assert_int_equal(alloc_heal(), 0);
        assert_true(b.failed);
        assert_int_equal(b.len, filled);
        buf_fini(&b);
    }
}

static void random_pieces_add_up(void **state)
{
    (void)state;
    static uint8_t want[1 << 16];
    uint64_t seed = 2;
    for (uint32_t round = rounds(20); round > 0; round--) {
        struct buf b = {0};
        size_t len = 0;
        while (len < sizeof want - 600) {
            size_t n = chance_below(&seed, 600);
            for (size_t i = 0; i < n; i++)
                want[len + i] = (uint8_t)chance_next(&seed);
            buf_put(&b, slice_of(want + len, n));
            len += n;
        }
        assert_holds(&b, slice_of(want, len));
        assert_true(b.cap < 2 * sizeof want);
        buf_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_buffer_is_empty_and_costs_nothing),
        cmocka_unit_test(what_is_put_stands_there_in_order),
        cmocka_unit_test(numbers_are_written_in_decimal),
        cmocka_unit_test(a_long_print_is_written_whole),
        cmocka_unit_test(reserved_room_is_counted_only_when_used),
        cmocka_unit_test(clear_keeps_the_memory),
        cmocka_unit_test(fini_leaves_an_empty_buffer_that_can_be_used_again),
        cmocka_unit_test(a_failed_growth_sticks_and_drops_what_follows),
        cmocka_unit_test(every_growth_may_fail_without_harm),
        cmocka_unit_test(a_length_beyond_the_address_space_fails_at_once),
        cmocka_unit_test(random_pieces_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
