/* tests/core/test_pool.c -- numbered items that never move. */
#include "chance.h"
#include "core/pool.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static uint32_t take(struct pool *p)
{
    uint32_t number;
    assert_int_equal(pool_take(p, &number), KITH_OK);
    return number;
}

static void numbers_are_dense_and_items_zeroed(void **state)
{
    (void)state;
    struct pool p;
    pool_init(&p, 12);
    static const uint8_t zero[12];
    for (uint32_t i = 0; i < 3000; i++) {
        assert_int_equal(take(&p), i);
        assert_memory_equal(pool_at(&p, i), zero, sizeof zero);
        memset(pool_at(&p, i), 0xff, 12);
    }
    assert_int_equal(p.count, 3000);
    pool_fini(&p);
}

static void what_is_given_back_is_taken_next_and_zeroed_again(void **state)
{
    (void)state;
    struct pool p;
    pool_init(&p, 8);
    for (uint32_t i = 0; i < 10; i++)
        memset(pool_at(&p, take(&p)), 0xff, 8);
    pool_give(&p, 3);
    pool_give(&p, 7);
    assert_int_equal(p.count, 8);
    assert_int_equal(take(&p), 7);
    uint64_t item;
    memcpy(&item, pool_at(&p, 7), sizeof item);
    assert_int_equal(item, 0);
    assert_int_equal(take(&p), 3);
    assert_int_equal(take(&p), 10);
    pool_fini(&p);
}

static void items_stay_where_they_are(void **state)
{
    (void)state;
    struct pool p;
    pool_init(&p, 48);
    const void *first = pool_at(&p, take(&p));
    for (uint32_t i = 0; i < 10000; i++)
        (void)take(&p);
    assert_ptr_equal(pool_at(&p, 0), first);
    pool_fini(&p);
}

static void items_of_any_size_do_not_overlap(void **state)
{
    (void)state;
    for (size_t size = 4; size <= 5000; size = size * 2 + 3) {
        struct pool p;
        pool_init(&p, size);
        for (uint32_t i = 0; i < 100; i++)
            memset(pool_at(&p, take(&p)), (int)i, size);
        for (uint32_t i = 0; i < 100; i++) {
            const uint8_t *item = pool_at(&p, i);
            assert_int_equal(item[0], i);
            assert_int_equal(item[size - 1], i);
        }
        pool_fini(&p);
    }
}

static void without_memory_nothing_is_taken(void **state)
{
    (void)state;
    struct pool p;
    pool_init(&p, 16);
    for (size_t nth = 0; nth < 2; nth++) {
        alloc_fail(nth, 1);
        uint32_t number;
        assert_int_equal(pool_take(&p, &number), KITH_NOMEM);
        (void)alloc_heal();
        assert_int_equal(p.count, 0);
        assert_int_equal(p.used, 0);
    }
    assert_int_equal(take(&p), 0);
    pool_fini(&p);
}

static void giving_back_what_was_never_taken_is_a_mistake(void **state)
{
    (void)state;
    struct pool p;
    pool_init(&p, 16);
    (void)take(&p);
    expect_assert_failure(pool_give(&p, 1));
    pool_fini(&p);
}

static void its_bytes_grow_with_its_pages(void **state)
{
    (void)state;
    struct pool p;
    pool_init(&p, 16);
    assert_int_equal(pool_bytes(&p), 0);
    for (uint32_t i = 0; i < 100000; i++)
        (void)take(&p);
    assert_in_range(pool_bytes(&p), 1600000, 1650000);
    pool_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_dense_and_items_zeroed),
        cmocka_unit_test(what_is_given_back_is_taken_next_and_zeroed_again),
        cmocka_unit_test(items_stay_where_they_are),
        cmocka_unit_test(items_of_any_size_do_not_overlap),
        cmocka_unit_test(without_memory_nothing_is_taken),
        cmocka_unit_test(giving_back_what_was_never_taken_is_a_mistake),
        cmocka_unit_test(its_bytes_grow_with_its_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
