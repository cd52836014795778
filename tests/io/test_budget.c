/* tests/io/test_budget.c -- how many different users each user has asked about. */
#include "io/budget.h"

#include "base/ids.h"
#include "base/limits.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { USERS = 100, WINDOW_MS = 1000 };

static const struct siphash_key key = {5, 6};

static int set_up(void **state)
{
    *state = budget_new(USERS, WINDOW_MS, &key);
    return !*state;
}

static int tear_down(void **state)
{
    budget_free(*state);
    return 0;
}

/* `user` asks about the users numbered [from, to). */
static enum budget_verdict spend(struct budget *b, const char *user, int from, int to,
                                 uint64_t now_ms)
{
    struct buf ids = {0};
    char id[16];
    for (int i = from; i < to; i++) {
        snprintf(id, sizeof id, "u%d", i);
        ids_put(&ids, slice_str(id));
    }
    enum budget_verdict v = budget_spend(b, slice_str(user), buf_slice(&ids), now_ms);
    buf_fini(&ids);
    return v;
}

static void whoever_asks_for_few_is_within(void **state)
{
    for (int i = 0; i < 1000; i++)
        assert_int_equal(spend(*state, "ann", 0, 20, 5), BUDGET_WITHIN);
}

static void too_many_are_refused_and_told_once(void **state)
{
    assert_int_equal(spend(*state, "ann", 0, 90, 5), BUDGET_WITHIN);
    assert_int_equal(spend(*state, "ann", 200, 300, 6), BUDGET_OVER_NOW);
    assert_int_equal(spend(*state, "ann", 300, 400, 7), BUDGET_OVER);
    assert_int_equal(spend(*state, "ann", 0, 50, 8), BUDGET_WITHIN); /* known ones are free */
    assert_int_equal(spend(*state, "bob", 0, 50, 8), BUDGET_WITHIN); /* each has its own */
}

static void slow_readers_are_counted_too(void **state)
{
    int refused = 0;
    for (int i = 0; i < 400; i++)
        refused += spend(*state, "ann", i, i + 1, (uint64_t)i) != BUDGET_WITHIN;
    assert_in_range(refused, 400 - USERS - 6, 400 - USERS);
}

static void a_new_window_begins_anew(void **state)
{
    assert_int_equal(spend(*state, "ann", 0, 101 + USERS / 8, 5), BUDGET_OVER_NOW);
    assert_int_equal(spend(*state, "ann", 0, 101 + USERS / 8, 5 + WINDOW_MS), BUDGET_OVER_NOW);
    assert_int_equal(spend(*state, "ann", 0, 90, 6 + WINDOW_MS), BUDGET_WITHIN);
}

/* Who is over, or has asked for many, is remembered longest. */
static void of_too_many_some_are_forgotten(void **state)
{
    char user[16];
    assert_int_equal(spend(*state, "nosy", 0, 90, 0), BUDGET_WITHIN);
    assert_int_equal(spend(*state, "over", 0, 100 + USERS, 0), BUDGET_OVER_NOW);
    for (int i = 0; i < 2 * BUDGET_USERS_MAX; i++) {
        snprintf(user, sizeof user, "x%d", i);
        assert_int_equal(spend(*state, user, 0, 1, 0), BUDGET_WITHIN);
    }
    assert_int_equal(spend(*state, "over", 200, 200 + 2 * USERS, 0), BUDGET_OVER);
    assert_int_equal(spend(*state, "nosy", 200, 290, 0), BUDGET_OVER_NOW);
    assert_int_equal(spend(*state, user, 200, 290, 0), BUDGET_WITHIN);
    assert_int_equal(spend(*state, user, 300, 390, 0), BUDGET_OVER_NOW);
}

/* The index may need memory for one who comes in another's place. */
static void a_place_that_finds_no_memory_is_nobodys(void **state)
{
    char user[16];
    struct buf ids = {0};
    ids_put(&ids, KITH_LIT("u"));
    for (int i = 0; i < 4 * BUDGET_USERS_MAX; i++) {
        snprintf(user, sizeof user, "y%d", i);
        if (i >= BUDGET_USERS_MAX) alloc_fail(0, SIZE_MAX / 2);
        (void)budget_spend(*state, slice_str(user), buf_slice(&ids), 0);
        if (i >= BUDGET_USERS_MAX) alloc_heal();
    }
    assert_int_equal(budget_spend(*state, slice_str(user), buf_slice(&ids), 0), BUDGET_WITHIN);
    buf_fini(&ids);
}

static void without_memory_nobody_is_refused(void **state)
{
    for (size_t skip = 0; skip < 2; skip++) {
        alloc_fail(skip + 3, 1); /* behind those of the ids */
        (void)spend(*state, "ann", 0, 10, 0);
        alloc_heal();
    }
    assert_int_equal(spend(*state, "ann", 0, 10, 0), BUDGET_WITHIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(whoever_asks_for_few_is_within),   T(too_many_are_refused_and_told_once),
        T(slow_readers_are_counted_too),     T(a_new_window_begins_anew),
        T(of_too_many_some_are_forgotten),   T(a_place_that_finds_no_memory_is_nobodys),
        T(without_memory_nobody_is_refused),
#undef T
    };
    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
