/* tests/core/test_tracker_memory.c -- a tracker whose memory runs out, and what it gives back. */
#include "failures.h"
#include "nodes.h"

#include <time.h>

enum { PAGE_FILL = 64 }; /* entries of one page, so that the next needs another */

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

/* Names */

/* Order */

/* Changing hands */

static struct meta meta_of(kith_slice fields) { return (struct meta){fields, NOW_S, 0, {0}, {0}}; }

/* Reading */

static void no_memory_is_kept_for_those_who_left(void **state)
{
    struct node *n = *state;
    char topic[64];
    uint64_t bytes = 0;
    for (uint32_t round = 0; round < 20; round++) {
        for (uint64_t i = 0; i < 1000; i++) {
            snprintf(topic, sizeof topic, i % 2 ? "user_presence:%lu" : "a longer name of room %lu",
                     (unsigned long)(round * 1000 + i));
            node_track(n, topic, strrchr(topic, i % 2 ? ':' : ' ') + 1, i + 1);
        }
        for (uint64_t i = 0; i < 1000; i++)
            must(tracker_untrack_owner(n->t, i + 1, &n->told));
        node_forget_told(n);
        assert_int_equal(tracker_count(n->t), 0);
        if (round == 1) bytes = tracker_bytes(n->t);
    }
    assert_true(tracker_bytes(n->t) < bytes * 3 / 2); /* an index may be twice as large */
    assert_int_equal(node_at(n, 7).digest, 0);
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The best of many, so that what else the machine does is left out: a copy of all that is unsent,
 * or a look at it, would show in each. */
static double best_list_us(const struct node *n)
{
    double best = 1e9;
    for (int i = 0; i < 200; i++) {
        struct entry e;
        unsigned count = 0;
        double begin = now_us();
        for (struct tracker_walk w = {0}; tracker_next(n->t, KITH_LIT("user_presence:1"), &w, &e);)
            count++;
        double us = now_us() - begin;
        assert_int_equal(count, 1);
        if (us < best) best = us;
    }
    return best;
}

static void n07_a_list_does_not_depend_on_unsent_changes(void **state)
{
    struct node *n = *state;
    struct section s;
    bool more;
    node_track(n, "user_presence:1", "1", 1);
    for (uint64_t i = 0; i < 20000; i++) {
        node_track(n, "room", "a", 100 + i);
        if (i % 2) node_untrack(n, "room", "a", 100 + i);
        node_forget_told(n);
    }
    alloc_fail(0, SIZE_MAX);
    double us = best_list_us(n);
    assert_int_equal(alloc_heal(), 0);
    assert_true(us < 50);
    /* What is unsent are the slots, however often they changed. */
    must(replica_cut(n->t, n->inc, 1, 20000, &s, &more));
    assert_int_equal(s.count, 10001);
    assert_int_equal(s.last, 30001);
    section_fini(&s);
}

static kith_err attempt(struct node *n, int what)
{
    struct meta m = meta_of(AWAY);
    kith_slice room = KITH_LIT("a room with a long name, longer than a cell"), key = KITH_LIT("k");
    switch (what) {
    case 0: return tracker_track(n->t, room, key, 50, 1, KITH_LIT("{\"a\":1}"), &n->told);
    case 1: return tracker_update(n->t, room, key, 50, KITH_LIT("{\"b\":2}"), &n->told);
    case 2: return tracker_restore(n->t, room, key, 51, &m, (struct dot){3, 4}, (struct dot){5, 6});
    case 3: return tracker_update(n->t, room, key, 51, KITH_LIT("{\"c\":3}"), &n->told);
    case 4: return tracker_untrack(n->t, room, key, 50, &n->told);
    default: return tracker_untrack_owner(n->t, 51, &n->told);
    }
}

/* With each allocation failing in turn. */
static void without_memory_nothing_changes_and_nothing_is_told(void **state)
{
    struct node *n = *state;
    for (uint64_t i = 0; i < PAGE_FILL; i++)
        node_track(n, "user_presence:1", "1", 1000 + i);
    for (int what = 0; what <= 5; what++)
        for (size_t nth = 0;; nth++) {
            changes_fini(&n->told); /* so that telling allocates, too */
            uint64_t count = tracker_count(n->t);
            struct replica_position before = node_at(n, 7);
            alloc_fail(nth, 1);
            kith_err e = attempt(n, what);
            (void)alloc_heal();
            if (e == KITH_OK) break;
            assert_int_equal(e, KITH_NOMEM);
            assert_int_equal(n->told.count, 0);
            assert_int_equal(tracker_count(n->t), count);
            struct replica_position after = node_at(n, 7);
            assert_memory_equal(&after, &before, sizeof before);
        }
    assert_int_equal(tracker_count(n->t), PAGE_FILL);
}

/* With nothing there yet, so that the first page of each kind is missing in turn. */
static void without_memory_the_first_entry_leaves_nothing_behind(void **state)
{
    (void)state;
    kith_err e = KITH_NOMEM;
    for (size_t nth = 0; e != KITH_OK; nth++) {
        struct node n = node_new(7);
        alloc_fail(nth, 1);
        e = tracker_track(n.t, KITH_LIT("user_presence:1"), KITH_LIT("1"), 1, 1, ONLINE, &n.told);
        (void)alloc_heal();
        if (e) {
            assert_int_equal(e, KITH_NOMEM);
            assert_int_equal(n.told.count, 0);
            assert_online(&n, "user_presence:1", "");
        }
        node_free(&n);
    }
}

/* A change of the first restored entry needs another pair of refs, and may not get its page. */
static void without_memory_the_first_restored_entry_stays_as_it_was(void **state)
{
    (void)state;
    kith_err e = KITH_NOMEM;
    for (size_t nth = 0; e != KITH_OK; nth++) {
        struct node n = node_new(7);
        node_track(&n, "room", "a", 1);
        for (uint64_t i = 0; i < 256; i++) {
            struct meta m = meta_of(ONLINE);
            must(tracker_restore(n.t, KITH_LIT("room"), KITH_LIT("b"), i + 1, &m,
                                 (struct dot){3, i + 1}, (struct dot){0}));
        }
        node_forget_told(&n);
        alloc_fail(nth, 1);
        e = tracker_update(n.t, KITH_LIT("room"), KITH_LIT("b"), 9, KITH_LIT("{}"), &n.told);
        (void)alloc_heal();
        struct entry entry;
        assert_true(node_get(&n, "room", "b", &entry));
        assert_int_equal(n.told.count, e ? 0 : 1);
        if (e) assert_int_equal(node_at(&n, 7).cursor, 257);
        node_free(&n);
    }
}

static void without_memory_there_is_no_tracker(void **state)
{
    (void)state;
    for (size_t nth = 0;; nth++) {
        alloc_fail(nth, 1);
        struct tracker *t = tracker_new(&(struct tracker_options){.inc = 1});
        (void)alloc_heal();
        if (t) {
            tracker_free(t);
            assert_true(nth > 3);
            break;
        }
    }
    tracker_free(NULL);
}

#define WITH_ONE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ONE(no_memory_is_kept_for_those_who_left),
        WITH_ONE(n07_a_list_does_not_depend_on_unsent_changes),
        WITH_ONE(without_memory_nothing_changes_and_nothing_is_told),
        cmocka_unit_test(without_memory_the_first_entry_leaves_nothing_behind),
        cmocka_unit_test(without_memory_the_first_restored_entry_stays_as_it_was),
        cmocka_unit_test(without_memory_there_is_no_tracker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
