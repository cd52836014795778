/* tests/shard/test_cluster_moves.c -- sessions that come back on another node, and nodes that come
 * after others have gone. */
#include "net.h"

#include "shard/home_state.h"

#include "core/replica.h"
#include "shard/hiding.h"
#include "wire/node.h"

enum { TYPE_AT = 2 };

/* What sessions do is not heard of. */
static bool is_news(const struct cluster_frame *f)
{
    return f->bytes.ptr[TYPE_AT] == NODE_SECTIONS || f->bytes.ptr[TYPE_AT] == NODE_HEARTBEAT;
}

static void who_comes_back_continues_what_it_left_whoever_has_its_slot(void **state)
{
    struct net *n = *state;
    struct entry old = {0}, now = {0};
    come(n, 0, "5", 1, 33);
    net_run(n, 40);
    assert_int_equal(listed(n, 1, "5", &old), 1);
    n->drops = is_news;
    lose(n, 0, "5", 1, 33, 20);
    net_run(n, 100);
    come(n, 0, "5", 2, 44); /* in the slot that is free */
    come(n, 1, "5", 3, 33);
    net_run(n, 40);
    assert_int_equal(listed(n, 1, "5", &now), 1);
    assert_memory_equal(now.meta.prev, old.meta.ref, REF_BYTES);
    n->drops = NULL;
    net_run(n, 2 * HEARTBEAT_MS);
    all_list(n, "5", 2);
}

static void of_several_that_it_left_the_last_is_continued(void **state)
{
    struct net *n = *state;
    struct entry last = {0}, now = {0};
    come(n, 0, "5", 1, 33);
    come(n, 0, "5", 2, 33);
    net_run(n, 40);
    lose(n, 0, "5", 1, 33, 5000);
    lose(n, 0, "5", 2, 33, 5000);
    assert_int_equal(listed(n, 0, "5", &last), 2);
    come(n, 1, "5", 3, 33);
    net_run(n, 40);
    assert_int_equal(listed(n, 1, "5", NULL), 2);
    struct presence_topic name;
    struct world *w = home_of(n, 1, "5");
    for (struct tracker_walk walk = {0};
         presence_next(w->presence, presence_topic(&name, slice_str("5")), &walk, &now);)
        if (now.owner) break;
    assert_memory_equal(now.meta.prev, last.meta.ref, REF_BYTES);
    net_run(n, 6000);
    all_list(n, "5", 1);
}

static void who_hid_and_came_back_is_hidden_though_nobody_has_heard_of_it(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    net_run(n, 40);
    n->drops = is_news;
    struct home_session s = session("5", 1, 33);
    s.hiding = HIDING_YES;
    hiding_track(home_of(n, 0, "5"), &s, (kith_slice){0});
    lose(n, 0, "5", 1, 33, 5000);
    uint64_t before = announced(n, 1);
    come(n, 1, "5", 2, 33);
    net_run(n, CLAIM_WAIT_MS + 100);
    assert_int_equal(announced(n, 1), before);
    n->drops = NULL;
    net_run(n, 2 * HEARTBEAT_MS);
    all_list(n, "5", 0);
    s = session("5", 2, 33);
    assert_true(hiding_holds(home_of(n, 1, "5"), &s));
}

/* One of its device is lost there, and another is hidden, and lives. */
static void who_comes_hidden_takes_over_nothing_that_is_seen(void **state)
{
    struct net *n = *state;
    struct entry e = {0};
    come(n, 0, "5", 1, 33);
    lose(n, 0, "5", 1, 33, 5000);
    struct home_session s = session("5", 2, 33);
    s.hiding = HIDING_YES;
    home_join(home_of(n, 0, "5"), home_of(n, 0, "5")->hidden,
              &(struct presence_session){KITH_LIT("user_presence:5"), s.user, s.owner, 33}, 9,
              (kith_slice){0});
    net_run(n, 100);
    s.owner = home_owner(0, 3);
    claims_track(home_of(n, 1, "5"), &s, KITH_LIT("{\"status\":\"secret\"}"));
    net_run(n, CLAIM_WAIT_MS + 100);
    assert_true(hiding_holds(home_of(n, 1, "5"), &s));
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(listed(n, i, "5", &e), 1); /* what was lost, until its grace is over */
        assert_true(slice_is(e.meta.fields, "{\"status\":\"online\"}"));
    }
    assert_int_equal(announced(n, 2), 1);
}

static void who_hides_after_moving_is_shown_by_nobody_who_comes_later(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    net_run(n, 40);
    lose(n, 0, "5", 1, 33, 5000);
    come(n, 1, "5", 2, 33);
    net_run(n, 100);
    struct home_session s = session("5", 2, 33);
    s.hiding = HIDING_YES;
    hiding_track(home_of(n, 1, "5"), &s, (kith_slice){0});
    net_run(n, 100);
    all_list(n, "5", 0);
    node_stop(&n->nodes[2]);
    node_start(n, 2, (uint64_t)4 << 24 | 1);
    net_run(n, HEARTBEAT_MS);
    assert_int_equal(cluster_state(n->nodes[2].w[0]), CLUSTER_UP);
    all_list(n, "5", 0);
    assert_int_equal(announced(n, 2), 0);
}

static void a_node_that_comes_later_shows_who_moved_and_changed_once(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    net_run(n, 40);
    lose(n, 0, "5", 1, 33, 5000);
    come(n, 1, "5", 2, 33);
    net_run(n, 100);
    say(n, 1, "5", 2, "away");
    node_stop(&n->nodes[2]);
    node_start(n, 2, (uint64_t)4 << 24 | 1);
    net_run(n, HEARTBEAT_MS);
    all_list(n, "5", 1);
    lose(n, 1, "5", 2, 33, 5000);
    come(n, 2, "5", 3, 33);
    net_run(n, 100);
    all_list(n, "5", 1);
    net_run(n, 6000);
    all_list(n, "5", 1);
}

static bool is_about_changes(const struct cluster_frame *f)
{
    uint8_t type = f->bytes.ptr[TYPE_AT];
    return type == NODE_SECTIONS || type == NODE_PULL;
}

/* Its end was not heard, nor what was asked because of that. */
static void what_was_replaced_is_not_shown_again_before_all_of_its_node_is_known(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    net_run(n, 40);
    lose(n, 0, "5", 1, 33, 5000);
    come(n, 1, "5", 2, 33);
    net_run(n, 40);
    lose(n, 1, "5", 2, 33, 20);
    net_run(n, 100);
    all_list(n, "5", 0);
    uint64_t before = announced(n, 2);
    n->drops = is_about_changes;
    net_run(n, 20 * HEARTBEAT_MS);
    all_list(n, "5", 0);
    n->drops = NULL;
    net_run(n, 20 * HEARTBEAT_MS);
    all_list(n, "5", 0);
    assert_int_equal(announced(n, 2), before);
}

/* An answer may have been under way for as long as the engine stood still. */
static void nor_by_what_was_said_before_a_silence(void **state)
{
    (void)state;
    for (uint64_t until = 0; until < 8000; until += 220)
        for (uint64_t silence = 1700; silence < 9000; silence += 1100) {
            struct net n;
            net_begin(&n, 3);
            net_run(&n, 2 * HEARTBEAT_MS);
            come(&n, 0, "5", 1, 33);
            net_run(&n, 40);
            lose(&n, 0, "5", 1, 33, 5000);
            come(&n, 1, "5", 2, 33);
            net_run(&n, 40);
            uint64_t before = announced(&n, 2);
            net_run(&n, until);
            net_hold(&n, silence, is_about_changes);
            net_run(&n, 9 * HEARTBEAT_MS);
            if (announced(&n, 2) != before)
                fail_msg("held after %lu ms, for %lu ms", (unsigned long)until,
                         (unsigned long)silence);
            all_list(&n, "5", 1);
            net_end(&n);
        }
}

static void whether_a_replaced_session_lives_is_asked_where_it_is(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    net_run(n, 40);
    n->nodes[0].cut = true;
    come(n, 1, "5", 2, 33);
    net_run(n, CLAIM_WAIT_MS + 100);
    all_list(n, "5", 1);
    lose(n, 1, "5", 2, 33, 20);
    net_run(n, 100);
    assert_int_equal(listed(n, 2, "5", NULL), 0);
    n->nodes[0].cut = false;
    net_run(n, 14 * HEARTBEAT_MS);
    all_list(n, "5", 1);
}

/* Node 0 goes as `how` says, and is started again at once: what it had is still shown, there too,
 * and who comes back there is one update. */
static void check_started_again(struct net *n)
{
    uint64_t before = announced(n, 2);
    node_start(n, 0, (uint64_t)4 << 24 | 1);
    net_run(n, HEARTBEAT_MS);
    assert_int_equal(cluster_state(n->nodes[0].w[0]), CLUSTER_UP);
    all_list(n, "5", 1);
    all_list(n, "6", 1);
    come(n, 0, "5", 7, 33);
    net_run(n, 100);
    all_list(n, "5", 1);
    assert_int_equal(announced(n, 2), before + 1);
    net_run(n, 6 * HEARTBEAT_MS);
    all_list(n, "5", 1);
    all_list(n, "6", 0);
    assert_int_equal(announced(n, 2), before + 2);
}

static void a_node_that_was_replaced_shows_who_was_there_before_it(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    come(n, 0, "6", 2, 33);
    net_run(n, 40);
    lose(n, 0, "5", 1, 33, 5000);
    lose(n, 0, "6", 2, 33, 5000);
    cluster_leave(n->nodes[0].w[0]);
    net_run(n, 400);
    node_stop(&n->nodes[0]);
    check_started_again(n);
}

static void so_does_one_that_was_killed(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    come(n, 0, "6", 2, 33);
    net_run(n, 40);
    node_stop(&n->nodes[0]);
    net_run(n, 200);
    check_started_again(n);
}

static void of_a_node_that_is_dead_who_begins_meanwhile_shows_all_as_long_as_others(void **state)
{
    struct net *n = *state;
    come(n, 0, "5", 1, 33);
    net_run(n, 40);
    node_stop(&n->nodes[0]);
    node_stop(&n->nodes[2]);
    net_run(n, 7 * HEARTBEAT_MS); /* it is down, and its entries wait */
    node_start(n, 2, (uint64_t)4 << 24 | 1);
    net_run(n, HEARTBEAT_MS);
    assert_int_equal(listed(n, 1, "5", NULL), 1);
    assert_int_equal(listed(n, 2, "5", NULL), 1);
    for (unsigned i = 0; i < 30; i++) {
        net_run(n, 100);
        unsigned one = listed(n, 1, "5", NULL), other = listed(n, 2, "5", NULL);
        if (one != other) net_run(n, 100);
        assert_int_equal(listed(n, 1, "5", NULL), listed(n, 2, "5", NULL));
    }
    all_list(n, "5", 0);
    struct replica_position at;
    assert_int_equal(replica_position(presence_tracker(home_of(n, 2, "5")->presence, 0),
                                      (uint64_t)1 << 24 | 5, &at),
                     KITH_NONE);
}

/* The node leaves, and its name is started again with so many shards; its sessions come back. */
static void start_again_with(struct net *n, unsigned node, unsigned shards, unsigned users)
{
    char user[16];
    for (unsigned u = node; u < users; u += 3) {
        snprintf(user, sizeof user, "%u", u);
        lose(n, node, user, u + 1, 33, 5000);
    }
    cluster_leave(n->nodes[node].w[0]);
    net_run(n, 400);
    uint64_t inc = n->nodes[node].inc + ((uint64_t)8 << 24);
    node_stop(&n->nodes[node]);
    node_start_with(n, node, inc, shards);
    net_run(n, HEARTBEAT_MS);
    assert_int_equal(cluster_state(n->nodes[node].w[0]), CLUSTER_UP);
    for (unsigned u = node; u < users; u += 3) {
        snprintf(user, sizeof user, "%u", u);
        come(n, node, user, u + 1, 33);
        say(n, node, user, u + 1, "back");
    }
    net_run(n, 100);
}

static void b16_nodes_may_differ_in_shards_and_change_them_one_after_the_other(void **state)
{
    enum { USERS = 90 };
    static const unsigned shards[] = {1, 4, 3};
    struct net *n = *state;
    struct entry e = {0};
    char user[16];
    for (unsigned u = 0; u < USERS; u++) {
        snprintf(user, sizeof user, "%u", u);
        come(n, u % 3, user, u + 1, 33);
    }
    net_run(n, 40);
    for (unsigned node = 0; node < 3; node++) {
        start_again_with(n, node, shards[node], USERS);
        for (unsigned u = 0; u < USERS; u++) {
            snprintf(user, sizeof user, "%u", u);
            const char *want = u % 3 <= node ? "{\"status\":\"back\"}" : "{\"status\":\"online\"}";
            for (unsigned i = 0; i < 3; i++) {
                assert_int_equal(listed(n, i, user, &e), 1);
                assert_true(slice_is(e.meta.fields, want));
            }
        }
    }
    net_run(n, 10 * HEARTBEAT_MS); /* what was left behind has ended */
    for (unsigned u = 0; u < USERS; u++) {
        snprintf(user, sizeof user, "%u", u);
        all_list(n, user, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THREE_NODES(who_comes_back_continues_what_it_left_whoever_has_its_slot),
        WITH_THREE_NODES(of_several_that_it_left_the_last_is_continued),
        WITH_THREE_NODES(who_hid_and_came_back_is_hidden_though_nobody_has_heard_of_it),
        WITH_THREE_NODES(who_comes_hidden_takes_over_nothing_that_is_seen),
        WITH_THREE_NODES(who_hides_after_moving_is_shown_by_nobody_who_comes_later),
        WITH_THREE_NODES(a_node_that_comes_later_shows_who_moved_and_changed_once),
        WITH_THREE_NODES(what_was_replaced_is_not_shown_again_before_all_of_its_node_is_known),
        cmocka_unit_test(nor_by_what_was_said_before_a_silence),
        WITH_THREE_NODES(whether_a_replaced_session_lives_is_asked_where_it_is),
        WITH_THREE_NODES(a_node_that_was_replaced_shows_who_was_there_before_it),
        WITH_THREE_NODES(so_does_one_that_was_killed),
        WITH_THREE_NODES(of_a_node_that_is_dead_who_begins_meanwhile_shows_all_as_long_as_others),
        WITH_THREE_NODES(b16_nodes_may_differ_in_shards_and_change_them_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
