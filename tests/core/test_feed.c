/* tests/core/test_feed.c -- one writer's changes, numbered: held against a naive model. */
#include "chance.h"
#include "core/feed.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    *state = feed_new();
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    feed_free(*state);
    return 0;
}

static uint32_t put(struct feed *f, uint32_t value)
{
    uint32_t slot, expected = feed_peek(f);
    uint64_t seq, before = feed_seq(f);
    assert_int_equal(feed_put(f, value, &slot, &seq), KITH_OK);
    assert_int_equal(slot, expected);
    assert_int_equal(seq, before + 1);
    return slot;
}

static void a_new_feed_has_no_changes(void **state)
{
    struct feed_item item;
    struct feed_walk w = feed_since(*state, 0);
    assert_int_equal(feed_seq(*state), 0);
    assert_false(feed_next(*state, &w, &item));
}

static bool is_empty(const struct feed *f, uint32_t slot)
{
    struct feed_walk w = feed_since(f, feed_last(f, slot) - 1);
    struct feed_item item;
    assert_true(feed_next(f, &w, &item));
    assert_int_equal(item.slot, slot);
    return item.empty;
}

static void every_change_takes_the_next_number(void **state)
{
    struct feed *f = *state;
    uint32_t slot = put(f, 7);
    assert_int_equal(feed_last(f, slot), 1);
    assert_int_equal(feed_change(f, slot), 2);
    assert_int_equal(feed_clear(f, slot), 3);
    assert_int_equal(feed_seq(f), 3);
    assert_int_equal(feed_last(f, slot), 3);
    assert_true(is_empty(f, slot));
}

static void what_changed_since_is_walked_in_order_of_its_last_change(void **state)
{
    struct feed *f = *state;
    uint32_t a = put(f, 10), b = put(f, 20), c = put(f, 30);
    assert_int_equal(feed_change(f, a), 4);
    assert_int_equal(feed_clear(f, b), 5);
    struct feed_item item;
    struct feed_walk w = feed_since(f, 0);
    assert_true(feed_next(f, &w, &item));
    assert_int_equal(item.slot, c);
    assert_int_equal(item.seq, 3);
    assert_int_equal(item.value, 30);
    assert_true(feed_next(f, &w, &item));
    assert_int_equal(item.slot, a);
    assert_int_equal(item.seq, 4);
    assert_true(feed_next(f, &w, &item));
    assert_int_equal(item.slot, b);
    assert_true(item.empty);
    assert_false(feed_next(f, &w, &item));
    w = feed_since(f, 4);
    assert_true(feed_next(f, &w, &item));
    assert_int_equal(item.slot, b);
    w = feed_since(f, 5);
    assert_false(feed_next(f, &w, &item));
}

static void an_emptied_slot_is_the_next_to_be_used(void **state)
{
    struct feed *f = *state;
    uint32_t a = put(f, 1), b = put(f, 2), c = put(f, 3);
    feed_clear(f, a);
    feed_clear(f, b);
    assert_int_equal(put(f, 4), b);
    assert_int_equal(put(f, 5), a);
    assert_int_equal(put(f, 6), c + 1);
    assert_false(is_empty(f, a));
    assert_int_equal(feed_value(f, b), 4);
}

static void a_value_is_changed_without_a_number(void **state)
{
    struct feed *f = *state;
    uint32_t slot = put(f, 1);
    feed_set_value(f, slot, UINT32_MAX);
    assert_int_equal(feed_value(f, slot), UINT32_MAX);
    assert_int_equal(feed_seq(f), 1);
    feed_clear(f, slot);
    expect_assert_failure(feed_set_value(f, slot, 5));
    expect_assert_failure(feed_change(f, slot));
    expect_assert_failure(feed_clear(f, slot));
}

enum { SLOTS = 600 };

struct model {
    uint64_t seq, last[SLOTS];
    uint32_t value[SLOTS], slots;
    bool empty[SLOTS];
};

/* The naive answer: look for the least number above, again and again. */
static void assert_since(const struct feed *f, const struct model *m, uint64_t from)
{
    struct feed_walk w = feed_since(f, from);
    struct feed_item item;
    while (feed_next(f, &w, &item)) {
        uint32_t least = SLOTS;
        for (uint32_t i = 0; i < m->slots; i++)
            if (m->last[i] > from && (least == SLOTS || m->last[i] < m->last[least])) least = i;
        assert_int_equal(item.slot, least);
        assert_int_equal(item.seq, m->last[least]);
        assert_int_equal(item.empty, m->empty[least]);
        if (!item.empty) assert_int_equal(item.value, m->value[least]);
        from = item.seq;
    }
    for (uint32_t i = 0; i < m->slots; i++)
        assert_true(m->last[i] <= from);
}

static void model_step(struct feed *f, struct model *m, uint64_t *seed, uint32_t grow)
{
    uint32_t i = m->slots ? chance_below(seed, m->slots) : 0;
    bool live = m->slots && !m->empty[i];
    if (!live || (chance_below(seed, 100) < grow && m->slots < SLOTS)) {
        uint32_t value = chance_below(seed, UINT32_MAX);
        i = put(f, value);
        if (i == m->slots) m->slots++;
        m->value[i] = value;
        m->empty[i] = false;
        m->last[i] = ++m->seq;
    } else if (chance_below(seed, 2)) {
        m->last[i] = feed_change(f, i);
        assert_int_equal(m->last[i], ++m->seq);
    } else {
        m->last[i] = feed_clear(f, i);
        m->empty[i] = true;
        assert_int_equal(m->last[i], ++m->seq);
    }
}

static void it_is_what_a_naive_model_holds(void **state)
{
    (void)state;
    static struct model m;
    for (uint64_t run = 1; run <= rounds(5); run++) {
        struct feed *f = feed_new();
        uint64_t seed = run;
        m = (struct model){0};
        for (uint32_t i = 0; i < 2000; i++) {
            model_step(f, &m, &seed, run % 2 ? 60 : 10);
            assert_int_equal(feed_seq(f), m.seq);
            if (i % 100 == 0) assert_since(f, &m, chance_below(&seed, i + 1));
        }
        assert_since(f, &m, 0);
        feed_free(f);
    }
}

static void tombstones_are_no_more_than_the_peak(void **state)
{
    struct feed *f = *state;
    for (uint32_t i = 0; i < 100000; i++) {
        uint32_t slot = put(f, i);
        assert_true(slot < 2);
        if (i) feed_clear(f, slot == 1 ? 1 : 0);
    }
    assert_true(feed_bytes(f) < 10000);
}

static void a_slot_costs_sixteen_bytes(void **state)
{
    struct feed *f = *state;
    for (uint32_t i = 0; i < 100000; i++)
        (void)put(f, i);
    assert_in_range(feed_bytes(f), 1600000, 1640000);
}

static void without_memory_nothing_changes(void **state)
{
    struct feed *f = *state;
    uint32_t slot = 99;
    uint64_t seq;
    alloc_fail(0, 1);
    assert_int_equal(feed_put(f, 1, &slot, &seq), KITH_NOMEM);
    (void)alloc_heal();
    assert_int_equal(feed_seq(f), 0);
    assert_int_equal(put(f, 1), 0);
    alloc_fail(0, SIZE_MAX);
    assert_null(feed_new());
    assert_int_equal(feed_change(f, 0), 2);
    assert_int_equal(feed_clear(f, 0), 3);
    assert_int_equal(put(f, 2), 0);
    (void)alloc_heal();
    feed_free(NULL);
}

#define WITH_ONE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ONE(a_new_feed_has_no_changes),
        WITH_ONE(every_change_takes_the_next_number),
        WITH_ONE(what_changed_since_is_walked_in_order_of_its_last_change),
        WITH_ONE(an_emptied_slot_is_the_next_to_be_used),
        WITH_ONE(a_value_is_changed_without_a_number),
        cmocka_unit_test(it_is_what_a_naive_model_holds),
        WITH_ONE(tombstones_are_no_more_than_the_peak),
        WITH_ONE(a_slot_costs_sixteen_bytes),
        WITH_ONE(without_memory_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
