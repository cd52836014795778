/* tests/base/test_timers.c -- each slot has one deadline, and the earliest of all is known. */
#include "base/timers.h"
#include "chance.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void set(struct timers *t, uint32_t slot, uint64_t at_ms)
{
    assert_int_equal(timers_set(t, slot, at_ms), KITH_OK);
}

static void an_empty_one_has_no_minimum(void **state)
{
    (void)state;
    struct timers t = {0};
    assert_null(timers_min(&t));
    assert_false(timers_has(&t, 0));
    timers_drop(&t, 7);
    timers_fini(&t);
}

static void a_slot_that_is_set_again_and_again_stands_there_once(void **state)
{
    (void)state;
    struct timers t = {0};
    set(&t, 3, 1000);
    for (uint64_t i = 0; i < 100000; i++) {
        set(&t, 5, i % 2 ? i : 30000 + i);
        assert_int_equal(t.count, 2);
    }
    assert_int_equal(t.cap, 64);
    set(&t, 5, 2000);
    assert_int_equal(timers_min(&t)->what, 3);
    timers_drop(&t, 3);
    timers_drop(&t, 3);
    assert_int_equal(timers_min(&t)->what, 5);
    assert_int_equal(timers_min(&t)->at_ms, 2000);
    assert_int_equal(t.count, 1);
    timers_fini(&t);
}

static void without_memory_nothing_changes(void **state)
{
    (void)state;
    for (size_t nth = 0; nth < 2; nth++) {
        struct timers t = {0};
        set(&t, 1, 10);
        alloc_fail(nth, 1);
        assert_int_equal(timers_set(&t, 1000, 5), KITH_NOMEM);
        assert_int_equal(timers_set(&t, 1, 20), KITH_OK);
        alloc_heal();
        assert_int_equal(t.count, 1);
        assert_int_equal(timers_min(&t)->at_ms, 20);
        set(&t, 1000, 5);
        assert_int_equal(timers_min(&t)->what, 1000);
        timers_fini(&t);
    }
}

enum { SLOTS = 300 };

/* Held to a list that is looked through. */
static void assert_as(const struct timers *t, const uint64_t due_ms[SLOTS])
{
    uint32_t count = 0;
    uint64_t min_ms = UINT64_MAX;
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        assert_int_equal(timers_has(t, slot), due_ms[slot] != UINT64_MAX);
        count += due_ms[slot] != UINT64_MAX;
        if (due_ms[slot] < min_ms) min_ms = due_ms[slot];
    }
    assert_int_equal(t->count, count);
    if (!count) return;
    assert_true(timers_min(t)->at_ms == min_ms);
    assert_true(due_ms[timers_min(t)->what] == min_ms);
}

static void whatever_is_set_and_dropped_the_earliest_is_known(void **state)
{
    (void)state;
    struct timers t = {0};
    uint64_t seed = 7, due_ms[SLOTS];
    for (uint32_t slot = 0; slot < SLOTS; slot++)
        due_ms[slot] = UINT64_MAX;
    for (uint32_t step = rounds(5000); step > 0; step--) {
        uint32_t slot = chance_below(&seed, SLOTS);
        if (chance_below(&seed, 3)) {
            due_ms[slot] = chance_below(&seed, 1000);
            set(&t, slot, due_ms[slot]);
        } else {
            if (t.count) slot = (uint32_t)timers_min(&t)->what;
            due_ms[slot] = UINT64_MAX;
            timers_drop(&t, slot);
        }
        assert_as(&t, due_ms);
    }
    timers_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_has_no_minimum),
        cmocka_unit_test(a_slot_that_is_set_again_and_again_stands_there_once),
        cmocka_unit_test(without_memory_nothing_changes),
        cmocka_unit_test(whatever_is_set_and_dropped_the_earliest_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
