/* tests/base/test_heap.c -- deadlines come out in order, whatever order they went in. */
#include "base/heap.h"
#include "chance.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cmocka.h>

static void push(struct heap *h, uint64_t at_ms, uint64_t what)
{
    assert_int_equal(heap_push(h, at_ms, what), KITH_OK);
}

static void an_empty_heap_has_no_minimum(void **state)
{
    (void)state;
    struct heap h = {0};
    assert_null(heap_min(&h));
    expect_assert_failure(heap_pop(&h));
    heap_fini(&h);
}

static void a_deadline_takes_16_bytes(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct deadline), 16);
}

static void the_minimum_is_seen_before_it_is_popped(void **state)
{
    (void)state;
    struct heap h = {0};
    push(&h, 20, 2);
    push(&h, 10, 1);
    assert_int_equal(heap_min(&h)->at_ms, 10);
    assert_int_equal(heap_min(&h)->what, 1);
    assert_int_equal(h.count, 2);
    assert_int_equal(heap_pop(&h).what, 1);
    assert_int_equal(heap_min(&h)->what, 2);
    assert_int_equal(heap_pop(&h).what, 2);
    assert_null(heap_min(&h));
    heap_fini(&h);
}

static void times_compare_over_their_whole_range(void **state)
{
    (void)state;
    struct heap h = {0};
    push(&h, UINT64_MAX, UINT64_MAX);
    push(&h, 0, 0);
    push(&h, (uint64_t)1 << 63, 1);
    assert_true(heap_pop(&h).at_ms == 0);
    assert_true(heap_pop(&h).at_ms == (uint64_t)1 << 63);
    assert_true(heap_pop(&h).what == UINT64_MAX);
    heap_fini(&h);
}

static void equal_times_lose_nobody(void **state)
{
    (void)state;
    struct heap h = {0};
    bool seen[100] = {0};
    for (uint64_t i = 0; i < 100; i++)
        push(&h, 5, i);
    for (int i = 0; i < 100; i++)
        seen[heap_pop(&h).what] = true;
    for (int i = 0; i < 100; i++)
        assert_true(seen[i]);
    heap_fini(&h);
}

static void without_memory_a_push_changes_nothing(void **state)
{
    (void)state;
    struct heap h = {0};
    uint32_t refused = 0;
    for (uint64_t i = 0; i < 100; i++) {
        alloc_fail(0, 1);
        kith_err e = heap_push(&h, 100 - i, i);
        alloc_heal();
        if (e == KITH_OK) continue;
        assert_int_equal(e, KITH_NOMEM);
        assert_int_equal(h.count, i);
        if (i > 0) assert_int_equal(heap_min(&h)->what, i - 1);
        push(&h, 100 - i, i);
        refused++;
    }
    assert_int_equal(refused, 4); /* for 16, 32, 64 and 128 */
    for (uint64_t i = 100; i-- > 0;)
        assert_int_equal(heap_pop(&h).what, i);
    heap_fini(&h);
}

static int by_time(const void *a, const void *b)
{
    const struct deadline *x = a, *y = b;
    return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

static void it_sorts_as_qsort_does(void **state)
{
    (void)state;
    static struct deadline want[1000];
    uint64_t seed = 5;
    for (uint32_t round = rounds(50); round > 0; round--) {
        struct heap h = {0};
        uint32_t n = chance_below(&seed, 1000), range = 1 + chance_below(&seed, 2000);
        for (uint32_t i = 0; i < n; i++) {
            want[i] = (struct deadline){chance_below(&seed, range), 0};
            want[i].what = ~want[i].at_ms; /* so that a time with another's owner is seen */
            push(&h, want[i].at_ms, want[i].what);
        }
        qsort(want, n, sizeof *want, by_time);
        for (uint32_t i = 0; i < n; i++) {
            struct deadline got = heap_pop(&h);
            assert_memory_equal(&got, &want[i], sizeof got);
        }
        assert_int_equal(h.count, 0);
        heap_fini(&h);
    }
}

/* Takes the earliest out of an unsorted list. */
static struct deadline take_min(struct deadline *list, uint32_t *count)
{
    uint32_t min = 0;
    for (uint32_t i = 1; i < *count; i++)
        if (list[i].at_ms < list[min].at_ms) min = i;
    struct deadline top = list[min];
    list[min] = list[--*count];
    return top;
}

static void pushes_between_pops_find_their_place(void **state)
{
    (void)state;
    static struct deadline model[2000];
    uint64_t seed = 6;
    struct heap h = {0};
    uint32_t count = 0;
    for (uint32_t step = rounds(5000); step > 0; step--) {
        if (count < 200 && chance_below(&seed, 2)) {
            uint64_t at_ms = chance_next(&seed) >> 40;
            model[count++] = (struct deadline){at_ms, ~at_ms};
            push(&h, at_ms, ~at_ms);
        } else if (count > 0) {
            struct deadline want = take_min(model, &count), got = heap_pop(&h);
            assert_memory_equal(&got, &want, sizeof got);
        }
        assert_int_equal(h.count, count);
    }
    heap_fini(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_has_no_minimum),
        cmocka_unit_test(a_deadline_takes_16_bytes),
        cmocka_unit_test(the_minimum_is_seen_before_it_is_popped),
        cmocka_unit_test(times_compare_over_their_whole_range),
        cmocka_unit_test(equal_times_lose_nobody),
        cmocka_unit_test(without_memory_a_push_changes_nothing),
        cmocka_unit_test(it_sorts_as_qsort_does),
        cmocka_unit_test(pushes_between_pops_find_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
