/* tests/core/test_presence_pool.c -- sessions over any number of partitions: what holds for one
 * holds for 2, 8 and 512. */
#include "sessions.h"

enum { TOPICS = 100, OWNER = 77 };

static const uint32_t sizes[] = {1, 2, 8, 512};

/* Runs `test` with a presence of each size that is given back afterwards. */
static void with_each_size(void (*test)(struct people *s))
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct people s = people_new(sizes[i], 9);
        test(&s);
        people_free(&s);
    }
}

static void join_all(struct people *s)
{
    for (uint32_t i = 0; i < TOPICS; i++)
        must(join(s, i, OWNER, 0, ONLINE));
    assert_int_equal(s->told.count, TOPICS);
}

static void p01(struct people *s)
{
    must(join(s, 5, OWNER, 0, ONLINE));
    struct entry e;
    assert_int_equal(list(s, 5, &e), 1);
    assert_slice(e.key, KITH_LIT("5"));
    assert_slice(e.meta.fields, ONLINE);
    assert_int_equal(e.meta.online_at_s, NOW_S);
    assert_memory_equal(e.meta.ref, s->told.items[0].now.ref, REF_BYTES);
}

static void p02(struct people *s)
{
    join_all(s);
    for (uint32_t i = 0; i < TOPICS; i++) {
        struct entry e;
        assert_int_equal(list(s, i, &e), 1);
        assert_int_equal(e.owner, OWNER);
        assert_memory_equal(e.meta.ref, s->told.items[i].now.ref, REF_BYTES);
    }
    assert_int_equal(presence_count(s->p), TOPICS);
}

static void p03(struct people *s)
{
    join_all(s);
    for (uint32_t i = 0; i < TOPICS; i++)
        must(leave(s, i, OWNER));
    struct entry e;
    for (uint32_t i = 0; i < TOPICS; i++)
        assert_int_equal(list(s, i, &e), 0);
    assert_int_equal(presence_count(s->p), 0);
}

/* By the owner alone, partition by partition. */
static void p04(struct people *s)
{
    join_all(s);
    must(join(s, 5, OWNER + 1, 0, ONLINE));
    changes_clear(&s->told);
    for (uint16_t i = 0; i < s->partitions; i++)
        must(tracker_untrack_owner(presence_tracker(s->p, i), OWNER, &s->told));
    assert_int_equal(s->told.count, TOPICS);
    assert_int_equal(presence_count(s->p), 1);
}

static void p05(struct people *s)
{
    join_all(s);
    for (uint32_t i = 0; i < TOPICS; i++) {
        char before[REF_BYTES];
        struct entry e;
        (void)list(s, i, &e);
        memcpy(before, e.meta.ref, sizeof before);
        must(update(s, i, OWNER, AWAY));
        assert_int_equal(list(s, i, &e), 1);
        assert_slice(e.meta.fields, AWAY);
        assert_true(e.meta.has_prev);
        assert_memory_equal(e.meta.prev, before, REF_BYTES);
        assert_memory_not_equal(e.meta.ref, before, REF_BYTES);
    }
}

/* An updater reads and writes what it makes of it. */
static void p06(struct people *s)
{
    join_all(s);
    for (uint32_t i = 0; i < TOPICS; i++) {
        struct entry e, now;
        char fields[64];
        (void)list(s, i, &e);
        int len = snprintf(fields, sizeof fields, "{\"n\":%u,\"before\":%.*s}", i,
                           (int)e.meta.fields.len, (const char *)e.meta.fields.ptr);
        must(update(s, i, OWNER, slice_of(fields, (size_t)len)));
        assert_int_equal(list(s, i, &now), 1);
        assert_slice(now.meta.fields, slice_of(fields, (size_t)len));
        assert_memory_equal(now.meta.prev, e.meta.ref, REF_BYTES);
    }
}

static void p07(struct people *s)
{
    join_all(s);
    struct people again = people_new(s->partitions, 10);
    people_free(s);
    *s = again;
    struct entry e;
    for (uint32_t i = 0; i < TOPICS; i++)
        assert_int_equal(list(s, i, &e), 0);
    assert_int_equal(presence_count(s->p), 0);
}

static void p01_one_tracked_is_listed_with_its_meta_and_ref(void **state)
{
    (void)state;
    with_each_size(p01);
}
static void p02_each_of_a_hundred_topics_lists_its_one(void **state)
{
    (void)state;
    with_each_size(p02);
}
static void p03_untracked_one_by_one_all_are_empty(void **state)
{
    (void)state;
    with_each_size(p03);
}
static void p04_untracked_by_owner_all_are_empty(void **state)
{
    (void)state;
    with_each_size(p04);
}
static void p05_updates_show_new_meta_new_ref_and_the_ref_before(void **state)
{
    (void)state;
    with_each_size(p05);
}
static void p06_updates_by_a_function_of_the_old_meta_show_too(void **state)
{
    (void)state;
    with_each_size(p06);
}
static void p07_a_new_one_after_the_end_starts_empty(void **state)
{
    (void)state;
    with_each_size(p07);
}

static void a_topic_is_of_the_same_partition_on_every_node(void **state)
{
    (void)state;
    uint32_t hits[8] = {0};
    char topic[40];
    for (uint32_t i = 0; i < 8000; i++) {
        int len = snprintf(topic, sizeof topic, "user_presence:%u", i);
        uint16_t at = presence_partition(slice_of(topic, (size_t)len), 8);
        assert_true(at < 8);
        assert_int_equal(at, presence_partition(slice_of(topic, (size_t)len), 8));
        hits[at]++;
    }
    for (uint32_t i = 0; i < 8; i++)
        assert_in_range(hits[i], 850, 1150);
    /* Fixed for ever: nodes of different versions must agree. */
    assert_int_equal(presence_partition(KITH_LIT("user_presence:1"), 64), 21);
    assert_int_equal(presence_partition(KITH_LIT("room:lobby"), 64), 20);
    assert_int_equal(presence_partition(KITH_LIT(""), 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p01_one_tracked_is_listed_with_its_meta_and_ref),
        cmocka_unit_test(p02_each_of_a_hundred_topics_lists_its_one),
        cmocka_unit_test(p03_untracked_one_by_one_all_are_empty),
        cmocka_unit_test(p04_untracked_by_owner_all_are_empty),
        cmocka_unit_test(p05_updates_show_new_meta_new_ref_and_the_ref_before),
        cmocka_unit_test(p06_updates_by_a_function_of_the_old_meta_show_too),
        cmocka_unit_test(p07_a_new_one_after_the_end_starts_empty),
        cmocka_unit_test(a_topic_is_of_the_same_partition_on_every_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
