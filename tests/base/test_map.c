/* tests/base/test_map.c -- the hash index, held against a naive model. */
#include "base/map.h"
#include "chance.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* How well the owner's hash spreads: a good one, one for the end of the table, a bad one, none. */
static uint64_t hash_mixed(const void *owner, uint32_t value)
{
    (void)owner;
    uint64_t seed = value;
    return chance_next(&seed);
}
static uint64_t hash_last_cells(const void *owner, uint32_t value)
{
    (void)owner;
    return UINT64_MAX - value % 2;
}
static uint64_t hash_few(const void *owner, uint32_t value)
{
    (void)owner;
    return value % 5;
}
static uint64_t hash_one(const void *owner, uint32_t value)
{
    (void)owner;
    (void)value;
    return 7;
}
static const map_hash_fn hashes[] = {hash_mixed, hash_last_cells, hash_few, hash_one};
enum { HASHES = sizeof hashes / sizeof *hashes };

static void add(struct map *m, map_hash_fn hash_of, uint32_t value)
{
    assert_int_equal(map_add(m, hash_of(NULL, value), value, hash_of, NULL), KITH_OK);
}

/* How often a walk meets `value`: 1 if it is in the map, 0 if not, and never more. */
static uint32_t found(const struct map *m, map_hash_fn hash_of, uint32_t value)
{
    uint32_t times = 0, got;
    struct map_probe p = map_probe(hash_of(NULL, value));
    while ((got = map_next(m, &p)) != MAP_NONE)
        times += got == value;
    return times;
}

static void an_empty_map_finds_nothing(void **state)
{
    (void)state;
    struct map m = {0};
    struct map_probe p = map_probe(1);
    assert_int_equal(map_next(&m, &p), MAP_NONE);
    assert_int_equal(map_next(&m, &p), MAP_NONE);
    map_fini(&m);
}

static void a_walk_that_has_ended_stays_ended(void **state)
{
    (void)state;
    struct map m = {0};
    add(&m, hash_one, 0);
    struct map_probe p = map_probe(hash_one(NULL, 0));
    assert_int_equal(map_next(&m, &p), 0);
    assert_int_equal(map_next(&m, &p), MAP_NONE);
    assert_int_equal(map_next(&m, &p), MAP_NONE);
    map_fini(&m);
}

static void values_with_one_hash_are_all_met_once(void **state)
{
    (void)state;
    struct map m = {0};
    for (uint32_t v = 0; v < 50; v++)
        add(&m, hash_one, v);
    for (uint32_t v = 0; v < 50; v++)
        assert_int_equal(found(&m, hash_one, v), 1);
    assert_int_equal(m.count, 50);
    map_fini(&m);
}

static void a_removed_value_does_not_hide_what_stands_behind_it(void **state)
{
    (void)state;
    struct map m = {0};
    add(&m, hash_one, 1);
    add(&m, hash_one, 2);
    add(&m, hash_one, 3);
    map_remove(&m, hash_one(NULL, 2), 2);
    assert_int_equal(found(&m, hash_one, 1), 1);
    assert_int_equal(found(&m, hash_one, 2), 0);
    assert_int_equal(found(&m, hash_one, 3), 1);
    add(&m, hash_one, 4); /* takes the dead cell */
    assert_int_equal(m.dead, 0);
    assert_int_equal(found(&m, hash_one, 4), 1);
    map_fini(&m);
}

static void the_last_cell_is_followed_by_the_first(void **state)
{
    (void)state;
    struct map m = {0};
    for (uint32_t v = 0; v < 6; v++)
        add(&m, hash_last_cells, v);
    for (uint32_t v = 0; v < 6; v++)
        assert_int_equal(found(&m, hash_last_cells, v), 1);
    for (uint32_t v = 0; v < 6; v++)
        map_remove(&m, hash_last_cells(NULL, v), v);
    for (uint32_t v = 0; v < 6; v++)
        assert_int_equal(found(&m, hash_last_cells, v), 0);
    map_fini(&m);
}

static void an_emptied_map_keeps_no_dead_cells(void **state)
{
    (void)state;
    for (int h = 0; h < HASHES; h++) {
        struct map m = {0};
        for (uint32_t v = 0; v < 100; v++)
            add(&m, hashes[h], v);
        for (uint32_t v = 0; v < 100; v++)
            map_remove(&m, hashes[h](NULL, v), v);
        assert_int_equal(m.count, 0);
        assert_int_equal(m.dead, 0);
        map_fini(&m);
    }
}

static void a_quarter_of_the_cells_is_always_free(void **state)
{
    (void)state;
    struct map m = {0};
    for (uint32_t v = 0; v < 5000; v++) {
        add(&m, hash_mixed, v);
        if (v % 3 == 0) map_remove(&m, hash_mixed(NULL, v), v);
        assert_true((m.count + m.dead) * 4 <= m.cap * 3);
        assert_int_equal(m.cap & (m.cap - 1), 0);
    }
    map_fini(&m);
}

static void churn_does_not_grow_the_table(void **state)
{
    (void)state;
    for (int h = 0; h < HASHES; h++) {
        struct map m = {0};
        for (uint32_t v = 0; v < 20000; v++) {
            add(&m, hashes[h], v);
            if (v >= 40) map_remove(&m, hashes[h](NULL, v - 40), v - 40);
        }
        assert_int_equal(m.count, 40);
        assert_true(m.cap <= 128);
        map_fini(&m);
    }
}

static void a_table_that_once_was_large_becomes_small_again(void **state)
{
    (void)state;
    struct map m = {0};
    for (uint32_t v = 0; v < 100000; v++)
        add(&m, hash_mixed, v);
    for (uint32_t v = 0; v < 100000; v++)
        map_remove(&m, hash_mixed(NULL, v), v);
    for (uint32_t v = 0; v < 100; v++)
        add(&m, hash_mixed, v);
    assert_true(m.cap <= 256);
    for (uint32_t v = 0; v < 100; v++)
        assert_int_equal(found(&m, hash_mixed, v), 1);
    map_fini(&m);
}

static void without_memory_an_add_changes_nothing(void **state)
{
    (void)state;
    struct map m = {0};
    uint32_t refused = 0;
    for (uint32_t v = 0; v < 1000; v++) {
        struct map before = m;
        alloc_fail(0, 1);
        kith_err e = map_add(&m, hash_mixed(NULL, v), v, hash_mixed, NULL);
        alloc_heal();
        if (e == KITH_OK) continue;
        assert_int_equal(e, KITH_NOMEM);
        assert_memory_equal(&m, &before, sizeof m);
        assert_int_equal(found(&m, hash_mixed, v), 0);
        add(&m, hash_mixed, v);
        refused++;
    }
    assert_in_range(refused, 8, 16);
    for (uint32_t v = 0; v < 1000; v++)
        assert_int_equal(found(&m, hash_mixed, v), 1);
    map_fini(&m);
}

static void removing_what_is_not_there_is_caught(void **state)
{
    (void)state;
    struct map m = {0};
    expect_assert_failure(map_remove(&m, 1, 1));
    add(&m, hash_one, 1);
    expect_assert_failure(map_remove(&m, hash_one(NULL, 2), 2));
    expect_assert_failure(map_remove(&m, hash_one(NULL, 1) + 1, 1));
    assert_int_equal(found(&m, hash_one, 1), 1);
    map_fini(&m);
}

static void a_replaced_value_gives_its_place_to_the_other(void **state)
{
    (void)state;
    struct map m = {0};
    for (uint32_t v = 1; v <= 3; v++)
        add(&m, hash_one, v);
    struct map before = m;
    alloc_fail(0, 1);
    map_replace(&m, hash_one(NULL, 2), 2, 9);
    assert_int_equal(alloc_heal(), 0);
    assert_memory_equal(&m, &before, sizeof m);
    assert_int_equal(found(&m, hash_one, 2), 0);
    for (uint32_t v = 1; v <= 9; v += v == 1 ? 2 : 6)
        assert_int_equal(found(&m, hash_one, v), 1);
    expect_assert_failure(map_replace(&m, hash_one(NULL, 2), 2, 5));
    expect_assert_failure(map_replace(&m, hash_one(NULL, 3), 3, UINT32_MAX - 2));
    map_fini(&m);
}

static void a_walk_passes_by_most_values_of_other_hashes(void **state)
{
    (void)state;
    enum { VALUES = 100000 };
    struct map m = {0};
    uint32_t others = 0, got;
    for (uint32_t v = 0; v < VALUES; v++)
        add(&m, hash_mixed, v);
    for (uint32_t v = 0; v < 2 * VALUES; v++) { /* half of them are not there */
        struct map_probe p = map_probe(hash_mixed(NULL, v));
        while ((got = map_next(&m, &p)) != MAP_NONE)
            others += got != v;
        assert_int_equal(found(&m, hash_mixed, v), v < VALUES);
    }
    assert_true(others < VALUES / 1000);
    map_fini(&m);
}

static void values_may_be_far_above_their_number(void **state)
{
    (void)state;
    static const uint32_t values[] = {3, 1u << 20, 4, (1u << 31) + 5, 7, UINT32_MAX - 3};
    struct map m = {0};
    for (unsigned i = 0; i < 6; i++) {
        add(&m, hash_mixed, values[i]);
        for (unsigned k = 0; k < 6; k++)
            assert_int_equal(found(&m, hash_mixed, values[k]), k <= i);
    }
    for (unsigned i = 0; i < 6; i++)
        map_remove(&m, hash_mixed(NULL, values[i]), values[i]);
    assert_int_equal(m.count, 0);
    map_fini(&m);
}

static void a_value_too_large_for_its_cells_wants_memory(void **state)
{
    (void)state;
    struct map m = {0};
    add(&m, hash_mixed, 1);
    alloc_fail(0, 1);
    assert_int_equal(map_add(&m, hash_mixed(NULL, 1000), 1000, hash_mixed, NULL), KITH_NOMEM);
    alloc_heal();
    assert_int_equal(found(&m, hash_mixed, 1), 1);
    add(&m, hash_mixed, 1000);
    assert_int_equal(found(&m, hash_mixed, 1000), 1);
    map_fini(&m);
}

static void an_owner_may_say_how_large_values_get(void **state)
{
    (void)state;
    struct map m = {.mask = 1023};
    add(&m, hash_one, 1);
    map_replace(&m, hash_one(NULL, 1), 1, 1021);
    assert_int_equal(found(&m, hash_one, 1021), 1);
    expect_assert_failure(map_replace(&m, hash_one(NULL, 1), 1021, 1022));
    map_fini(&m);
}

static void the_two_values_that_mark_cells_are_refused(void **state)
{
    (void)state;
    struct map m = {0};
    add(&m, hash_one, UINT32_MAX - 3);
    assert_int_equal(found(&m, hash_one, UINT32_MAX - 3), 1);
    for (uint32_t v = UINT32_MAX - 2; v != 0; v++)
        expect_assert_failure((void)!map_add(&m, 1, v, hash_one, NULL));
    map_fini(&m);
}

enum { VALUES = 500 };

static void assert_equals(const struct map *m, const bool *in, map_hash_fn hash_of)
{
    uint32_t count = 0;
    for (uint32_t v = 0; v < VALUES; v++) {
        assert_int_equal(found(m, hash_of, v), in[v]);
        count += in[v];
    }
    assert_int_equal(m->count, count);
}

static void toggle(struct map *m, bool *in, map_hash_fn hash_of, uint32_t v)
{
    if (in[v])
        map_remove(m, hash_of(NULL, v), v);
    else
        add(m, hash_of, v);
    in[v] = !in[v];
}

static void it_equals_a_set_under_random_adds_and_removes(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int h = 0; h < HASHES; h++)
        for (uint32_t round = rounds(4); round > 0; round--) {
            struct map m = {0};
            bool in[VALUES] = {0};
            for (int step = 0; step < 2000; step++) {
                uint32_t range = step % 500 < 250 ? VALUES : 20; /* wide, then the same few */
                toggle(&m, in, hashes[h], chance_below(&seed, range));
                if (step % 50 == 0) assert_equals(&m, in, hashes[h]);
            }
            assert_equals(&m, in, hashes[h]);
            map_fini(&m);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_finds_nothing),
        cmocka_unit_test(a_walk_that_has_ended_stays_ended),
        cmocka_unit_test(values_with_one_hash_are_all_met_once),
        cmocka_unit_test(a_removed_value_does_not_hide_what_stands_behind_it),
        cmocka_unit_test(the_last_cell_is_followed_by_the_first),
        cmocka_unit_test(an_emptied_map_keeps_no_dead_cells),
        cmocka_unit_test(a_quarter_of_the_cells_is_always_free),
        cmocka_unit_test(churn_does_not_grow_the_table),
        cmocka_unit_test(a_table_that_once_was_large_becomes_small_again),
        cmocka_unit_test(without_memory_an_add_changes_nothing),
        cmocka_unit_test(removing_what_is_not_there_is_caught),
        cmocka_unit_test(a_replaced_value_gives_its_place_to_the_other),
        cmocka_unit_test(a_walk_passes_by_most_values_of_other_hashes),
        cmocka_unit_test(values_may_be_far_above_their_number),
        cmocka_unit_test(a_value_too_large_for_its_cells_wants_memory),
        cmocka_unit_test(an_owner_may_say_how_large_values_get),
        cmocka_unit_test(the_two_values_that_mark_cells_are_refused),
        cmocka_unit_test(it_equals_a_set_under_random_adds_and_removes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
