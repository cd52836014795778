/* tests/core/test_tracker_restart.c -- entries that were announced before a restart, under the refs
 * they had then. */
#include "base/limits.h"
#include "nodes.h"

static int setup(void **state)
{
    static struct node n;
    n = node_new(7);
    *state = &n;
    return 0;
}

static int teardown(void **state)
{
    node_free(*state);
    return 0;
}

static struct entry get(const struct node *n, const char *topic, const char *key)
{
    struct entry e;
    assert_true(node_get(n, topic, key, &e));
    return e;
}

/* Names */

/* Order */

/* Changing hands */

static struct meta meta_of(kith_slice fields) { return (struct meta){fields, NOW_S, 0, {0}, {0}}; }

static void a_restored_entry_keeps_its_refs_and_is_not_told(void **state)
{
    struct node *n = *state;
    struct meta m = meta_of(AWAY);
    struct dot ref = {3, 500}, prev = {2, 90}, none = {0};
    must(tracker_restore(n->t, KITH_LIT("user_presence:9"), KITH_LIT("9"), 1, &m, ref, prev));
    must(tracker_restore(n->t, KITH_LIT("room"), KITH_LIT("b"), 2, &m, prev, none));
    assert_told(n, "");
    struct entry e = get(n, "user_presence:9", "9");
    assert_memory_equal(&e.ref, &ref, sizeof ref);
    assert_memory_equal(&e.prev, &prev, sizeof prev);
    assert_true(e.meta.has_prev);
    assert_int_equal(e.meta.online_at_s, NOW_S);
    struct entry b = get(n, "room", "b");
    assert_false(b.meta.has_prev);
    assert_ref(b.meta.ref, e.meta.prev);

    /* The text of a ref is that of before the restart: same key, partition and dot. */
    struct node old = node_new(3);
    for (uint64_t i = 0; i < 500; i++)
        node_track(&old, i == 499 ? "x" : "y", "x", i + 1);
    assert_ref(get(&old, "x", "x").meta.ref, e.meta.ref);
    node_free(&old);
}

static void the_first_update_after_a_restart_follows_the_old_ref(void **state)
{
    struct node *n = *state;
    struct meta m = meta_of(ONLINE);
    must(tracker_restore(n->t, KITH_LIT("room"), KITH_LIT("a"), 1, &m, (struct dot){3, 500},
                         (struct dot){3, 499}));
    node_update(n, "room", "a", 1, AWAY);
    assert_ref(n->told.items[0].now.prev, n->told.items[0].old.ref);
    struct entry e = get(n, "room", "a");
    assert_int_equal(e.prev.inc, 3);
    assert_int_equal(e.prev.seq, 500);
    assert_int_equal(e.ref.inc, 7);
    node_update(n, "room", "a", 1, ONLINE);
    assert_int_equal(get(n, "room", "a").prev.inc, 7);
    node_untrack(n, "room", "a", 1);
    assert_int_equal(tracker_count(n->t), 0);
}

static void refs_of_before_a_restart_are_given_back(void **state)
{
    struct node *n = *state;
    struct meta m = meta_of(ONLINE);
    for (uint64_t i = 1; i <= 5000; i++) {
        must(tracker_restore(n->t, KITH_LIT("room"), KITH_LIT("a"), 1, &m, (struct dot){i, 5},
                             (struct dot){i - 1, 4}));
        if (i % 2) node_update(n, "room", "a", 1, AWAY);
        if (i % 3) node_update(n, "room", "a", 1, ONLINE);
        node_untrack(n, "room", "a", 1);
        node_forget_told(n);
    }
    assert_true(tracker_bytes(n->t) < 40000);
}

static void restoring_has_the_errors_of_tracking(void **state)
{
    struct node *n = *state;
    struct meta m = meta_of(ONLINE);
    struct dot ref = {3, 1}, none = {0};
    static char fields[META_BYTES_MAX + 1];
    struct meta large = meta_of(slice_of(fields, sizeof fields));
    must(tracker_restore(n->t, KITH_LIT("room"), KITH_LIT("a"), 1, &m, ref, none));
    assert_int_equal(tracker_restore(n->t, KITH_LIT("room"), KITH_LIT("a"), 1, &m, ref, none),
                     KITH_EXISTS);
    assert_int_equal(tracker_restore(n->t, KITH_LIT("room"), KITH_LIT("a"), 2, &m, none, none),
                     KITH_BAD);
    assert_int_equal(tracker_restore(n->t, KITH_LIT("room"), KITH_LIT("a"), 2, &m,
                                     (struct dot){3, UINT64_MAX}, none),
                     KITH_BAD);
    assert_int_equal(tracker_restore(n->t, KITH_LIT("room"), KITH_LIT("a"), 2, &large, ref, none),
                     KITH_FULL);
    assert_int_equal(tracker_count(n->t), 1);
}

/* Reading */

#define WITH_ONE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ONE(a_restored_entry_keeps_its_refs_and_is_not_told),
        WITH_ONE(the_first_update_after_a_restart_follows_the_old_ref),
        WITH_ONE(refs_of_before_a_restart_are_given_back),
        WITH_ONE(restoring_has_the_errors_of_tracking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
