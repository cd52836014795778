/* tests/core/test_replica_deltas.c -- what a node sends of its changes since: cursors, gaps, and
 * what is merged twice. */
#include "three.h"

static void s19_a_delta_moves_the_cursor(void **state)
{
    struct three *s = *state;
    node_track(&s->b, "room", "bob", 2);
    node_forget_told(&s->b);
    node_track(&s->a, "room", "alice", 1);
    node_merge(&s->b, &s->a);
    assert_told(&s->b, "+alice");
    assert_int_equal(node_at(&s->b, s->a.inc).cursor, 1);
    assert_int_equal(node_at(&s->b, s->b.inc).cursor, 1); /* its own, which a merge does not move */
}

static void s20_a_leave_takes_a_number(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_merge(&s->b, &s->a);
    node_untrack(&s->a, "room", "alice", 1);
    node_forget_told(&s->b);
    node_merge(&s->b, &s->a);
    assert_told(&s->b, "-alice");
    assert_int_equal(node_at(&s->b, s->a.inc).cursor, 2);
}

static void s21_leave_and_join_in_one_delta_arrive_as_what_is_left(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_merge(&s->b, &s->a);
    node_untrack(&s->a, "room", "alice", 1);
    node_track(&s->a, "room", "alice", 1);
    node_forget_told(&s->b);
    node_merge(&s->b, &s->a);
    /* The slot holds the same name again: no view blinks. */
    assert_told(&s->b, "~alice");
    assert_online(&s->b, "room", "alice");
    assert_int_equal(node_at(&s->b, s->a.inc).cursor, 3);
}

static void s22_a_delta_behind_a_gap_is_not_applied(void **state)
{
    struct three *s = *state;
    struct section section;
    bool more;
    for (uint64_t i = 1; i <= 4; i++)
        node_track(&s->a, "room", "alice", i);
    must(replica_cut(s->a.t, s->a.inc, 2, 10, &section, &more));
    assert_int_equal(replica_apply(s->b.t, &section, &s->b.told), KITH_LATER);
    assert_told(&s->b, "");
    assert_int_equal(node_at(&s->b, s->a.inc).cursor, 0);
    section_fini(&section);
}

static void s23_an_extract_is_of_the_one_stream_that_was_asked_for(void **state)
{
    (void)state;
    struct node one = node_new(1), two = node_new(2), three = node_new(3);
    meet(&one, &two);
    meet(&two, &three);
    node_track(&two, "room", "two", 1);
    node_track(&three, "room", "three", 1);
    node_merge(&two, &three);
    struct section section;
    bool more;
    must(replica_cut(two.t, two.inc, 0, 10, &section, &more));
    assert_int_equal(section.inc, two.inc);
    assert_int_equal(section.count, 1);
    assert_true(slice_is(section.records[0].key, "two"));
    section_fini(&section);
    /* What one does not know, it does not take. */
    must(replica_cut(two.t, three.inc, 0, 10, &section, &more));
    assert_int_equal(replica_apply(one.t, &section, &one.told), KITH_NONE);
    section_fini(&section);
    assert_int_equal(replica_cut(two.t, 999, 0, 10, &section, &more), KITH_NONE);
    node_free(&one);
    node_free(&two);
    node_free(&three);
}

static void s24_deltas_of_two_nodes_add_up(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "a1", 1);
    node_track(&s->a, "room", "a2", 1);
    node_track(&s->b, "room", "b1", 1);
    node_track(&s->b, "room", "b2", 1);
    node_merge(&s->c, &s->a);
    node_merge(&s->c, &s->b);
    assert_online(&s->c, "room", "a1 a2 b1 b2");
    assert_int_equal(node_at(&s->c, s->a.inc).cursor, 2);
    assert_int_equal(node_at(&s->c, s->b.inc).cursor, 2);
}

static void s25_a_leave_elsewhere_does_not_touch_a_join_of_the_same_name(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_track(&s->b, "room", "alice", 1);
    node_untrack(&s->b, "room", "alice", 1);
    node_merge(&s->c, &s->a);
    node_merge(&s->c, &s->b);
    assert_online(&s->c, "room", "alice");
    node_merge(&s->a, &s->b);
    assert_online(&s->a, "room", "alice");
}

static void s26_a_delta_merged_before_changes_nothing(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "a1", 1);
    node_track(&s->a, "room", "a2", 1);
    node_merge(&s->c, &s->a);
    node_track(&s->a, "room", "a3", 1);
    node_merge(&s->c, &s->a);
    node_forget_told(&s->c);
    struct replica_position before = node_at(&s->c, s->a.inc);
    struct section section;
    bool more;
    must(replica_cut(s->a.t, s->a.inc, 1, 1, &section, &more));
    must(replica_apply(s->c.t, &section, &s->c.told));
    section_fini(&section);
    struct replica_position after = node_at(&s->c, s->a.inc);
    assert_memory_equal(&before, &after, sizeof before);
    assert_told(&s->c, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THREE(s19_a_delta_moves_the_cursor),
        WITH_THREE(s20_a_leave_takes_a_number),
        WITH_THREE(s21_leave_and_join_in_one_delta_arrive_as_what_is_left),
        WITH_THREE(s22_a_delta_behind_a_gap_is_not_applied),
        WITH_THREE(s23_an_extract_is_of_the_one_stream_that_was_asked_for),
        WITH_THREE(s24_deltas_of_two_nodes_add_up),
        WITH_THREE(s25_a_leave_elsewhere_does_not_touch_a_join_of_the_same_name),
        WITH_THREE(s26_a_delta_merged_before_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
