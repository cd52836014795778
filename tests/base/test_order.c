/* tests/base/test_order.c -- sorting by a number. */
#include "base/order.h"

#include "chance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { COUNT_MAX = 200 };

static void assert_sorted(const struct order *items, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        assert_true(items[i - 1].by <= items[i].by);
        if (items[i - 1].by == items[i].by) assert_true(items[i - 1].at < items[i].at);
    }
}

static void any_numbers_come_in_order_and_those_alike_as_they_stood(void **state)
{
    (void)state;
    struct order items[COUNT_MAX], room[COUNT_MAX];
    uint64_t seed = 1;
    for (uint32_t round = 0; round < rounds(500); round++) {
        uint32_t count = chance_below(&seed, COUNT_MAX + 1), different = 1 + round % 300;
        uint64_t sum = 0, sorted_sum = 0;
        for (uint32_t i = 0; i < count; i++) {
            items[i] = (struct order){chance_below(&seed, different), i};
            sum += items[i].by * (i + 1);
        }
        order_sort(items, room, count);
        assert_sorted(items, count);
        for (uint32_t i = 0; i < count; i++)
            sorted_sum += items[i].by * (items[i].at + 1);
        assert_true(sum == sorted_sum); /* each is there with its own */
    }
}

static void the_largest_numbers_are_last(void **state)
{
    (void)state;
    struct order room[3], items[] = {{UINT64_MAX, 0}, {0, 1}, {(uint64_t)1 << 63, 2}};
    order_sort(items, room, 3);
    assert_int_equal(items[0].at, 1);
    assert_int_equal(items[1].at, 2);
    assert_int_equal(items[2].at, 0);
}

static void nothing_is_in_order(void **state)
{
    (void)state;
    struct order none;
    order_sort(&none, &none, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_numbers_come_in_order_and_those_alike_as_they_stood),
        cmocka_unit_test(the_largest_numbers_are_last),
        cmocka_unit_test(nothing_is_in_order),
    };
    return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
