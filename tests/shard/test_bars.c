/* tests/shard/test_bars.c -- users who may not connect until a time. */
#include "shard/bars.h"

#include "failures.h"
#include "shard/shard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { NOW_S = 1000 };

static int set_up(void **state)
{
    struct world *w = shard_new(&(struct world_options){.count = 1, .node = "here"});
    if (w) w->now.unix_ms = NOW_S * 1000 + 999;
    *state = w;
    return !w;
}

static int tear_down(void **state)
{
    shard_free(*state);
    return 0;
}

static kith_slice nth(int n)
{
    static char name[16];
    snprintf(name, sizeof name, "user%d", n);
    return slice_str(name);
}

static void who_is_barred_is_so_until_its_time(void **state)
{
    struct world *w = *state;
    assert_false(bars_has(w, KITH_LIT("ann")));
    assert_int_equal(bars_set(w, KITH_LIT("ann"), NOW_S + 1), KITH_OK);
    assert_true(bars_has(w, KITH_LIT("ann")));
    assert_false(bars_has(w, KITH_LIT("an")));
    w->now.unix_ms++;
    assert_false(bars_has(w, KITH_LIT("ann")));
}

static void a_bar_can_be_moved_and_lifted(void **state)
{
    struct world *w = *state;
    assert_int_equal(bars_set(w, KITH_LIT("ann"), NOW_S + 1), KITH_OK);
    assert_int_equal(bars_set(w, KITH_LIT("ann"), NOW_S + 9), KITH_OK);
    w->now.unix_ms += 5000;
    assert_true(bars_has(w, KITH_LIT("ann")));
    assert_int_equal(bars_set(w, KITH_LIT("ann"), 0), KITH_OK);
    assert_false(bars_has(w, KITH_LIT("ann")));
    assert_int_equal(bars_set(w, KITH_LIT("ann"), 0), KITH_OK);
}

static void many_are_told_apart(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(bars_set(w, nth(i), NOW_S + 1 + (uint64_t)(i % 2)), KITH_OK);
    for (int i = 0; i < 1000; i += 3)
        assert_int_equal(bars_set(w, nth(i), 0), KITH_OK);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(bars_has(w, nth(i)), i % 3 != 0);
    w->now.unix_ms += 1;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(bars_has(w, nth(i)), i % 3 != 0 && i % 2 == 1);
}

/* Those that are over make room. */
static void there_is_room_for_so_many(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < BARS_MAX; i++)
        assert_int_equal(bars_set(w, nth(i), NOW_S + 1 + (uint64_t)(i == 0)), KITH_OK);
    assert_int_equal(bars_set(w, KITH_LIT("ann"), NOW_S + 9), KITH_FULL);
    assert_false(bars_has(w, KITH_LIT("ann")));
    w->now.unix_ms += 1;
    assert_int_equal(bars_set(w, KITH_LIT("ann"), NOW_S + 9), KITH_OK);
    assert_int_equal(w->bars.count, 2);
    assert_true(bars_has(w, nth(0)));
}

static void without_memory_nothing_changes(void **state)
{
    struct world *w = *state;
    for (size_t skip = 0; skip < 2; skip++) {
        alloc_fail(skip, 1);
        assert_int_equal(bars_set(w, KITH_LIT("ann"), NOW_S + 1), KITH_NOMEM);
        alloc_heal();
        assert_false(bars_has(w, KITH_LIT("ann")));
    }
    assert_int_equal(bars_set(w, KITH_LIT("ann"), NOW_S + 1), KITH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(who_is_barred_is_so_until_its_time),
        T(a_bar_can_be_moved_and_lifted),
        T(many_are_told_apart),
        T(there_is_room_for_so_many),
        T(without_memory_nothing_changes),
#undef T
    };
    return cmocka_run_group_tests_name("bars", tests, NULL, NULL);
}
