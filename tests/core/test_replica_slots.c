/* tests/core/test_replica_slots.c -- what changed since, tombstones, slots used again, and the refs
 * and the order that all nodes agree on. */
#include "three.h"

static void d05_what_left_is_a_tombstone_in_the_changes_since(void **state)
{
    struct three *s = *state;
    struct section section;
    bool more;
    node_track(&s->a, "room", "alice", 1);
    node_track(&s->a, "room", "bob", 2);
    node_untrack(&s->a, "room", "alice", 1);
    must(replica_cut(s->a.t, s->a.inc, 1, 10, &section, &more));
    assert_int_equal(section.count, 2);
    assert_true(slice_is(section.records[0].key, "bob"));
    assert_true(section.records[1].empty);
    assert_int_equal(section.records[1].seq, 3);
    assert_int_equal(section.records[1].slot, 0);
    section_fini(&section);
    must(replica_cut(s->a.t, s->a.inc, 0, 10, &section, &more));
    assert_int_equal(section.count, 2);
    section_fini(&section);
}

static void d07_nothing_is_cut_of_a_node_that_was_forgotten(void **state)
{
    struct three *s = *state;
    struct section section;
    bool more;
    node_track(&s->a, "room", "alice", 1);
    node_merge(&s->b, &s->a);
    must(replica_forget(s->b.t, s->a.inc, &s->b.told));
    assert_told(&s->b, "+alice -alice");
    assert_int_equal(replica_cut(s->b.t, s->a.inc, 0, 10, &section, &more), KITH_NONE);
    assert_int_equal(replica_forget(s->b.t, s->a.inc, &s->b.told), KITH_NONE);
}

static void d08_from_zero_comes_the_whole_state(void **state)
{
    struct three *s = *state;
    for (uint64_t i = 1; i <= 100; i++)
        node_track(&s->a, "room", "k", i);
    for (uint64_t i = 1; i <= 100; i += 2)
        node_untrack(&s->a, "room", "k", i);
    struct section section;
    bool more;
    must(replica_cut(s->a.t, s->a.inc, 0, 1000, &section, &more));
    uint32_t empty = 0;
    for (uint32_t i = 0; i < section.count; i++)
        empty += section.records[i].empty;
    assert_int_equal(section.count, 100);
    assert_int_equal(empty, 50);
    assert_int_equal(section.last, 150);
    assert_int_equal(section.top, 150);
    assert_false(more);
    section_fini(&section);
}

static void d09_a_peer_gets_what_changed_since_its_cursor_and_no_more(void **state)
{
    struct three *s = *state;
    for (uint64_t i = 1; i <= 100; i++)
        node_track(&s->a, "room", "k", i);
    node_merge(&s->b, &s->a);
    node_update(&s->a, "room", "k", 50, AWAY);
    node_track(&s->a, "room", "new", 1);
    struct section section;
    bool more;
    must(replica_cut(s->a.t, s->a.inc, node_at(&s->b, s->a.inc).cursor, 1000, &section, &more));
    assert_int_equal(section.count, 2);
    assert_int_equal(section.base, 100);
    section_fini(&section);
}

static void d10_an_empty_range_is_an_empty_section(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "k", 1);
    node_merge(&s->b, &s->a);
    node_forget_told(&s->b);
    const struct node *sources[] = {&s->a, &s->b};
    for (uint64_t from = 1; from <= 2; from++) /* 2: a relay may be asked for more than it has */
        for (int i = 0; i < 2; i++) {
            struct section section;
            bool more;
            must(replica_cut(sources[i]->t, s->a.inc, from, 10, &section, &more));
            assert_int_equal(section.count, 0);
            assert_int_equal(section.base, from);
            assert_int_equal(section.last, from);
            assert_false(more);
            kith_err e = replica_apply(s->b.t, &section, &s->b.told);
            assert_int_equal(e, from == 1 ? KITH_OK : KITH_LATER);
            section_fini(&section);
        }
    assert_told(&s->b, "");
    assert_int_equal(node_at(&s->b, s->a.inc).cursor, 1);
}

static void a_slot_used_again_by_another_is_a_leave_and_a_join(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_track(&s->a, "room", "zoe", 1);
    node_merge(&s->b, &s->a);
    node_forget_told(&s->b);
    node_untrack(&s->a, "room", "alice", 1);
    node_track(&s->a, "user_presence:1", "1", 2);
    node_merge(&s->b, &s->a);
    assert_told(&s->b, "-alice +1");
    node_untrack(&s->a, "user_presence:1", "1", 2);
    node_track(&s->a, "user_presence:1", "guest", 2);
    node_merge(&s->b, &s->a);
    assert_told(&s->b, "-1 +guest");
    assert_online(&s->b, "room", "zoe");
}

/* Who was told of neither is not told of one session that went on. */
static void a_slot_used_again_by_a_later_session_of_the_same_is_no_update(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_merge(&s->b, &s->a);
    node_forget_told(&s->b);
    node_untrack(&s->a, "room", "alice", 1);
    must(tracker_track(s->a.t, KITH_LIT("room"), KITH_LIT("alice"), 2, NOW_S + 5, ONLINE,
                       &s->a.told));
    node_merge(&s->b, &s->a);
    assert_told(&s->b, "-alice +alice");
    struct entry e;
    struct tracker_walk walk = {0};
    assert_true(tracker_next(s->b.t, KITH_LIT("room"), &walk, &e));
    assert_int_equal(e.meta.online_at_s, NOW_S + 5);
}

/* Updates that were never sent one by one: the ref before is what was told here. */
static void conflated_updates_follow_what_was_told_here(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "user_presence:1", "1", 1);
    node_merge(&s->b, &s->a);
    struct entry told;
    assert_true(node_get(&s->b, "user_presence:1", "1", &told));
    for (int i = 0; i < 5; i++)
        node_update(&s->a, "user_presence:1", "1", 1, i % 2 ? ONLINE : AWAY);
    node_forget_told(&s->b);
    node_merge(&s->b, &s->a);
    assert_int_equal(s->b.told.count, 1);
    assert_ref(s->b.told.items[0].old.ref, told.meta.ref);
    assert_ref(s->b.told.items[0].now.prev, told.meta.ref);
    struct entry now, at_origin;
    assert_true(node_get(&s->b, "user_presence:1", "1", &now));
    assert_true(node_get(&s->a, "user_presence:1", "1", &at_origin));
    assert_ref(now.meta.ref, at_origin.meta.ref);
    assert_int_equal(now.prev.seq, 1);
}

static void a_restored_entry_has_its_old_ref_on_every_node(void **state)
{
    struct three *s = *state;
    struct meta m = {.fields = ONLINE, .online_at_s = 9};
    must(tracker_restore(s->a.t, KITH_LIT("user_presence:1"), KITH_LIT("1"), 1, &m,
                         (struct dot){50, 60}, (struct dot){40, 30}));
    node_merge(&s->b, &s->a);
    node_pull(&s->c, &s->b, s->a.inc);
    struct entry a, c;
    assert_true(node_get(&s->a, "user_presence:1", "1", &a));
    assert_true(node_get(&s->c, "user_presence:1", "1", &c));
    assert_ref(c.meta.ref, a.meta.ref);
    assert_ref(c.meta.prev, a.meta.prev);
    assert_int_equal(c.ref.inc, 50);
    assert_int_equal(c.prev.inc, 40);
    assert_int_equal(c.meta.online_at_s, 9);
    assert_int_equal(node_at(&s->c, s->a.inc).digest, node_at(&s->a, s->a.inc).digest);
}

static void lists_are_in_the_same_order_on_every_node(void **state)
{
    struct three *s = *state;
    for (uint64_t i = 0; i < 10; i++)
        must(tracker_track(s->a.t, KITH_LIT("user_presence:1"), KITH_LIT("1"), i + 1,
                           (uint32_t)(i * 7 % 10), ONLINE, &s->a.told));
    node_update(&s->a, "user_presence:1", "1", 1, AWAY);
    node_merge(&s->b, &s->a);
    struct entry a, b;
    struct tracker_walk wa = {0}, wb = {0};
    for (uint32_t i = 0; i < 10; i++) {
        assert_true(tracker_next(s->a.t, KITH_LIT("user_presence:1"), &wa, &a));
        assert_true(tracker_next(s->b.t, KITH_LIT("user_presence:1"), &wb, &b));
        assert_ref(a.meta.ref, b.meta.ref);
        assert_int_equal(a.meta.online_at_s, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THREE(d05_what_left_is_a_tombstone_in_the_changes_since),
        WITH_THREE(d07_nothing_is_cut_of_a_node_that_was_forgotten),
        WITH_THREE(d08_from_zero_comes_the_whole_state),
        WITH_THREE(d09_a_peer_gets_what_changed_since_its_cursor_and_no_more),
        WITH_THREE(d10_an_empty_range_is_an_empty_section),
        WITH_THREE(a_slot_used_again_by_another_is_a_leave_and_a_join),
        WITH_THREE(a_slot_used_again_by_a_later_session_of_the_same_is_no_update),
        WITH_THREE(conflated_updates_follow_what_was_told_here),
        WITH_THREE(a_restored_entry_has_its_old_ref_on_every_node),
        WITH_THREE(lists_are_in_the_same_order_on_every_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
