/* tests/core/test_replica.c -- what several nodes make of each other's entries, case by case. The
 * laws that hold under any loss, repetition and order are in test_replica_laws.c. */
#include "three.h"

static void s03_a_merge_tells_the_joins_of_the_other(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_track(&s->b, "room", "bob", 2);
    node_forget_told(&s->a);
    node_merge(&s->a, &s->b);
    assert_told(&s->a, "+bob");
    assert_online(&s->a, "room", "alice bob");
}

/* The whole extract once more, whatever the cursor. */
static kith_err merge_all_again(struct node *to, const struct node *from, uint64_t since)
{
    struct section section;
    bool more;
    must(replica_cut(from->t, from->inc, since, 1000, &section, &more));
    kith_err e = replica_apply(to->t, &section, &to->told);
    section_fini(&section);
    return e;
}

static void s04_merging_again_changes_nothing(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_track(&s->b, "room", "bob", 2);
    node_merge(&s->a, &s->b);
    node_forget_told(&s->a);
    struct replica_position before = node_at(&s->a, 102), own = node_at(&s->a, 101);
    must(merge_all_again(&s->a, &s->b, 0));
    assert_told(&s->a, "");
    struct replica_position after = node_at(&s->a, 102), own_after = node_at(&s->a, 101);
    assert_memory_equal(&before, &after, sizeof before);
    assert_memory_equal(&own, &own_after, sizeof own);
    assert_online(&s->a, "room", "alice bob");
    must(tracker_untrack_owner(s->a.t, 2, &s->a.told)); /* bob is not among this node's own */
    assert_told(&s->a, "");
    must(tracker_untrack_owner(s->a.t, 1, &s->a.told));
    assert_told(&s->a, "-alice");
}

static void s05_the_other_way_round_it_is_the_same(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_track(&s->b, "room", "bob", 2);
    node_forget_told(&s->b);
    node_merge(&s->b, &s->a);
    assert_told(&s->b, "+alice");
    node_merge(&s->b, &s->a);
    must(merge_all_again(&s->b, &s->a, 0));
    assert_told(&s->b, "");
}

static void s06_a_leave_is_told_once_elsewhere(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_track(&s->b, "room", "bob", 2);
    node_merge(&s->b, &s->a);
    node_untrack(&s->a, "room", "alice", 1);
    node_forget_told(&s->b);
    node_merge(&s->b, &s->a);
    assert_told(&s->b, "-alice");
    assert_online(&s->b, "room", "bob");
    must(merge_all_again(&s->b, &s->a, 0));
    assert_told(&s->b, "");
}

static void s07_later_joins_make_the_lists_equal_again(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_track(&s->b, "room", "bob", 2);
    node_merge(&s->a, &s->b);
    node_merge(&s->b, &s->a);
    node_untrack(&s->a, "room", "alice", 1);
    node_merge(&s->b, &s->a);
    node_track(&s->b, "room", "carol", 3);
    node_forget_told(&s->a);
    node_merge(&s->a, &s->b);
    assert_told(&s->a, "+carol");
    assert_online(&s->a, "room", "bob carol");
    assert_online(&s->b, "room", "bob carol");
}

static void s08_an_update_is_one_change_with_both_metas(void **state)
{
    struct three *s = *state;
    node_track(&s->b, "room", "carol", 3);
    node_merge(&s->a, &s->b);
    node_forget_told(&s->a);
    node_forget_told(&s->b);
    node_update(&s->b, "room", "carol", 3, AWAY);
    node_merge(&s->a, &s->b);
    const struct change *there = &s->b.told.items[0], *here = &s->a.told.items[0];
    assert_true(here->has_old && here->has_now);
    assert_slice(here->old.fields, ONLINE);
    assert_slice(here->now.fields, AWAY);
    assert_ref(here->old.ref, there->old.ref);
    assert_ref(here->now.ref, there->now.ref);
    assert_ref(here->now.prev, there->old.ref);
    assert_told(&s->a, "~carol");
    assert_int_equal(tracker_count(s->a.t), 1);
    must(merge_all_again(&s->a, &s->b, 0));
    assert_told(&s->a, "");
}

static void s09_down_hides_its_entries_and_keeps_ones_own(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_track(&s->b, "room", "bob", 2);
    node_merge(&s->a, &s->b);
    node_forget_told(&s->a);
    node_track(&s->a, "room", "dave", 4);
    node_down(&s->a, &s->b);
    node_update(&s->a, "room", "alice", 1, AWAY);
    assert_told(&s->a, "+dave -bob ~alice");
    assert_online(&s->a, "room", "alice dave");
    node_down(&s->a, &s->b);
    assert_told(&s->a, "");
    assert_int_equal(tracker_count(s->a.t), 2);
}

static void s10_a_merge_does_not_revive_a_node_that_is_down(void **state)
{
    struct three *s = *state;
    node_track(&s->b, "room", "bob", 2);
    node_merge(&s->a, &s->b);
    node_down(&s->a, &s->b);
    node_forget_told(&s->a);
    must(merge_all_again(&s->a, &s->b, 0));
    node_track(&s->b, "room", "ben", 3);
    node_update(&s->b, "room", "bob", 2, AWAY);
    node_merge(&s->a, &s->b);
    node_untrack(&s->b, "room", "bob", 2);
    node_merge(&s->a, &s->b);
    assert_told(&s->a, "");
    assert_online(&s->a, "room", "");
    assert_int_equal(tracker_count(s->a.t), 0);
    node_up(&s->a, &s->b);
    assert_told(&s->a, "+ben");
    assert_int_equal(tracker_count(s->a.t), 1);
}

static void s11_up_again_shows_what_was_kept_without_a_transfer(void **state)
{
    struct three *s = *state;
    node_track(&s->b, "room", "bob", 2);
    node_merge(&s->a, &s->b);
    node_down(&s->a, &s->b);
    node_forget_told(&s->a);
    node_up(&s->a, &s->b);
    assert_told(&s->a, "+bob");
    assert_online(&s->a, "room", "bob");
    node_up(&s->a, &s->b);
    assert_told(&s->a, "");
}

/* The link between A and C is down; B tells C that A is well, and relays A's stream. */
static void cut_off_and_vouched_for(struct three *s)
{
    node_track(&s->a, "room", "alice", 1);
    node_merge(&s->b, &s->a);
    node_merge(&s->c, &s->a);
    node_down(&s->a, &s->c);
    node_forget_told(&s->c);
    node_down(&s->c, &s->a);
    assert_told(&s->c, "-alice");
    node_track(&s->a, "room", "bob", 2);
    node_merge(&s->b, &s->a);
    node_up(&s->c, &s->a);
    assert_told(&s->c, "+alice");
}

static void s12_a_join_is_learnt_through_a_relay(void **state)
{
    struct three *s = *state;
    cut_off_and_vouched_for(s);
    node_pull(&s->c, &s->b, s->a.inc);
    assert_told(&s->c, "+bob");
    assert_online(&s->c, "room", "alice bob");
}

static void s13_a_leave_is_learnt_through_a_relay(void **state)
{
    struct three *s = *state;
    cut_off_and_vouched_for(s);
    node_pull(&s->c, &s->b, s->a.inc);
    node_forget_told(&s->b);
    node_forget_told(&s->c);
    node_untrack(&s->a, "room", "bob", 2);
    node_merge(&s->b, &s->a);
    node_pull(&s->c, &s->b, s->a.inc);
    assert_told(&s->b, "-bob");
    assert_told(&s->c, "-bob");
}

static void s16_every_known_node_begins_at_cursor_zero(void **state)
{
    struct three *s = *state;
    const struct node *all[] = {&s->a, &s->b, &s->c};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            struct replica_position p = node_at(all[i], all[k]->inc);
            assert_int_equal(p.cursor, 0);
            assert_int_equal(p.top, 0);
            assert_int_equal(p.digest, 0);
        }
    struct replica_position p;
    assert_int_equal(replica_position(s->a.t, 999, &p), KITH_NONE);
}

static void s17_a_list_has_those_of_all_nodes_that_are_up(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "k1", 1);
    node_track(&s->a, "room", "k2", 1);
    node_track(&s->b, "room", "k3", 1);
    node_track(&s->c, "room", "k4", 1);
    node_merge(&s->a, &s->b);
    node_merge(&s->a, &s->c);
    assert_online(&s->a, "room", "k1 k2 k3 k4");
    node_down(&s->a, &s->b);
    assert_online(&s->a, "room", "k1 k2 k4");
    node_down(&s->a, &s->c);
    assert_online(&s->a, "room", "k1 k2");
    assert_online(&s->a, "another", "");
}

static void s18_what_is_forgotten_is_not_resurrected(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_track(&s->b, "room", "bob", 2);
    node_track(&s->c, "room", "carol", 3);
    node_merge(&s->a, &s->b);
    node_merge(&s->a, &s->c);
    node_down(&s->a, &s->b);
    node_forget_told(&s->a);
    must(replica_forget(s->a.t, s->b.inc, &s->a.told));
    assert_told(&s->a, "");
    assert_online(&s->a, "room", "alice carol");
    struct replica_position p;
    assert_int_equal(replica_position(s->a.t, s->b.inc, &p), KITH_NONE);
    node_up(&s->a, &s->b);
    assert_told(&s->a, "");
    assert_online(&s->a, "room", "alice carol");
    node_merge(&s->a, &s->b);
    assert_told(&s->a, "+bob");
}

static void s27_only_its_owner_removes_an_entry(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_merge(&s->b, &s->a);
    node_forget_told(&s->b);
    node_untrack(&s->b, "room", "alice", 1);
    must(tracker_untrack_owner(s->b.t, 1, &s->b.told));
    assert_int_equal(
        tracker_update(s->b.t, KITH_LIT("room"), KITH_LIT("alice"), 1, AWAY, &s->b.told),
        KITH_NONE);
    assert_told(&s->b, "");
    assert_online(&s->b, "room", "alice");
    node_track(&s->b, "room", "alice", 1);
    assert_online(&s->b, "room", "alice alice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THREE(s03_a_merge_tells_the_joins_of_the_other),
        WITH_THREE(s04_merging_again_changes_nothing),
        WITH_THREE(s05_the_other_way_round_it_is_the_same),
        WITH_THREE(s06_a_leave_is_told_once_elsewhere),
        WITH_THREE(s07_later_joins_make_the_lists_equal_again),
        WITH_THREE(s08_an_update_is_one_change_with_both_metas),
        WITH_THREE(s09_down_hides_its_entries_and_keeps_ones_own),
        WITH_THREE(s10_a_merge_does_not_revive_a_node_that_is_down),
        WITH_THREE(s11_up_again_shows_what_was_kept_without_a_transfer),
        WITH_THREE(s12_a_join_is_learnt_through_a_relay),
        WITH_THREE(s13_a_leave_is_learnt_through_a_relay),
        WITH_THREE(s16_every_known_node_begins_at_cursor_zero),
        WITH_THREE(s17_a_list_has_those_of_all_nodes_that_are_up),
        WITH_THREE(s18_what_is_forgotten_is_not_resurrected),
        WITH_THREE(s27_only_its_owner_removes_an_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
