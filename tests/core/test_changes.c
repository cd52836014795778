/* tests/core/test_changes.c -- what changed, and the bytes it speaks of. */
#include "core/changes.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct meta meta_of(const char *fields)
{
    return (struct meta){.fields = slice_str(fields), .online_at_s = 5, .has_prev = true};
}

static void add(struct changes *c, const char *topic, const char *key, const struct meta *old,
                const struct meta *now)
{
    assert_int_equal(changes_add(c, slice_str(topic), slice_str(key), old, now), KITH_OK);
}

static void bytes_are_copies(void **state)
{
    (void)state;
    struct changes c = {0};
    char topic[] = "room:1", key[] = "alice", fields[] = "{}";
    struct meta m = meta_of(fields);
    add(&c, topic, key, &m, NULL);
    memset(topic, 'x', sizeof topic);
    memset(key, 'x', sizeof key);
    memset(fields, 'x', sizeof fields);
    assert_true(slice_is(c.items[0].topic, "room:1"));
    assert_true(slice_is(c.items[0].key, "alice"));
    assert_true(slice_is(c.items[0].old.fields, "{}"));
    assert_true(c.items[0].has_old);
    assert_false(c.items[0].has_now);
    assert_int_equal(c.items[0].old.online_at_s, 5);
    changes_fini(&c);
}

static void a_key_that_ends_its_topic_is_stored_once(void **state)
{
    (void)state;
    struct changes c = {0};
    struct meta m = meta_of("{}");
    add(&c, "user_presence:42", "42", NULL, &m);
    add(&c, "room:7", "7", NULL, &m);
    assert_ptr_equal(c.items[0].key.ptr, c.items[0].topic.ptr + 14);
    assert_true(slice_is(c.items[0].key, "42"));
    assert_true(slice_is(c.items[1].key, "7"));
    add(&c, "", "", NULL, &m);
    assert_int_equal(c.items[2].topic.len, 0);
    assert_int_equal(c.items[2].key.len, 0);
    changes_fini(&c);
}

static void earlier_ones_stay_where_they_are_while_more_come(void **state)
{
    (void)state;
    struct changes c = {0};
    char key[16], large[5000];
    memset(large, 'y', sizeof large - 1);
    large[sizeof large - 1] = 0;
    for (int i = 0; i < 2000; i++) {
        struct meta old = meta_of(i % 100 ? "{}" : large), now = meta_of("{\"a\":1}");
        snprintf(key, sizeof key, "k%d", i);
        add(&c, "room", key, &old, &now);
    }
    for (int i = 0; i < 2000; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_true(slice_is(c.items[i].key, key));
        assert_true(slice_is(c.items[i].old.fields, i % 100 ? "{}" : large));
        assert_true(slice_is(c.items[i].now.fields, "{\"a\":1}"));
    }
    changes_fini(&c);
}

static void a_steady_stream_of_changes_allocates_nothing(void **state)
{
    (void)state;
    struct changes c = {0};
    struct meta m = meta_of("{\"status\":\"online\"}");
    add(&c, "user_presence:1", "1", &m, &m);
    changes_clear(&c);
    alloc_fail(0, SIZE_MAX);
    for (int i = 0; i < 1000; i++) {
        add(&c, "user_presence:1", "1", &m, &m);
        assert_int_equal(c.count, 1);
        changes_clear(&c);
        assert_int_equal(c.count, 0);
    }
    assert_int_equal(alloc_heal(), 0);
    changes_fini(&c);
}

static void what_a_storm_needed_is_given_back(void **state)
{
    (void)state;
    struct changes c = {0};
    struct meta m = meta_of("{}");
    for (int i = 0; i < 10000; i++)
        add(&c, "room", "key", &m, NULL);
    changes_clear(&c);
    assert_int_equal(c.cap, 0);
    add(&c, "room", "key", &m, NULL);
    assert_int_equal(c.count, 1);
    changes_fini(&c);
    changes_clear(&c);
    changes_fini(&c);
}

static void without_memory_nothing_is_added(void **state)
{
    (void)state;
    struct changes c = {0};
    struct meta m = meta_of("{}");
    for (size_t nth = 0; nth < 2; nth++) {
        alloc_fail(nth, 1);
        assert_int_equal(changes_add(&c, KITH_LIT("a"), KITH_LIT("b"), &m, NULL), KITH_NOMEM);
        (void)alloc_heal();
        assert_int_equal(c.count, 0);
    }
    add(&c, "a", "b", &m, NULL);
    changes_fini(&c);
}

static void what_did_not_happen_is_taken_back(void **state)
{
    (void)state;
    struct changes c = {0};
    struct meta m = meta_of("{}");
    add(&c, "a", "one", &m, NULL);
    add(&c, "a", "two", &m, NULL);
    changes_cut(&c, 1);
    add(&c, "a", "three", &m, NULL);
    assert_int_equal(c.count, 2);
    assert_true(slice_is(c.items[0].key, "one"));
    assert_true(slice_is(c.items[1].key, "three"));
    changes_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_copies),
        cmocka_unit_test(a_key_that_ends_its_topic_is_stored_once),
        cmocka_unit_test(earlier_ones_stay_where_they_are_while_more_come),
        cmocka_unit_test(a_steady_stream_of_changes_allocates_nothing),
        cmocka_unit_test(what_a_storm_needed_is_given_back),
        cmocka_unit_test(without_memory_nothing_is_added),
        cmocka_unit_test(what_did_not_happen_is_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
