/* tests/core/test_listeners.c -- one topic's subscribers, held against a naive model through all
 * three of their forms: few, a list, a set. */
#include "chance.h"
#include "core/listeners.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PEOPLE = 3000 };

static struct pool lists;

static int begin(void **state)
{
    (void)state;
    listeners_init_pool(&lists);
    return 0;
}

/* Every test leaves all segments to the next. */
static int end(void **state)
{
    (void)state;
    assert_int_equal(lists.count, 0);
    pool_fini(&lists);
    return 0;
}

/* How often each subscribed. */
struct model {
    uint32_t times[PEOPLE];
    uint32_t count;
};

static void assert_same(const struct listeners *l, const struct model *m)
{
    uint32_t *seen = calloc(PEOPLE, sizeof *seen), who;
    assert_int_equal(l->count, m->count);
    for (struct listeners_walk w = {0}; listeners_next(l, &lists, &w, &who);) {
        assert_true(who < PEOPLE);
        seen[who]++;
    }
    assert_memory_equal(seen, m->times, sizeof m->times);
    free(seen);
}

static void add(struct listeners *l, struct model *m, uint32_t who)
{
    assert_int_equal(listeners_add(l, &lists, who), KITH_OK);
    m->times[who]++;
    m->count++;
}

static void drop(struct listeners *l, struct model *m, uint32_t who)
{
    assert_int_equal(listeners_remove(l, &lists, who), m->times[who]);
    m->count -= m->times[who];
    m->times[who] = 0;
}

/* `bias` of 100 steps add. */
static void walk(struct listeners *l, struct model *m, uint64_t *seed, uint32_t steps,
                 uint32_t bias)
{
    for (uint32_t i = 0; i < steps; i++) {
        uint32_t who = chance_below(seed, PEOPLE);
        if (chance_below(seed, 100) < bias)
            add(l, m, who);
        else
            drop(l, m, who);
        assert_int_equal(listeners_has(l, &lists, who), m->times[who] > 0);
    }
    assert_same(l, m);
}

static void they_are_what_a_naive_model_holds(void **state)
{
    (void)state;
    static struct model m;
    for (uint64_t seed = 1; seed <= rounds(3); seed++) {
        struct listeners l = {0};
        m = (struct model){0};
        uint64_t chances = seed;
        walk(&l, &m, &chances, 10, 60);
        walk(&l, &m, &chances, 2000, 70);
        walk(&l, &m, &chances, 4000, 85);
        walk(&l, &m, &chances, 5000, 30);
        walk(&l, &m, &chances, 3000, 90);
        walk(&l, &m, &chances, 20000, 5);
        listeners_fini(&l, &lists);
    }
}

static void all_leave_one_by_one_and_nothing_is_held(void **state)
{
    (void)state;
    struct listeners l = {0};
    static struct model m;
    m = (struct model){0};
    for (uint32_t i = 0; i < PEOPLE; i++)
        add(&l, &m, i);
    for (uint32_t i = 0; i < PEOPLE; i++) {
        drop(&l, &m, i * 7 % PEOPLE);
        if (i % 97 == 0) assert_same(&l, &m);
    }
    assert_int_equal(l.count, 0);
    assert_int_equal(listeners_bytes(&l), 0);
    listeners_fini(&l, &lists);
}

static void two_need_no_allocation(void **state)
{
    (void)state;
    struct listeners l = {0};
    alloc_fail(0, SIZE_MAX);
    assert_int_equal(listeners_add(&l, &lists, 4), KITH_OK);
    assert_int_equal(listeners_add(&l, &lists, 5), KITH_OK);
    assert_int_equal(alloc_heal(), 0);
    assert_int_equal(listeners_remove(&l, &lists, 4), 1);
    assert_true(listeners_has(&l, &lists, 5));
    assert_false(listeners_has(&l, &lists, 4));
}

/* At every size at which room is made. */
static void without_memory_nobody_is_added_and_nobody_lost(void **state)
{
    (void)state;
    struct listeners l = {0};
    static struct model m;
    m = (struct model){0};
    uint32_t failures = 0;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        alloc_fail(0, 1);
        kith_err e = listeners_add(&l, &lists, i);
        (void)alloc_heal();
        if (e == KITH_OK) {
            m.times[i]++;
            m.count++;
            continue;
        }
        assert_int_equal(e, KITH_NOMEM);
        failures++;
        assert_same(&l, &m);
        add(&l, &m, i);
    }
    assert_true(failures > 8);
    assert_same(&l, &m);
    listeners_fini(&l, &lists);
}

static void leaving_never_fails_for_memory(void **state)
{
    (void)state;
    struct listeners l = {0};
    static struct model m;
    m = (struct model){0};
    for (uint32_t i = 0; i < PEOPLE; i++)
        add(&l, &m, i);
    alloc_fail(0, SIZE_MAX);
    for (uint32_t i = 0; i < PEOPLE - 3; i++)
        drop(&l, &m, i);
    (void)alloc_heal();
    assert_same(&l, &m);
    drop(&l, &m, PEOPLE - 1);
    assert_same(&l, &m);
    listeners_fini(&l, &lists);
}

static double bytes_of(const struct listeners *l)
{
    return (double)listeners_bytes(l) + (double)lists.count * SEGMENT_BYTES;
}

/* Each takes 3 bytes, and little more: 3.4 on average in a list, less than 6 in a set. */
static void memory_follows_their_number(void **state)
{
    (void)state;
    struct listeners l = {0};
    double sum = 0;
    for (uint32_t n = 1; n <= 200000; n++) {
        assert_int_equal(listeners_add(&l, &lists, n), KITH_OK);
        double each = bytes_of(&l) / n;
        if (n >= 50) assert_true(each < 7);
        if (n <= 1000) sum += each;
    }
    assert_true(sum / 1000 < 3.5);
    for (uint32_t n = 1; n <= 200000; n++) {
        assert_int_equal(listeners_remove(&l, &lists, n), 1);
        if (n <= 199900) assert_true(bytes_of(&l) / (200000 - n) < 16);
    }
    listeners_fini(&l, &lists);
}

/* Whatever they grow past, others or they themselves have a use for. */
static void lists_that_grow_side_by_side_leave_no_holes(void **state)
{
    (void)state;
    enum { LISTS = 50, EACH = 100 };
    static struct listeners all[LISTS];
    for (uint32_t n = 0; n < EACH; n++)
        for (uint32_t i = 0; i < LISTS; i++)
            assert_int_equal(listeners_add(&all[i], &lists, n), KITH_OK);
    assert_int_equal(lists.used, LISTS * EACH / SEGMENT_LISTENERS);
    for (uint32_t i = 0; i < LISTS; i++)
        listeners_fini(&all[i], &lists);
}

static void the_largest_number_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct listeners l = {0};
    struct listeners_walk w = {0};
    uint32_t who;
    for (int i = 0; i < SEGMENT_LISTENERS; i++)
        assert_int_equal(listeners_add(&l, &lists, LISTENER_MAX), KITH_OK);
    for (int i = 0; i < SEGMENT_LISTENERS; i++) {
        assert_true(listeners_next(&l, &lists, &w, &who));
        assert_int_equal(who, LISTENER_MAX);
    }
    assert_false(listeners_next(&l, &lists, &w, &who));
    expect_assert_failure((void)!listeners_add(&l, &lists, LISTENER_MAX + 1));
    assert_int_equal(listeners_remove(&l, &lists, LISTENER_MAX), SEGMENT_LISTENERS);
}

/* Numbers of which each byte is another: 0x020100, 0x050403 .. */
static uint32_t spelled(uint32_t from) { return from | (from + 1) << 8 | (from + 2) << 16; }

static void parts_of_two_others_are_nobody(void **state)
{
    (void)state;
    struct listeners l = {0};
    for (uint32_t i = 0; i < 2 * SEGMENT_LISTENERS; i++)
        assert_int_equal(listeners_add(&l, &lists, spelled(3 * i)), KITH_OK);
    for (uint32_t from = 0; from < 6 * SEGMENT_LISTENERS - 2; from++) {
        bool there = from % 3 == 0;
        assert_int_equal(listeners_has(&l, &lists, spelled(from)), there);
        if (!there) assert_int_equal(listeners_remove(&l, &lists, spelled(from)), 0);
    }
    listeners_fini(&l, &lists);
}

static void who_has_left_is_not_found_where_it_was(void **state)
{
    (void)state;
    struct listeners l = {0};
    for (uint32_t i = 0; i < SEGMENT_LISTENERS; i++)
        assert_int_equal(listeners_add(&l, &lists, 7 + i), KITH_OK);
    for (uint32_t i = SEGMENT_LISTENERS; i-- > 3;) {
        assert_int_equal(listeners_remove(&l, &lists, 7 + i), 1);
        assert_false(listeners_has(&l, &lists, 7 + i));
        assert_int_equal(listeners_remove(&l, &lists, 7 + i), 0);
    }
    listeners_fini(&l, &lists);
}

static void the_walk_of_an_empty_one_ends_at_once(void **state)
{
    (void)state;
    struct listeners l = {0};
    struct listeners_walk w = {0};
    uint32_t who;
    assert_false(listeners_next(&l, &lists, &w, &who));
    assert_int_equal(listeners_remove(&l, &lists, 9), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_are_what_a_naive_model_holds, begin, end),
        cmocka_unit_test_setup_teardown(all_leave_one_by_one_and_nothing_is_held, begin, end),
        cmocka_unit_test_setup_teardown(two_need_no_allocation, begin, end),
        cmocka_unit_test_setup_teardown(without_memory_nobody_is_added_and_nobody_lost, begin, end),
        cmocka_unit_test_setup_teardown(leaving_never_fails_for_memory, begin, end),
        cmocka_unit_test_setup_teardown(memory_follows_their_number, begin, end),
        cmocka_unit_test_setup_teardown(lists_that_grow_side_by_side_leave_no_holes, begin, end),
        cmocka_unit_test_setup_teardown(the_largest_number_is_read_as_it_was_written, begin, end),
        cmocka_unit_test_setup_teardown(parts_of_two_others_are_nobody, begin, end),
        cmocka_unit_test_setup_teardown(who_has_left_is_not_found_where_it_was, begin, end),
        cmocka_unit_test_setup_teardown(the_walk_of_an_empty_one_ends_at_once, begin, end),
    };
    return cmocka_run_group_tests_name("listeners", tests, NULL, NULL);
}
