/* tests/core/test_tracker.c -- the entries of one node, case by case; what several nodes make of
 * them is in test_replica.c, the comparison with a naive model in test_tracker_model.c. */
#include "failures.h"
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

static void s01_the_extract_of_a_new_tracker_is_empty(void **state)
{
    struct node *n = *state;
    struct section s;
    bool more;
    must(replica_cut(n->t, n->inc, 0, 10, &s, &more));
    assert_int_equal(s.count, 0);
    assert_int_equal(s.last, 0);
    assert_false(more);
    section_fini(&s);
    assert_int_equal(tracker_count(n->t), 0);
}

static void s02_a_key_is_listed_from_join_to_leave(void **state)
{
    struct node *n = *state;
    node_track(n, "room", "alice", 1);
    assert_online(n, "room", "alice");
    assert_told(n, "+alice");
    node_untrack(n, "room", "alice", 1);
    assert_online(n, "room", "");
    assert_told(n, "-alice");
}

/* Which entries an owner has: those that leave with it. */
static void s14_an_owner_has_its_own_entries_and_no_others(void **state)
{
    struct node *n = *state;
    assert_int_equal(tracker_find(n->t, KITH_LIT("room"), KITH_LIT("a"), 1), TRACKER_NONE);
    must(tracker_untrack_owner(n->t, 1, &n->told));
    assert_told(n, "");
    node_track(n, "room", "a", 1);
    node_forget_told(n);
    struct entry e = get(n, "room", "a");
    assert_int_equal(e.owner, 1);
    assert_int_equal(e.ref.inc, 7);
    assert_int_equal(e.ref.seq, 1);
    assert_int_equal(tracker_find(n->t, KITH_LIT("room"), KITH_LIT("a"), 1), e.number);
    assert_int_equal(tracker_owner(n->t, e.number), 1);
    assert_int_equal(tracker_find(n->t, KITH_LIT("other"), KITH_LIT("a"), 1), TRACKER_NONE);
    assert_int_equal(tracker_find(n->t, KITH_LIT("room"), KITH_LIT("b"), 1), TRACKER_NONE);
    assert_int_equal(tracker_find(n->t, KITH_LIT("room"), KITH_LIT("a"), 2), TRACKER_NONE);
    must(tracker_untrack_owner(n->t, 2, &n->told));
    assert_told(n, "");
    must(tracker_untrack_owner(n->t, 1, &n->told));
    assert_told(n, "-a");
}

static void s15_both_entries_of_one_key_are_found(void **state)
{
    struct node *n = *state;
    must(tracker_track(n->t, KITH_LIT("room"), KITH_LIT("a"), 1, 10, ONLINE, &n->told));
    must(tracker_track(n->t, KITH_LIT("room"), KITH_LIT("b"), 1, 11, ONLINE, &n->told));
    must(tracker_track(n->t, KITH_LIT("room"), KITH_LIT("a"), 2, 12, AWAY, &n->told));
    assert_online(n, "room", "a a b");
    struct entry e;
    uint64_t owners = 0;
    for (struct tracker_walk w = {0}; tracker_next(n->t, KITH_LIT("room"), &w, &e);)
        if (slice_is(e.key, "a")) {
            owners += e.owner;
            assert_slice(e.meta.fields, e.owner == 1 ? ONLINE : AWAY);
        }
    assert_int_equal(owners, 3);
    assert_online(n, "another", "");
    assert_false(node_get(n, "room", "unknown", &e));
}

static void c13_untracking_what_was_never_tracked_does_nothing(void **state)
{
    struct node *n = *state;
    node_untrack(n, "room", "a", 1);
    node_track(n, "room", "a", 1);
    node_forget_told(n);
    node_untrack(n, "room", "a", 2);
    node_untrack(n, "room", "b", 1);
    node_untrack(n, "other", "a", 1);
    assert_told(n, "");
    assert_online(n, "room", "a");
    assert_int_equal(node_at(n, 7).cursor, 1);
}

static void c14_the_other_topic_of_an_owner_stays(void **state)
{
    struct node *n = *state;
    node_track(n, "one", "a", 1);
    node_track(n, "two", "a", 1);
    node_untrack(n, "one", "a", 1);
    assert_online(n, "one", "");
    assert_online(n, "two", "a");
    node_untrack(n, "two", "a", 1);
    assert_int_equal(tracker_count(n->t), 0);
}

static void c15_all_topics_of_an_owner_go_together(void **state)
{
    struct node *n = *state;
    node_track(n, "one", "a", 1);
    node_track(n, "two", "b", 1);
    node_track(n, "two", "c", 2);
    node_forget_told(n);
    must(tracker_untrack_owner(n->t, 1, &n->told));
    assert_int_equal(n->told.count, 2);
    assert_online(n, "one", "");
    assert_online(n, "two", "c");
}

static void c16_an_update_is_told_with_both_metas_and_the_ref_before(void **state)
{
    struct node *n = *state;
    node_track(n, "room", "a", 1);
    struct meta first = n->told.items[0].now;
    assert_false(first.has_prev);
    char r1[REF_BYTES];
    memcpy(r1, first.ref, sizeof r1);
    node_forget_told(n);
    node_update(n, "room", "a", 1, AWAY);
    const struct change *c = &n->told.items[0];
    assert_int_equal(n->told.count, 1);
    assert_true(c->has_old && c->has_now);
    assert_slice(c->old.fields, ONLINE);
    assert_slice(c->now.fields, AWAY);
    assert_ref(c->old.ref, r1);
    assert_true(c->now.has_prev);
    assert_ref(c->now.prev, r1);
    assert_memory_not_equal(c->now.ref, r1, REF_BYTES);
    assert_int_equal(c->now.online_at_s, NOW_S);
    struct entry e = get(n, "room", "a");
    assert_ref(e.meta.ref, c->now.ref);
    assert_ref(e.meta.prev, r1);
    assert_int_equal(e.prev.seq, 1);
    assert_int_equal(e.ref.seq, 2);
}

/* An updater is a caller that reads, and writes what it makes of it. */
static void c17_an_updater_sees_the_old_meta(void **state)
{
    struct node *n = *state;
    node_track(n, "room", "a", 1);
    char fields[64];
    for (int i = 1; i <= 3; i++) {
        struct entry e = get(n, "room", "a");
        int len = snprintf(fields, sizeof fields, "{\"before\":%d}", (int)e.meta.fields.len);
        node_forget_told(n);
        must(tracker_update(n->t, KITH_LIT("room"), KITH_LIT("a"), 1, slice_of(fields, (size_t)len),
                            &n->told));
        assert_ref(n->told.items[0].old.ref, n->told.items[0].now.prev);
        assert_slice(get(n, "room", "a").meta.fields, slice_of(fields, (size_t)len));
    }
    assert_slice(get(n, "room", "a").meta.fields, KITH_LIT("{\"before\":13}"));
}

static void c18_updating_what_was_never_tracked_is_none(void **state)
{
    struct node *n = *state;
    node_track(n, "room", "a", 1);
    node_forget_told(n);
    assert_int_equal(tracker_update(n->t, KITH_LIT("room"), KITH_LIT("a"), 2, AWAY, &n->told),
                     KITH_NONE);
    assert_int_equal(tracker_update(n->t, KITH_LIT("room"), KITH_LIT("b"), 1, AWAY, &n->told),
                     KITH_NONE);
    assert_int_equal(tracker_update(n->t, KITH_LIT("else"), KITH_LIT("a"), 1, AWAY, &n->told),
                     KITH_NONE);
    assert_told(n, "");
}

static void c19_tracking_again_exists_and_another_topic_or_key_is_fine(void **state)
{
    struct node *n = *state;
    node_track(n, "room", "a", 1);
    node_forget_told(n);
    assert_int_equal(tracker_track(n->t, KITH_LIT("room"), KITH_LIT("a"), 1, 1, AWAY, &n->told),
                     KITH_EXISTS);
    assert_told(n, "");
    assert_slice(get(n, "room", "a").meta.fields, ONLINE);
    node_track(n, "other", "a", 1);
    node_track(n, "room", "b", 1);
    node_track(n, "room", "a", 2);
    assert_told(n, "+a +b +a");
}

static void entries_are_bounded_where_asked(void **state)
{
    (void)state;
    struct changes told = {0};
    struct tracker *t = tracker_new(&(struct tracker_options){.inc = 1, .entries_max = 2});
    must(tracker_track(t, KITH_LIT("a"), KITH_LIT("a"), 1, 1, ONLINE, &told));
    must(tracker_track(t, KITH_LIT("a"), KITH_LIT("a"), 2, 1, ONLINE, &told));
    assert_int_equal(tracker_track(t, KITH_LIT("a"), KITH_LIT("a"), 3, 1, ONLINE, &told),
                     KITH_FULL);
    assert_int_equal(tracker_track(t, KITH_LIT("a"), KITH_LIT("a"), 2, 1, ONLINE, &told),
                     KITH_EXISTS);
    must(tracker_untrack(t, KITH_LIT("a"), KITH_LIT("a"), 1, &told));
    must(tracker_track(t, KITH_LIT("a"), KITH_LIT("a"), 3, 1, ONLINE, &told));
    changes_fini(&told);
    tracker_free(t);
}

static void entries_are_listed_oldest_first(void **state)
{
    struct node *n = *state;
    static const uint32_t online_at[] = {5, 9, 5, 1, 7, 1, 9, 5};
    static const uint64_t expected[] = {4, 6, 1, 3, 8, 5, 2, 7};
    for (uint64_t i = 0; i < 8; i++)
        must(tracker_track(n->t, KITH_LIT("user_presence:1"), KITH_LIT("1"), i + 1, online_at[i],
                           ONLINE, &n->told));
    node_update(n, "user_presence:1", "1", 6, AWAY);
    struct entry e;
    size_t i = 0;
    for (struct tracker_walk w = {0}; tracker_next(n->t, KITH_LIT("user_presence:1"), &w, &e); i++)
        assert_int_equal(e.owner, expected[i]);
    assert_int_equal(i, 8);
}

static void an_adopted_entry_is_the_same_and_nobody_is_told(void **state)
{
    struct node *n = *state;
    node_track(n, "user_presence:1", "1", 1);
    node_update(n, "user_presence:1", "1", 1, AWAY);
    node_forget_told(n);
    struct entry before = get(n, "user_presence:1", "1");
    must(tracker_adopt(n->t, KITH_LIT("user_presence:1"), KITH_LIT("1"), 1, 5));
    assert_told(n, "");
    struct entry after = get(n, "user_presence:1", "1");
    assert_int_equal(after.owner, 5);
    assert_ref(after.meta.ref, before.meta.ref);
    assert_ref(after.meta.prev, before.meta.prev);
    assert_slice(after.meta.fields, AWAY);
    assert_int_equal(node_at(n, 7).cursor, 2);
    must(tracker_give(n->t, after.number, 6));
    assert_int_equal(tracker_owner(n->t, after.number), 6);
    assert_int_equal(
        tracker_update(n->t, KITH_LIT("user_presence:1"), KITH_LIT("1"), 1, ONLINE, &n->told),
        KITH_NONE);
}

static void adoption_needs_an_entry_and_one_that_has_none(void **state)
{
    struct node *n = *state;
    node_track(n, "room", "a", 1);
    node_track(n, "room", "a", 2);
    assert_int_equal(tracker_adopt(n->t, KITH_LIT("room"), KITH_LIT("a"), 3, 4), KITH_NONE);
    assert_int_equal(tracker_adopt(n->t, KITH_LIT("room"), KITH_LIT("b"), 1, 4), KITH_NONE);
    assert_int_equal(tracker_adopt(n->t, KITH_LIT("room"), KITH_LIT("a"), 1, 2), KITH_EXISTS);
    assert_int_equal(tracker_owner(n->t, tracker_find(n->t, KITH_LIT("room"), KITH_LIT("a"), 1)),
                     1);
}

static void own_entries_of_a_key_are_met_by_number(void **state)
{
    struct node *n = *state;
    struct node other = node_new(8);
    node_track(&other, "user_presence:1", "1", 7);
    node_up(n, &other);
    node_merge(n, &other);
    node_track(n, "user_presence:1", "1", 1);
    node_track(n, "user_presence:1", "guest", 2);
    node_track(n, "user_presence:1", "1", 3);
    uint32_t number;
    struct tracker_walk w = {0};
    for (uint64_t owner = 1; owner <= 3; owner += 2) {
        assert_true(
            tracker_next_own(n->t, KITH_LIT("user_presence:1"), KITH_LIT("1"), &w, &number));
        assert_int_equal(tracker_owner(n->t, number), owner);
        assert_slice(tracker_fields(n->t, number), ONLINE);
    }
    assert_false(tracker_next_own(n->t, KITH_LIT("user_presence:1"), KITH_LIT("1"), &w, &number));
    assert_false(tracker_next_own(n->t, KITH_LIT("user_presence:1"), KITH_LIT("1"), &w, &number));
    w = (struct tracker_walk){0};
    assert_false(tracker_next_own(n->t, KITH_LIT("user_presence:2"), KITH_LIT("2"), &w, &number));
    node_free(&other);
}

static void a_tag_stays_with_its_entry_until_it_goes(void **state)
{
    struct node *n = *state;
    node_track(n, "room", "a", 1);
    uint32_t number = get(n, "room", "a").number;
    assert_int_equal(tracker_tag(n->t, number), 0);
    tracker_set_tag(n->t, number, UINT32_MAX);
    node_update(n, "room", "a", 1, AWAY);
    must(tracker_give(n->t, number, 2));
    assert_int_equal(tracker_tag(n->t, number), UINT32_MAX);
    must(tracker_untrack_number(n->t, number, &n->told));
    assert_int_equal(tracker_owner(n->t, number), 0);
    assert_int_equal(tracker_owner(n->t, TRACKER_NONE), 0);
    node_track(n, "room", "a", 1);
    assert_int_equal(get(n, "room", "a").number, number);
    assert_int_equal(tracker_tag(n->t, number), 0);
}

static void all_entries_are_met_once(void **state)
{
    struct node *n = *state;
    char topic[40];
    uint8_t seen[200] = {0};
    for (uint64_t i = 0; i < 200; i++) {
        snprintf(topic, sizeof topic, i % 3 ? "user_presence:%lu" : "room:%lu", (unsigned long)i);
        node_track(n, topic, strchr(topic, ':') + 1, i + 1);
    }
    for (uint64_t i = 0; i < 200; i += 2) {
        snprintf(topic, sizeof topic, i % 3 ? "user_presence:%lu" : "room:%lu", (unsigned long)i);
        node_untrack(n, topic, strchr(topic, ':') + 1, i + 1);
    }
    kith_slice got;
    struct entry e;
    for (struct tracker_walk w = {0}; tracker_next_any(n->t, &w, &got, &e);) {
        uint64_t i = e.owner - 1;
        snprintf(topic, sizeof topic, i % 3 ? "user_presence:%lu" : "room:%lu", (unsigned long)i);
        assert_true(slice_is(got, topic));
        assert_true(slice_is(e.key, strchr(topic, ':') + 1));
        seen[i]++;
    }
    for (uint64_t i = 0; i < 200; i++)
        assert_int_equal(seen[i], i % 2);
}

static void changes_outlive_what_they_tell_of(void **state)
{
    struct node *n = *state;
    node_track(n, "a topic of its own", "a key of its own", 1);
    node_update(n, "a topic of its own", "a key of its own", 1, AWAY);
    node_untrack(n, "a topic of its own", "a key of its own", 1);
    tracker_free(n->t);
    n->t = NULL;
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(slice_is(n->told.items[i].topic, "a topic of its own"));
        assert_true(slice_is(n->told.items[i].key, "a key of its own"));
    }
    assert_slice(n->told.items[2].old.fields, AWAY);
}

static void an_owner_of_zero_is_a_mistake(void **state)
{
    struct node *n = *state;
    static const kith_slice name = {(const uint8_t *)"a", 1};
    expect_assert_failure(must(tracker_track(n->t, name, name, 0, 1, name, &n->told)));
    expect_assert_failure(must(tracker_adopt(n->t, name, name, 1, 0)));
}

#define WITH_ONE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ONE(s01_the_extract_of_a_new_tracker_is_empty),
        WITH_ONE(s02_a_key_is_listed_from_join_to_leave),
        WITH_ONE(s14_an_owner_has_its_own_entries_and_no_others),
        WITH_ONE(s15_both_entries_of_one_key_are_found),
        WITH_ONE(c13_untracking_what_was_never_tracked_does_nothing),
        WITH_ONE(c14_the_other_topic_of_an_owner_stays),
        WITH_ONE(c15_all_topics_of_an_owner_go_together),
        WITH_ONE(c16_an_update_is_told_with_both_metas_and_the_ref_before),
        WITH_ONE(c17_an_updater_sees_the_old_meta),
        WITH_ONE(c18_updating_what_was_never_tracked_is_none),
        WITH_ONE(c19_tracking_again_exists_and_another_topic_or_key_is_fine),
        cmocka_unit_test(entries_are_bounded_where_asked),
        WITH_ONE(entries_are_listed_oldest_first),
        WITH_ONE(an_adopted_entry_is_the_same_and_nobody_is_told),
        WITH_ONE(adoption_needs_an_entry_and_one_that_has_none),
        WITH_ONE(own_entries_of_a_key_are_met_by_number),
        WITH_ONE(a_tag_stays_with_its_entry_until_it_goes),
        WITH_ONE(all_entries_are_met_once),
        WITH_ONE(changes_outlive_what_they_tell_of),
        WITH_ONE(an_owner_of_zero_is_a_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
