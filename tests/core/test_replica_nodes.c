/* tests/core/test_replica_nodes.c -- nodes that come, go, and come again, as the others see it. */
#include "three.h"

static void c04_a_new_incarnation_replaces_the_entries_of_the_old(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_merge(&s->b, &s->a);
    struct node again = node_new(201);
    node_track(&again, "room", "alice", 9);
    node_forget_told(&s->b);
    must(replica_forget(s->b.t, s->a.inc, &s->b.told));
    node_up(&s->b, &again);
    node_merge(&s->b, &again);
    assert_told(&s->b, "-alice +alice");
    assert_online(&s->b, "room", "alice");
    node_free(&again);
}

static void c05_a_suspended_node_leaves_and_joins_with_its_incarnation(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_merge(&s->b, &s->a);
    node_forget_told(&s->b);
    node_down(&s->b, &s->a);
    node_update(&s->a, "room", "alice", 1, AWAY);
    node_up(&s->b, &s->a);
    assert_told(&s->b, "-alice +alice");
    node_merge(&s->b, &s->a);
    assert_told(&s->b, "~alice");
}

static void c08_forgetting_one_node_leaves_the_others(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_track(&s->b, "room", "bob", 1);
    node_merge(&s->c, &s->a);
    node_merge(&s->c, &s->b);
    struct replica_position before = node_at(&s->c, s->b.inc);
    must(replica_forget(s->c.t, s->a.inc, &s->c.told));
    struct replica_position after = node_at(&s->c, s->b.inc);
    assert_memory_equal(&before, &after, sizeof before);
    assert_online(&s->c, "room", "bob");
}

static void c09_local_and_remote_joins_are_told_once_and_listed_with_one_ref(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "user_presence:5", "5", 1);
    node_merge(&s->b, &s->a);
    node_merge(&s->c, &s->a);
    struct entry here, b, c;
    assert_true(node_get(&s->a, "user_presence:5", "5", &here));
    assert_true(node_get(&s->b, "user_presence:5", "5", &b));
    assert_true(node_get(&s->c, "user_presence:5", "5", &c));
    assert_ref(here.meta.ref, b.meta.ref);
    assert_ref(here.meta.ref, c.meta.ref);
    assert_int_equal(here.owner, 1);
    assert_int_equal(b.owner, 0);
    assert_int_equal(b.number, TRACKER_NONE);
    assert_told(&s->a, "+5");
    assert_told(&s->b, "+5");
    assert_told(&s->c, "+5");
}

static void c11_an_owner_that_dies_leaves_everywhere(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "one", "alice", 1);
    node_track(&s->a, "two", "alice", 1);
    node_merge(&s->b, &s->a);
    node_forget_told(&s->b);
    must(tracker_untrack_owner(s->a.t, 1, &s->a.told));
    node_merge(&s->b, &s->a);
    assert_told(&s->b, "-alice -alice");
    assert_int_equal(tracker_count(s->b.t), 0);
}

/* The list without a filter is what is still cut from a hidden stream. */
static void c12_hidden_entries_are_kept_until_they_are_forgotten(void **state)
{
    struct three *s = *state;
    struct section section;
    bool more;
    node_track(&s->a, "room", "alice", 1);
    node_merge(&s->b, &s->a);
    node_forget_told(&s->b);
    node_down(&s->b, &s->a);
    assert_told(&s->b, "-alice");
    assert_online(&s->b, "room", "");
    must(replica_cut(s->b.t, s->a.inc, 0, 10, &section, &more));
    assert_int_equal(section.count, 1);
    section_fini(&section);
    must(replica_forget(s->b.t, s->a.inc, &s->b.told));
    assert_told(&s->b, "");
    assert_int_equal(replica_cut(s->b.t, s->a.inc, 0, 10, &section, &more), KITH_NONE);
}

static void c20_a_graceful_leave_is_told_at_once_and_nothing_stays(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_merge(&s->b, &s->a);
    node_forget_told(&s->b);
    must(replica_forget(s->b.t, s->a.inc, &s->b.told));
    assert_told(&s->b, "-alice");
    assert_online(&s->b, "room", "");
    struct replica_position p;
    assert_int_equal(replica_position(s->b.t, s->a.inc, &p), KITH_NONE);
}

static void n03_an_answer_has_none_of_the_askers_own_entries(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "room", "alice", 1);
    node_track(&s->b, "room", "bob", 1);
    node_merge(&s->a, &s->b);
    struct section section;
    bool more;
    must(replica_cut(s->a.t, s->a.inc, 0, 10, &section, &more));
    assert_int_equal(section.count, 1);
    assert_true(slice_is(section.records[0].key, "alice"));
    section_fini(&section);
    /* Nor would the asker take them from anyone. */
    must(replica_cut(s->a.t, s->b.inc, 0, 10, &section, &more));
    assert_int_equal(replica_apply(s->b.t, &section, &s->b.told), KITH_NONE);
    section_fini(&section);
    assert_int_equal(replica_up(s->b.t, s->b.inc, &s->b.told), KITH_EXISTS);
    assert_int_equal(replica_down(s->b.t, s->b.inc, &s->b.told), KITH_NONE);
    assert_int_equal(replica_forget(s->b.t, s->b.inc, &s->b.told), KITH_NONE);
}

static void n04_five_thousand_restarts_of_a_peer_leave_nothing_behind(void **state)
{
    struct three *s = *state;
    uint64_t bytes = 0;
    for (uint64_t inc = 1000; inc < 6000; inc++) {
        struct node peer = node_new(inc);
        node_track(&peer, "room", "alice", 1);
        node_track(&peer, "user_presence:7", "7", 1);
        node_up(&s->a, &peer);
        node_merge(&s->a, &peer);
        assert_online(&s->a, "room", "alice");
        must(replica_forget(s->a.t, inc, &s->a.told));
        assert_told(&s->a, "+alice +7 -alice -7");
        if (inc == 1000) bytes = tracker_bytes(s->a.t);
        node_free(&peer);
    }
    assert_int_equal(tracker_bytes(s->a.t), bytes);
}

static void n12_one_of_two_nodes_dies_and_the_user_is_still_listed(void **state)
{
    struct three *s = *state;
    node_track(&s->a, "user_presence:7", "7", 1);
    node_track(&s->b, "user_presence:7", "7", 1);
    node_merge(&s->c, &s->a);
    node_merge(&s->c, &s->b);
    assert_online(&s->c, "user_presence:7", "7 7");
    node_down(&s->c, &s->a);
    assert_online(&s->c, "user_presence:7", "7");
}

/* In parts */

enum { CROWD = 200, PART = 64 };

static void track_crowd(struct node *n)
{
    for (uint64_t i = 0; i < CROWD; i++) {
        char topic[40];
        snprintf(topic, sizeof topic, "user_presence:%llu", (unsigned long long)(1000 + i));
        node_track(n, topic, topic + strlen("user_presence:"), i + 1);
    }
}

static void a_node_that_is_back_is_shown_in_parts_and_what_is_told_adds_up(void **state)
{
    struct three *s = *state;
    bool more = true;
    track_crowd(&s->a);
    node_merge(&s->b, &s->a);
    node_down(&s->b, &s->a);
    node_forget_told(&s->b);
    must(replica_know(s->b.t, s->a.inc));
    assert_int_equal(tracker_count(s->b.t), 0);
    for (uint32_t shown = 0; more; shown = s->b.told.count) {
        must(replica_show(s->b.t, s->a.inc, PART, &s->b.told, &more));
        assert_in_range(s->b.told.count, shown + 1, shown + PART);
        assert_int_equal(tracker_count(s->b.t), s->b.told.count);
    }
    assert_int_equal(s->b.told.count, CROWD);
    must(replica_show(s->b.t, s->a.inc, PART, &s->b.told, &more));
    assert_true(!more && s->b.told.count == CROWD);
}

/* Changes that come meanwhile are told of those that are shown, and the others appear with them. */
static void what_changes_while_a_node_is_shown_is_told_once(void **state)
{
    struct three *s = *state;
    bool more;
    track_crowd(&s->a);
    node_merge(&s->b, &s->a);
    node_down(&s->b, &s->a);
    node_forget_told(&s->b);
    must(replica_show(s->b.t, s->a.inc, PART, &s->b.told, &more));
    assert_true(more);
    uint32_t shown = s->b.told.count;
    node_update(&s->a, "user_presence:1000", "1000", 1, AWAY);     /* the first slot, yet hidden */
    node_update(&s->a, "user_presence:1199", "1199", CROWD, AWAY); /* and the last */
    node_merge(&s->b, &s->a);
    assert_int_equal(s->b.told.count, shown + 1);
    must(replica_show(s->b.t, s->a.inc, CROWD, &s->b.told, &more));
    assert_true(!more && s->b.told.count == CROWD + 1);
    struct entry e;
    assert_true(node_get(&s->b, "user_presence:1000", "1000", &e));
    assert_slice(e.meta.fields, AWAY);
}

static void a_node_that_is_let_go_is_known_no_more_and_its_memory_comes_back_in_parts(void **state)
{
    struct three *s = *state;
    struct replica_position at;
    unsigned parts = 1;
    uint64_t before = tracker_bytes(s->b.t);
    track_crowd(&s->a);
    node_merge(&s->b, &s->a);
    node_down(&s->b, &s->a);
    must(replica_let_go(s->b.t, s->a.inc, &s->b.told));
    assert_int_equal(replica_position(s->b.t, s->a.inc, &at), KITH_NONE);
    node_up(&s->b, &s->a); /* the same run comes again before it is all given back */
    node_merge(&s->b, &s->a);
    assert_int_equal(tracker_count(s->b.t), CROWD);
    while (replica_reap(s->b.t, PART))
        parts++;
    assert_in_range(parts, CROWD / PART, 2 * CROWD / PART);
    assert_int_equal(tracker_count(s->b.t), CROWD);
    assert_online(&s->b, "user_presence:1000", "1000");
    assert_false(replica_reap(s->b.t, PART));
    must(replica_forget(s->b.t, s->a.inc, &s->b.told));
    assert_in_range(tracker_bytes(s->b.t), before, before + 8192); /* of tables that are empty */
    assert_int_equal(replica_let_go(s->b.t, s->a.inc, &s->b.told), KITH_NONE);
    assert_int_equal(replica_know(s->b.t, s->b.inc), KITH_EXISTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THREE(c04_a_new_incarnation_replaces_the_entries_of_the_old),
        WITH_THREE(c05_a_suspended_node_leaves_and_joins_with_its_incarnation),
        WITH_THREE(c08_forgetting_one_node_leaves_the_others),
        WITH_THREE(c09_local_and_remote_joins_are_told_once_and_listed_with_one_ref),
        WITH_THREE(c11_an_owner_that_dies_leaves_everywhere),
        WITH_THREE(c12_hidden_entries_are_kept_until_they_are_forgotten),
        WITH_THREE(c20_a_graceful_leave_is_told_at_once_and_nothing_stays),
        WITH_THREE(n03_an_answer_has_none_of_the_askers_own_entries),
        WITH_THREE(n04_five_thousand_restarts_of_a_peer_leave_nothing_behind),
        WITH_THREE(n12_one_of_two_nodes_dies_and_the_user_is_still_listed),
        WITH_THREE(a_node_that_is_back_is_shown_in_parts_and_what_is_told_adds_up),
        WITH_THREE(what_changes_while_a_node_is_shown_is_told_once),
        WITH_THREE(a_node_that_is_let_go_is_known_no_more_and_its_memory_comes_back_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
